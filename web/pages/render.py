"""Rendering: Jinja with everything escaped, and the few words that all pages share."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from models.states import State

FOLDER = Path(__file__).parent.parent
CODE = re.compile("`([^`]+)`")
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))

_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page from its template; `session` is None where nobody is logged in."""
    context.setdefault("session", None)
    return HTMLResponse(_templates.get_template(name).render(context), status)


def wants_page(request: Request) -> bool:
    """True for a browser outside the API: it gets its errors as a page."""
    inside_api = request.scope["path"].startswith("/v1")
    return not inside_api and "text/html" in request.headers.get("accept", "")


def error_page(told: dict[str, Any]) -> HTMLResponse:
    """A problem, as people read it."""
    return page("problem.html", status=told["status"], problem=told)


def age(at_ms: int) -> str:
    """How long ago, in the largest unit that is at least 1."""
    past_s = max(int(time.time() - at_ms / 1000), 0)
    for unit_s, name in UNITS:
        if past_s >= unit_s:
            return f"{past_s // unit_s} {name}"
    return f"{past_s} s"


def stamp(at_ms: int) -> str:
    """A moment in UTC, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at_ms / 1000))


def told(text: str) -> Markup:
    """Our own descriptions with their `code` as code; all else in them stays escaped."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


_templates.globals.update({"states": [state.value for state in State]})
_templates.filters.update({"age": age, "stamp": stamp, "told": told})
