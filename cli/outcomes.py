"""Outcomes: whether a file's lines will do, and what a batch's outcome means to a shell and to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.output import note, span
from cli.problems import DONE, FAILED, PARTLY_FAILED, WrongUsage

if TYPE_CHECKING:
    from cli.inputs import Lines
    from cli.pieces import Pieces
    from pipelines import Batch

JSONL_ONLY = "; this reads JSONL, an object a line, and `gristmill analyze` takes other files"


def judge_lines(lines: Lines | Pieces, *, skip: bool) -> None:
    """Refuse the input for its bad lines, or say which are left out. Raises WrongUsage."""
    if not lines.bad_count:
        return
    told = "".join(f"\n       {bad}" for bad in lines.bad)
    if lines.bad_count > len(lines.bad):
        told += f"\n       and {lines.bad_count - len(lines.bad)} more"
    total = lines.bad_count + lines.good
    if not lines.good:
        others = JSONL_ONLY if any("not JSON" in str(bad) for bad in lines.bad) else ""
        none = "The one row cannot be used" if total == 1 else f"None of the {total} rows can be used"
        raise WrongUsage(f"{none}{others}:{told}")
    if not skip:
        hint = "Correct them, or leave them out with --skip-bad-rows"
        raise WrongUsage(f"{lines.bad_count} of {total} rows cannot be used. {hint}:{told}")
    note(f"Left out {lines.bad_count} of {total} rows:{told}")


def tolerance(given: str) -> float:
    """A share as a float (0.2) or a count as an int (5), told apart by the point. Raises WrongUsage."""
    try:
        return float(given) if "." in given else int(given)
    except ValueError:
        raise WrongUsage(
            f"--tolerate takes a share such as 0.2 or a count such as 5, not {given[:20]!r}."
        ) from None


def exit_code(batch: Batch, *, skipped: int = 0) -> int:
    """What a batch's outcome means to a shell; where nothing at all was completed, the work failed."""
    codes = {"completed": DONE, "completed_with_failures": PARTLY_FAILED}
    code = codes.get(batch.outcome or "", FAILED) if batch.counts.completed else FAILED
    return PARTLY_FAILED if code == DONE and skipped else code


def ending(batch: Batch, lines: Lines | Pieces, run_s: float) -> str:
    """How a batch ended, in a line."""
    counts, outcome = batch.counts, (batch.outcome or "still running").replace("_", " ")
    parts = [f"{counts.completed} completed"]
    parts += [
        f"{count} {name}"
        for name, count in (("failed", counts.failed), ("cancelled", counts.cancelled))
        if count
    ]
    parts += [f"{lines.bad_count} bad rows left out"] if lines.bad_count else []
    ran = counts.completed + counts.failed
    rate = f", {ran / run_s:.0f} a second" if ran > run_s > 1 else ""
    return f"Batch {batch.id} {outcome}: {', '.join(parts)} in {span(run_s)}{rate}."
