"""Results: a job with its answer as one JSON line, as a row of a table, and as a card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyses.cleaning import shortened
from cli.output import NONE, stdout

PAGE = 500
SHORT_CHARS = 12  # a column whose cells all fit in this is never cut
LEAST_CHARS = 20  # a cut column narrower than this tells nothing, so it is left out
GAP_CHARS = 2
TITLE_CHARS = 80  # on a card


def as_json(row: Any) -> dict[str, Any]:
    """One result: `id` is the row's own id, or null where it had none."""
    told = {"id": row.external_id, "job_id": row.id, "analysis": row.analysis, "state": row.state}
    return told | answered(row)


def answered(row: Any) -> dict[str, Any]:
    """The answer and who made it, or why there is none."""
    error = None
    if row.error_class and row.state != "completed":
        error = {"class": row.error_class, "message": row.error_message}
    return {
        "answer": row.answer_answer,
        "provider": row.answer_provider,
        "model": row.answer_model,
        "prompt_version": row.answer_prompt_version,
        "degraded": row.answer_degraded,
        "flags": row.answer_flags or [],
        "error": error,
    }


def all_results(tenant: str, batch_id: str) -> Iterator[Any]:
    """A batch's members with their answers, in the order of submission, a page at a time."""
    from models.database import reading
    from models.overview import list_results

    after = ""
    while True:
        with reading() as connection:
            rows = list_results(connection, tenant, batch_id, after=after, limit=PAGE)
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def result_of(tenant: str, job_id: str) -> Any:
    """One job with its answer. Raises NotFound."""
    from models.database import reading
    from models.lookups import job_row
    from models.overview import one_result

    with reading() as connection:
        row = one_result(connection, tenant, job_id)
        return row if row is not None else job_row(connection, tenant, job_id)


def cells(row: Any) -> dict[str, str]:
    """The answer's own columns, or where the job stands and why."""
    from actors.tasks import doing, typed_answer

    if row.answer_answer is None:
        return {"": f"{row.state}: {row.error_message}" if row.error_message else row.state}
    return doing(row.analysis).summary(typed_answer(row.analysis, row.answer_answer))


def print_results(rows: Sequence[Any], title: str) -> None:
    """One line per result, cut to the width of the terminal: title or id first, then the answer."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    told = [{"title": _one_line(row.title) or row.external_id or row.id, **cells(row)} for row in rows]
    names = list(dict.fromkeys(name for line in told for name in line))
    widest = {name: max(len(line.get(name, "")) for line in told) for name in names}
    shown = fitting(names, widest, stdout().width)
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False, expand=True)
    for name in shown:
        short = widest[name] <= SHORT_CHARS
        ratio = None if short else 2 if name in ("title", "") else 3
        table.add_column(escape(name), no_wrap=True, overflow="ellipsis", ratio=ratio)
    for line in told:
        table.add_row(*(escape(line.get(name, "")) for name in shown))
    stdout().print(table)


def fitting(names: Sequence[str], widest: Mapping[str, int], width: int) -> list[str]:
    """As many columns as can be read in `width` characters; long ones go from the right."""
    shown = list(names)
    while len(shown) > 1:
        short = sum(max(widest[n], len(n)) + GAP_CHARS for n in shown if widest[n] <= SHORT_CHARS)
        long = [n for n in shown if widest[n] > SHORT_CHARS]
        if short + len(long) * (LEAST_CHARS + GAP_CHARS) <= width or len(long) <= 1:
            break
        shown.remove(long[-1])
    return shown


def print_card(row: Any) -> None:
    """One answer in full, field by field, and who made it."""
    from rich.markup import escape
    from rich.table import Table

    card = Table.grid(padding=(0, 2))
    card.add_column(style="bold", no_wrap=True)
    card.add_column(overflow="fold")
    for name, value in (row.answer_answer or {}).items():
        card.add_row(name.replace("_", " "), escape(_told(value)))
    if row.answer_provider:
        makers = dict.fromkeys([row.answer_provider, row.answer_model])  # of the local ones both are `local`
        version = f"prompt version {row.answer_prompt_version}"
        card.add_row("made by", escape(", ".join([*makers, version])))
    if row.answer_degraded:
        card.add_row("degraded", "its model was away; it is asked when it is back, and this answer replaced")
    if row.answer_flags:
        card.add_row("flagged", escape(", ".join(row.answer_flags)))
    if row.error_message and row.state != "completed":
        card.add_row("error", escape(f"{row.error_class}: {row.error_message}"))
    name = shortened(_one_line(row.title), TITLE_CHARS) or row.external_id
    told = [f"[bold]{escape(row.analysis)}[/]", *([escape(name)] if name else []), row.state]
    stdout().print("  ".join(told))
    stdout().print(card)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_told(part)}" for key, part in value.items() if part not in ("", None))
    if isinstance(value, list):
        nested = any(isinstance(part, dict) for part in value)
        return ("\n" if nested else ", ").join(map(_told, value)) or NONE
    return NONE if value in ("", None) else str(value)
