"""The catalogue: which analyses there are, read from their declarations."""

from __future__ import annotations

import re
from typing import Any

from analyses import all_analyses, get_analysis
from cli.output import print_json, print_table, stdout


def list_analyses(*, json: bool) -> None:
    """All analyses."""
    if json:
        for analysis in all_analyses():
            print_json(_brief(analysis))
        return
    cells = [(a.name, a.content.__name__.lower(), a.queue, a.title) for a in all_analyses()]
    print_table(("analysis", "takes", "queue", "what it finds"), cells)


def show_analysis(name: str, *, json: bool) -> None:
    """What one takes and answers, as JSON schemas or as tables. Raises InvalidInput."""
    analysis = get_analysis(name)
    takes, answers = analysis.content.model_json_schema(), analysis.answer.model_json_schema()
    if json:
        print_json(_brief(analysis) | {"content_schema": takes, "answer_schema": answers})
        return
    stdout().print(f"[bold]{analysis.name}[/]  {analysis.title}")
    needed = set(takes.get("required", ()))
    fields = [
        (field, _kind(shape), "needed" if field in needed else "")
        for field, shape in takes["properties"].items()
    ]
    print_table(("takes", "kind", ""), fields)
    found = [
        (field, _kind(shape), shape.get("description", "")) for field, shape in answers["properties"].items()
    ]
    print_table(("answers", "kind", "meaning"), found)


def _brief(analysis: Any) -> dict[str, Any]:
    return {
        "name": analysis.name,
        "title": analysis.title,
        "content": analysis.content.__name__.lower(),
        "queue": analysis.queue,
        "prompt_version": analysis.prompt_version,
        "schema_version": analysis.schema_version,
    }


def _kind(shape: dict[str, Any]) -> str:
    """A field's JSON schema in a word or two."""
    if "anyOf" in shape:
        return " or ".join(_kind(part) for part in shape["anyOf"])
    if "enum" in shape:
        return ", ".join(map(str, shape["enum"]))
    if "$ref" in shape:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(shape["$ref"]).rpartition("/")[2]).lower()
    if shape.get("type") == "array":
        return f"list of {_kind(shape.get('items', {}))}"
    bounds = (
        f" {shape['minimum']:g} to {shape['maximum']:g}" if {"minimum", "maximum"} <= shape.keys() else ""
    )
    return str(shape.get("type", "any")) + bounds
