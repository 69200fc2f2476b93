"""Output: JSON and tables on stdout, everything else on stderr, and nothing mixed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 120  # columns where nobody can say how wide the screen is
WIDEST = 10_000  # columns: more than any table of ours has
NONE = "–"


def print_json(value: Any) -> None:
    """One JSON document on one line, on stdout."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(value, default=str, option=orjson.OPT_APPEND_NEWLINE))


def note(line: str) -> None:
    """A line for the person, on stderr."""
    print(line, file=sys.stderr, flush=True)


def stdout() -> Console:
    """The console for results; as wide as the terminal, or fixed where there is none."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False, soft_wrap=False)


def stderr() -> Console:
    """The console for progress."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """A plain table of few, short cells. Texts wrap; nothing is cut: it may be an id to copy."""
    from rich import box
    from rich.markup import escape
    from rich.measure import Measurement
    from rich.table import Table

    cells = [[NONE if cell is None else escape(str(cell)) for cell in row] for row in rows]
    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for place, name in enumerate(columns):
        no_wrap = not any(" " in row[place] for row in cells)
        least = len(name) if no_wrap else None  # else rich counts only the longest word of a name of several
        table.add_column(name, no_wrap=no_wrap, overflow="fold", min_width=least)
    for row in cells:
        table.add_row(*row)
    console = stdout()
    unbounded = console.options.update(max_width=WIDEST)
    console.width = max(console.width, Measurement.get(console, unbounded, table).minimum)
    console.print(table)


def moment(at_ms: int | None) -> str:
    """A time of the database in the zone of the person's machine."""
    from datetime import UTC, datetime

    if at_ms is None:
        return NONE
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def span(seconds: float) -> str:
    """A duration for people: 0.42 s, 12.3 s, 3 min 20 s."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
