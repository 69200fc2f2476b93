"""Sessions: a key posted once becomes a signed cookie; the key itself is never kept or sent back.

The cookie names the key's id and an expiry, signed with this house's secret and the key's own digest.
So it can be made neither from a copy of the database nor from the secret alone, and it ends at once
when its key is revoked. Every form carries a token derived from it, against forged requests.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog
from fastapi import Request, Response

from models.database import reading
from models.reports import key_holder
from models.tenants import Caller
from settings import get_settings

log = structlog.get_logger(__name__)

COOKIE = "gristmill_session"
LASTS_S = 12 * 3600
SECRET_FILE = "web-secret"  # noqa: S105 - a file's name
SECRET_BYTES = 32
FORM = re.compile(r"([0-9a-f]{26})\.([0-9]{1,12})\.([0-9a-f]{16})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Session:
    """Who looks at a page; `csrf` is what their forms must carry."""

    caller: Caller
    csrf: str


def open_session(request: Request, response: Response, caller: Caller) -> None:
    """Give the browser a cookie that lasts 12 hours. Raises nothing for a key revoked meanwhile."""
    with reading() as connection:
        holder = key_holder(connection, caller.key_id)
    if holder is None:
        return
    told = f"{caller.key_id}.{int(time.time()) + LASTS_S}.{secrets.token_hex(8)}"
    response.set_cookie(
        COOKIE,
        f"{told}.{_sign(told, holder[1])}",
        max_age=LASTS_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def close_session(response: Response) -> None:
    """Let the browser forget its cookie."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def session_of(request: Request) -> Session | None:
    """The session behind the request's cookie; None if there is none, or it has ended."""
    value = request.cookies.get(COOKIE, "")
    parts = FORM.fullmatch(value)
    if parts is None or int(parts[2]) < time.time():
        return None
    with reading() as connection:
        holder = key_holder(connection, parts[1])
    told = value.rpartition(".")[0]
    if holder is None or not hmac.compare_digest(parts[4], _sign(told, holder[1])):
        return None
    return Session(holder[0], _sign(f"form.{value}", holder[1]))


def _sign(told: str, digest: str) -> str:
    key = _secret(str(get_settings().home)) + digest.encode()
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()


@cache
def _secret(home: str) -> bytes:
    """The secret shared by all web processes of this home, made by whichever needs it first."""
    file = Path(home) / SECRET_FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return _read_or_make(file)
    except OSError as error:
        log.warning("session secret not kept, sessions end with this process", error=type(error).__name__)
        return secrets.token_bytes(SECRET_BYTES)


def _read_or_make(file: Path) -> bytes:
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not file.exists():
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(SECRET_BYTES))
        try:
            os.link(draft, file)  # whole or not at all; the first of several wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_bytes()
