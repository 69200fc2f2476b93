"""`/v1/analyses/{name}/prompts`: the versions of an analysis's prompt, and the one a tenant has pinned."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Query

from analyses import known_names
from errors import NotFound
from models.tenants import Caller
from pipelines.entry import analysis_named
from pipelines.prompts import diff, list_versions, pin_version, unpin_version
from web.api.shared import BAD_BODY, NO_SUCH
from web.auth import Operator, Viewer
from web.json_body import StrictRoute
from web.schemas import PromptDiff, PromptPin, PromptVersion, PromptVersions

log = structlog.get_logger(__name__)
router = APIRouter(
    prefix="/analyses/{name}/prompts", tags=["analyses"], route_class=StrictRoute, responses=NO_SUCH
)
Name = Annotated[str, Path(description="An analysis.", examples=["text.sentiment"], max_length=100)]
Number = Annotated[int, Query(ge=1, description="A version.")]


@router.get("", summary="List an analysis's prompts")
def list_prompts(name: Name, caller: Viewer) -> PromptVersions:
    """Every version with its words, oldest first. Needs the role viewer."""
    return _shown(caller.tenant_id, name)


@router.get("/diff", summary="Compare two prompts", responses=BAD_BODY)
def compare(name: Name, old: Number, new: Number, caller: Viewer) -> PromptDiff:
    """A unified difference, a sentence a line; empty if both say the same. Needs the role viewer."""
    return PromptDiff(analysis=_known(name), old=old, new=new, diff=diff(name, old, new))


@router.put("/pin", summary="Pin a prompt", responses=BAD_BODY)
def pin(name: Name, asked: PromptPin, caller: Operator) -> PromptVersions:
    """New jobs get this version; those that were submitted keep theirs. Needs the role operator."""
    before = pin_version(caller.tenant_id, _known(name), asked.version)
    _log(caller, "prompt pinned", name, asked.version, before)
    return _shown(caller.tenant_id, name)


@router.delete("/pin", summary="Unpin a prompt")
def unpin(name: Name, caller: Operator) -> PromptVersions:
    """New jobs get the newest version, whether or not one was pinned. Needs the role operator."""
    before = unpin_version(caller.tenant_id, _known(name))
    _log(caller, "prompt unpinned", name, None, before)
    return _shown(caller.tenant_id, name)


def _known(name: str) -> str:
    """The name, if an analysis has it. Raises NotFound: it is part of the address."""
    if name not in known_names():
        raise NotFound("There is no such analysis; GET /v1/analyses lists them.")
    return name


def _log(caller: Caller, event: str, analysis: str, version: int | None, before: int | None) -> None:
    who = {"tenant_id": caller.tenant_id, "key_id": caller.key_id}
    log.info(event, analysis=analysis, version=version, before=before, **who)


def _shown(tenant_id: str, name: str) -> PromptVersions:
    (found,) = list_versions(tenant_id, _known(name))
    instructions = analysis_named(name).instructions
    items = [
        PromptVersion(version=one.number, digest=one.digest, instructions=instructions[one.number])
        for one in found.items
    ]
    return PromptVersions(
        analysis=name, newest=found.newest, pinned=found.pinned, in_force=found.in_force, items=items
    )
