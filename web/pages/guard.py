"""The guard of the pages: who is logged in, whether a form is really ours, and what it holds."""

from __future__ import annotations

import hmac
import re
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from web.auth import demand
from web.pages.session import Session, session_of
from web.problems import HttpProblem

MOST_FORM_BYTES = 10_000
MOST_FIELDS = 10
OWN_PAGES = re.compile(r"/(jobs/[0-9a-f]{26})?")


class LoginNeeded(Exception):
    """Nobody is logged in; the answer is the login page."""


def logged_in(request: Request) -> Session:
    """The session. Raises LoginNeeded."""
    session = session_of(request)
    if session is None:
        raise LoginNeeded
    return session


def to_login(request: Request, error: Exception) -> Response:
    """Send the browser to the login page, to come back afterwards."""
    path = request.scope["path"] if request.method == "GET" else "/"
    return RedirectResponse(f"/login?next={quote(own_page(path))}", 303)


def own_page(path: str) -> str:
    """`path` if it is a page of ours to come back to, else the first page: no redirect leads elsewhere."""
    return path if OWN_PAGES.fullmatch(path) else "/"


async def own_form(request: Request) -> dict[str, str]:
    """The fields of a form of our own pages. Raises HttpProblem for one sent from elsewhere."""
    if not _from_ourselves(request):
        raise HttpProblem(403, "This form was sent from another site.")
    body = await request.body()
    if len(body) > MOST_FORM_BYTES:
        raise HttpProblem(413, "The form is too large.")
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS))
    except ValueError:
        raise HttpProblem(400, "The form cannot be read.") from None


def checked_form(
    session: Annotated[Session, Depends(logged_in)], form: Annotated[dict[str, str], Depends(own_form)]
) -> Session:
    """The session of an operator whose form carries its token. Raises HttpProblem 403."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), session.csrf.encode()):
        raise HttpProblem(403, "This form has expired.", suggestion="Load the page again and repeat it.")
    demand(session.caller, "operator")
    return session


def _from_ourselves(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


LoggedIn = Annotated[Session, Depends(logged_in)]
CheckedForm = Annotated[Session, Depends(checked_form)]
OwnForm = Annotated[dict[str, str], Depends(own_form)]
