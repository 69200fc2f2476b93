"""The app: `uvicorn web.app:app`. Middleware, routes and error handlers are put together here only."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from analyses import all_analyses
from web.api import v1
from web.api.probes import router as probes
from web.dispatcher import dispatcher
from web.failures import add_handlers
from web.limits import BodyLimit
from web.openapi import describe
from web.pages import add_pages
from web.shield import Shield

log = structlog.get_logger(__name__)

WARM_UP = {"title": "Warm-up", "text": "The first analysis loads word lists; no caller should wait for it."}


def create_app() -> FastAPI:
    """A new app. It opens no connection before the first request."""
    made = FastAPI(
        title="Gristmill",
        version="0.1.0",
        docs_url=None,  # ours, without anything from another host
        redoc_url=None,
        lifespan=_lifespan,
    )
    made.add_middleware(BodyLimit)
    made.add_middleware(Shield)  # added last, so outermost
    add_handlers(made)
    made.include_router(v1)
    made.include_router(probes)
    add_pages(made)
    made.openapi = describe(made)  # type: ignore[method-assign]
    return made


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield
    dispatcher.stop()


def _warm_up() -> None:
    for analysis in all_analyses():
        try:
            analysis.local(analysis.parse_content(WARM_UP))
        except Exception as error:  # noqa: BLE001 - only a head start; a request will tell what is wrong
            log.debug("not warmed up", analysis=analysis.name, error=type(error).__name__)


app = create_app()
