"""Prompts at the terminal: their versions, how they differ, and which one a tenant's jobs get."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from analyses import get_analysis
from cli.output import NONE, note, print_json, print_table
from cli.ready import with_database

if TYPE_CHECKING:
    from pipelines.prompts import Versions


def list_prompts(tenant: str, analysis: str | None, *, json: bool) -> None:
    """The versions of one analysis's prompt, or of all. Raises InvalidInput."""
    with_database()
    from pipelines.prompts import list_versions

    found = list_versions(tenant, analysis)
    if json:
        for one in found:
            print_json(versions_fields(one))
        return
    if analysis is None:
        cells = [(v.analysis, _numbers(v), v.pinned or NONE, v.in_force) for v in found]
        print_table(("analysis", "versions", "pinned", "in force"), cells)
    else:
        rows = [(v.number, v.digest, v.chars, _remark(found[0], v.number)) for v in found[0].items]
        print_table(("version", "digest", "characters", ""), rows)
    for one in found:
        if not one.is_pin_known:
            note(f"{one.analysis} is pinned to version {one.pinned}, which there is no more: unpin it.")


def show_prompt(analysis: str, version: int | None, *, json: bool) -> None:
    """What a version tells a model to do, the newest if none is named. Raises InvalidInput."""
    known = get_analysis(analysis)
    words = known.instructions_of(version)
    if json:
        told = {"analysis": known.name, "version": version or known.prompt_version, "instructions": words}
        print_json(told)
        return
    sys.stdout.write(words + "\n")
    note("The content follows as the user's message, between two marker lines, as data.")


def diff_prompts(analysis: str, old: int | None, new: int | None, *, json: bool) -> None:
    """How two versions differ: by default the newest and the one before it. Raises InvalidInput."""
    from pipelines.prompts import diff

    numbers = sorted(get_analysis(analysis).instructions)
    new = new or numbers[-1]
    old = old or max((n for n in numbers if n < new), default=new)
    told = diff(analysis, old, new)
    if json:
        print_json({"analysis": analysis, "old": old, "new": new, "diff": told})
    elif told:
        sys.stdout.write(told + "\n")
    else:
        note(f"{analysis} has nothing else to compare version {new} with.")


def pin_prompt(tenant: str, analysis: str, version: int, *, json: bool) -> None:
    """From now on new jobs get this version. Raises InvalidInput."""
    with_database()
    from pipelines.prompts import pin_version

    before = pin_version(tenant, analysis, version)
    if json:
        print_json({"tenant": tenant, "analysis": analysis, "pinned": version, "before": before})
        return
    was = f", {before} until now" if before and before != version else ""
    note(f"{tenant}: new jobs of {analysis} get prompt version {version}{was}. Those submitted keep theirs.")


def unpin_prompt(tenant: str, analysis: str, *, json: bool) -> None:
    """From now on new jobs get the newest version. Raises InvalidInput."""
    with_database()
    from pipelines.prompts import unpin_version

    before = unpin_version(tenant, analysis)
    newest = get_analysis(analysis).prompt_version
    if json:
        print_json({"tenant": tenant, "analysis": analysis, "pinned": None, "before": before})
        return
    was = f"; {before} was pinned" if before else "; none was pinned"
    note(f"{tenant}: new jobs of {analysis} get the newest prompt version, {newest}{was}.")


def versions_fields(one: Versions) -> dict[str, Any]:
    """An analysis's versions under the names that JSON shows."""
    return {
        "analysis": one.analysis,
        "newest": one.newest,
        "pinned": one.pinned,
        "in_force": one.in_force,
        "versions": [{"version": v.number, "digest": v.digest, "chars": v.chars} for v in one.items],
    }


def _numbers(one: Versions) -> str:
    return ", ".join(str(version.number) for version in one.items)


def _remark(one: Versions, number: int) -> str:
    told = {"newest": one.newest, "pinned": one.pinned, "in force": one.in_force}
    return ", ".join(word for word, which in told.items() if which == number)
