"""The small trained models: applied by addition, made by the shipped scripts, and nobody's names in them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analyses import lexicons
from analyses.local import linear
from analyses.local.asks import LABEL, ask_probability, features_of, model
from analyses.local.passages import KINDS, passage_chances
from analyses.training import fitting
from analyses.training.split import held_out

DATA = Path(os.environ.get("GRISTMILL_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
WEIGHTS = Path(linear.__file__).resolve().parents[1] / "weights"
HELD_OUT_OF_THE_FIRST_FOUR = [True, False, False, True]
NAMES = ["intent", "maturity", "reflection"]


def test_a_half_of_any_ids_is_held_out_and_always_the_same() -> None:
    ids = [f"row-{number}" for number in range(2_000)]
    assert 900 < sum(map(held_out, ids)) < 1_100
    assert [held_out(one) for one in ids] == [held_out(one) for one in ids]
    # Pinned: were the split to move, what was measured on would be learnt from.
    assert [held_out(f"row-{number}") for number in range(4)] == HELD_OUT_OF_THE_FIRST_FOUR


@pytest.mark.parametrize("name", NAMES)
def test_every_model_has_weights_a_person_can_read_and_a_card(name: str) -> None:
    lines = (WEIGHTS / f"{name}.json").read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) < 130
    card = (WEIGHTS / f"{name}.md").read_text(encoding="utf-8")
    for told in ("**Data.**", "held out", "**Made by**", "**Limits.**"):
        assert told in card
    assert re.search(r"Apache-2\.0|CC-BY-4\.0", card)


def test_the_intent_model_knows_no_word_that_is_not_of_our_own_list() -> None:
    ours = " ".join(lexicons.sections("asks").values())
    known = [feature.removeprefix("word: ") for feature in model().weights if feature.startswith("word: ")]
    assert known
    assert all(re.search(rf"(?<![\w']){re.escape(word)}(?![\w'])", ours) for word in known)


def test_probabilities_are_the_logistic_and_the_softmax_of_sums() -> None:
    one = linear.Linear(("yes",), {"bias": (0.0,), "a": (2.0,)})
    assert one.probability({}, "yes") == 0.5
    assert one.probability({"a": 1.0, "unknown": 9.0}, "yes") == pytest.approx(0.8808, abs=1e-4)
    two = linear.Linear(("x", "y"), {"bias": (0.0, 0.0), "a": (1.0, -1.0)})
    assert two.probabilities({"a": 1.0})["x"] == pytest.approx(0.8808, abs=1e-4)


def test_asking_is_told_from_telling_and_kinds_of_passage_sum_to_one() -> None:
    assert ask_probability("Could you please send me the file?") > 0.8 > 0.3 > ask_probability("It was cold.")
    assert model().score(features_of("It was cold."), LABEL) < 0
    chances = passage_chances("I learned that waiting helps.")
    assert set(chances) == set(KINDS)
    assert sum(chances.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_weights_are_those_that_the_script_makes(name: str, tmp_path: Path) -> None:
    if not DATA.exists():
        pytest.skip("the labelled texts are not there; they are not part of the product")
    code = (
        "import sys; from pathlib import Path; from importlib import import_module;"
        "from analyses.training import fitting; fitting.WEIGHTS = Path(sys.argv[3]);"
        "import_module(f'analyses.training.{sys.argv[1]}').main(Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, name, str(DATA), str(tmp_path)]
    subprocess.run(command, check=True, cwd=Path(fitting.__file__).resolve().parents[2], timeout=100)
    made, shipped = (
        json.loads((folder / f"{name}.json").read_text("utf-8"))["weights"] for folder in (tmp_path, WEIGHTS)
    )
    assert made.keys() == shipped.keys()
    for feature, row in made.items():
        assert row == pytest.approx(shipped[feature], abs=0.02)
