"""The shield: the outermost layer. Every answer carries safe headers; no failure shows what it was.

An exception that nothing below has named becomes a 500 that says only the request's id; the log has
its type and the lines it passed, but not its text, which may hold content.
"""

from __future__ import annotations

import secrets
import traceback

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import problem

log = structlog.get_logger(__name__)

FRAMES_TOLD = 6
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",  # answers are a tenant's own; static files say otherwise themselves
}


class Shield:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        begun = False

        async def send_safely(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = _with_ours(message.get("headers", []), request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_safely)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            _tell(error, request_id, scope)
            if not begun:
                detail = f"Something failed on our side (request {request_id})."
                await problem(500, detail)(scope, receive, send_safely)


def _with_ours(headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    ours = {**HEADERS, "x-request-id": request_id}
    added = [(n.encode(), v.encode()) for n, v in ours.items() if n.encode() not in present]
    return [*headers, *added]


def _tell(error: Exception, request_id: str, scope: Scope) -> None:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_TOLD:]
    log.error(
        "request failed",
        request_id=request_id,
        method=scope["method"],
        path=scope["path"][:200],
        error=type(error).__name__,
        lines=[f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames],
    )
