"""Bootstrap: how sure the difference of two runs over the same rows is."""

from __future__ import annotations

import random
from dataclasses import dataclass

from analyses.evaluation.metrics import Metric, Outcomes
from errors import InvalidInput

ROUNDS = 1_000
MOST_ROWS_DRAWN = 2_000_000  # over all rounds: a few seconds of figures
FEWEST_ROUNDS = 100
SEED = 20_261_124  # so that the same runs always give the same interval


@dataclass(frozen=True, slots=True)
class Difference:
    """The second run's headline figure less the first's, and where 95 % of resamples had it."""

    value: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """True where the interval has no 0 in it."""
        return self.low > 0 or self.high < 0


def paired_difference(metric: Metric, first: Outcomes, second: Outcomes) -> Difference:
    """The difference with its 95 % interval by the paired percentile bootstrap (Efron & Tibshirani 1993).

    Rows are drawn with replacement, the same for both runs, as Koehn (2004) does for translations. Draws
    in which the figure cannot be told, for want of one of two classes, are left out. Raises InvalidInput
    for runs that are not over the same rows.
    """
    if len(first) != len(second) or not first:
        raise InvalidInput("Two runs are compared row by row; these have different rows, or none.")
    count = len(first)
    draw = random.Random(SEED)  # noqa: S311 - for statistics, not for secrets
    rounds = max(FEWEST_ROUNDS, min(ROUNDS, MOST_ROWS_DRAWN // count))
    found = []
    for _ in range(rounds):
        places = draw.choices(range(count), k=count)
        one = metric.figures([first[place] for place in places])
        other = metric.figures([second[place] for place in places])
        if metric.headline in one and metric.headline in other:
            found.append(other[metric.headline] - one[metric.headline])
    value = metric.figures(second).get(metric.headline, 0.0) - metric.figures(first).get(metric.headline, 0.0)
    if not found:
        return Difference(value, value, value)
    found.sort()
    return Difference(value, found[int(0.025 * len(found))], found[int(0.975 * (len(found) - 1))])
