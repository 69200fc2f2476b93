"""Logging in and out: the key goes in once, by POST, and never appears in an address."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from web.auth import caller_of
from web.pages.guard import OwnForm, own_page
from web.pages.render import page
from web.pages.session import close_session, open_session

router = APIRouter(include_in_schema=False)


@router.get("/login")
def show_login(next: str = "/") -> Response:  # noqa: A002 - the name in the address
    return page("login.html", next=own_page(next), refused=False)


@router.post("/login")
def log_in(request: Request, form: OwnForm) -> Response:
    onward = own_page(form.get("next", "/"))
    caller = caller_of(form.get("key", "").strip())
    if caller is None:
        return page("login.html", status=401, next=onward, refused=True)
    response = RedirectResponse(onward, 303)
    open_session(request, response, caller)
    return response


@router.post("/logout")
def log_out(form: OwnForm) -> Response:
    response = RedirectResponse("/login", 303)
    close_session(response)
    return response
