"""The pages for people: plain HTML that works without script, on a phone and by keyboard."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from web.pages import docs, jobs, login
from web.pages.guard import LoginNeeded, to_login
from web.pages.render import FOLDER


class _Static(StaticFiles):
    """Files that a browser keeps, and asks about again."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


def add_pages(app: FastAPI) -> None:
    """Mount the pages and their files."""
    for part in (login, jobs, docs):
        app.include_router(part.router)
    app.mount("/static", _Static(directory=FOLDER / "static"), name="static")
    app.add_exception_handler(LoginNeeded, to_login)
