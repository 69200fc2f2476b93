"""Browsing: pages that only JavaScript builds, opened in Chromium, which itself reaches no network.

Every request of the page is answered by our own fetch, within its bounds; what cannot be answered so (a form
sent, a socket opened) fails. A proxy that does not exist stands behind it for whatever else might be tried.
"""

from __future__ import annotations

import io
import shutil
from importlib.util import find_spec
from typing import IO, Any

from adapters.safety.fetching import LARGEST_BYTES, LONGEST_S, Fetched, checked, fetch
from adapters.safety.network import Deadline
from errors import GristmillError, InvalidInput, ServiceError, Timeout

MOST_REQUESTS = 200
LARGEST_PAGE_BYTES = 10_000_000  # of what is built, and of each part of it
SETTLE_MS = 5_000  # for requests to end after the page has loaded
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PASSED = ("document", "script", "xhr", "fetch", "stylesheet")  # pictures and fonts have no words
INSTALL = (
    "To run a page's JavaScript, Chromium and Gristmill's extra `browser` are needed: "
    "`apt-get install chromium` and `pip install 'gristmill[browser]'`."
)
SWITCHES = (
    *("--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>"),
    *("--webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-background-networking"),
    *("--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--no-first-run", "--disable-sync"),
    *("--disable-gpu", "--disable-dev-shm-usage"),
    "--no-sandbox",  # containers have no rights for one; the page reaches no network either way
)


def check() -> None:
    """Raises InvalidInput saying what to install where no browser can be run."""
    if find_spec("playwright") is None or chromium() is None:
        raise InvalidInput(INSTALL)


def render(
    url: str, into: IO[bytes], *, allow_private: bool = False, longest_s: float = LONGEST_S
) -> Fetched:
    """Write the HTML that a page has become after its scripts ran. Raises as `fetch` does."""
    from playwright.sync_api import Error, sync_playwright

    deadline = Deadline(longest_s)
    asked = Requests(deadline, allow_private)
    try:
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=chromium(), args=list(SWITCHES))
            page = browser.new_context(service_workers="block", accept_downloads=False).new_page()
            page.route("**/*", asked.answer)
            page.goto(str(checked(url)), timeout=deadline.left_s() * 1000, wait_until="load")
            _settle(page, deadline)
            html, address = page.content().encode("utf-8", "replace"), page.url
            browser.close()
    except Error:
        raise _fault(asked, deadline) from None
    if len(html) > LARGEST_PAGE_BYTES:
        raise InvalidInput(f"The page becomes larger than {LARGEST_PAGE_BYTES:,} bytes; save its text.")
    into.write(html)
    return Fetched(address, "text/html", "utf-8", "", len(html))


class Requests:
    """Answers what a page asks for."""

    def __init__(self, deadline: Deadline, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._count = 0
        self.refusal: GristmillError | None = None  # of the page itself: the first request

    def answer(self, route: Any) -> None:
        self._count += 1
        request = route.request
        wanted = request.method == "GET" and request.resource_type in PASSED and self._count <= MOST_REQUESTS
        if not wanted:
            route.abort()
            return
        body = io.BytesIO()
        try:
            fetched = fetch(
                request.url,
                body,
                allow_private=self._allow_private,
                largest_bytes=min(LARGEST_PAGE_BYTES, LARGEST_BYTES),
                longest_s=self._deadline.left_s(),
            )
        except GristmillError as error:
            self.refusal = self.refusal or (error if self._count == 1 else None)
            route.abort()
            return
        kind = f"{fetched.media_type or 'text/plain'}; charset={fetched.charset or 'utf-8'}"
        route.fulfill(status=200, body=body.getvalue(), content_type=kind)


def _settle(page: Any, deadline: Deadline) -> None:
    """Wait until nothing is asked for any more; a page that never rests is taken as it is."""
    from playwright.sync_api import TimeoutError as NotYet

    try:
        page.wait_for_load_state("networkidle", timeout=min(SETTLE_MS, deadline.left_s() * 1000))
    except NotYet:
        return


def _fault(asked: Requests, deadline: Deadline) -> GristmillError:
    if asked.refusal is not None:
        return asked.refusal
    try:
        deadline.left_s()
    except Timeout as over:
        return over
    return ServiceError("The browser could not open the page.")


def chromium() -> str | None:
    """Where the system's Chromium is."""
    return next(filter(None, map(shutil.which, NAMES)), None)
