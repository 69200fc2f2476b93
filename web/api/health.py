"""`/v1/health`: the verdict, its causes, and what to do about each."""

from __future__ import annotations

from fastapi import APIRouter

from web.auth import Viewer
from web.health import health_of
from web.schemas import Health

router = APIRouter(prefix="/health", tags=["monitoring"])


@router.get("", summary="Read the verdict")
def show_health(caller: Viewer) -> Health:
    """200 whatever the verdict; `/readyz` is the one that speaks by its status. Needs the role viewer."""
    return health_of(caller.tenant_id)
