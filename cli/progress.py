"""Progress: bars on stderr where a person watches, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from cli.output import note, span

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_EVERY_S = 5.0


class Bars:
    """`update` may be called as often as one likes; each name has its own bar."""

    def __init__(self) -> None:
        self._live: Progress | None = _live() if sys.stderr.isatty() else None
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, tuple[int, str]] = {}
        self._said_s = self._began_s = time.monotonic()

    def __enter__(self) -> Bars:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the bars as they are and give the screen back."""
        if self._live:
            self._live.stop()

    def update(self, name: str, done: int, total: int, remark: str = "") -> None:
        """Show that `done` of `total` are done."""
        if self._live is None:
            self._line(name, done, total, remark)
            return
        if name not in self._tasks:
            self._tasks[name] = self._live.add_task(name, total=total, remark="")
        self._live.update(self._tasks[name], completed=done, total=total, remark=remark)

    def _line(self, name: str, done: int, total: int, remark: str) -> None:
        now = time.monotonic()
        finished = done >= total and self._said.get(name) != (done, remark)
        if finished or now - self._said_s >= LINE_EVERY_S:
            self._said_s = now
            self._said[name] = (done, remark)
            tail = f", {remark}" if remark else ""
            note(f"{name}: {done} of {total}{tail} after {span(now - self._began_s)}")


def _live() -> Progress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    from cli.output import stderr

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[remark]}"),
        console=stderr(),
    )
