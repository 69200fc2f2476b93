"""Who asks: a bearer key makes a `Caller`, whose tenant every query names and whose role is checked.

Keys are looked up by their SHA-256, so comparing takes no secret-dependent time worth measuring, and
a revoked key is refused from the next request on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from models.database import reading
from models.tenants import Caller, find_caller
from web.problems import HttpProblem

KEY_FORM = re.compile(r"gm_[A-Za-z0-9_-]{16,100}")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="gristmill"'}
REFUSED = {"WWW-Authenticate": 'Bearer realm="gristmill", error="invalid_token"'}

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="gm_…",
    description="An API key, shown once when it was made. Roles: viewer < operator < admin.",
)


def caller_of(key: str) -> Caller | None:
    """Whose key this is; None for one that is none, or was revoked."""
    if not KEY_FORM.fullmatch(key):
        return None
    with reading() as connection:
        return find_caller(connection, key)


def authenticated(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> Caller:
    """The caller behind the request's key. Raises HttpProblem 401."""
    if credentials is None:
        raise HttpProblem(401, "This needs an API key.", headers=CHALLENGE)
    caller = caller_of(credentials.credentials)
    if caller is None:
        raise HttpProblem(401, "The API key is not known here, or was revoked.", headers=REFUSED)
    return caller


def demand(caller: Caller, role: str) -> Caller:
    """The caller, if their role includes `role`. Raises HttpProblem 403."""
    if not caller.may(role):
        raise HttpProblem(403, f"This needs the role {role}; the key has the role {caller.role}.")
    return caller


def _needs(role: str) -> Callable[[Caller], Caller]:
    def check(caller: Annotated[Caller, Depends(authenticated)]) -> Caller:
        return demand(caller, role)

    return check


Viewer = Annotated[Caller, Depends(_needs("viewer"))]
Operator = Annotated[Caller, Depends(_needs("operator"))]
Admin = Annotated[Caller, Depends(_needs("admin"))]
