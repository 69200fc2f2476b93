"""Serving: `python -m web.serve` runs the app with the limits and silences that belong to it.

`uvicorn web.app:app` works as well, but names itself in every answer and bounds less.
"""

from __future__ import annotations

import contextlib
import sys
from socket import socket

import uvicorn

from settings import get_settings
from web.streams import stop_all

IDLE_CONNECTION_S = 15
SHUTDOWN_S = 10
STARTUP_FAILURE = 3  # the exit code, as uvicorn's own
MOST_CONNECTIONS = 512  # past these the answer is 503 at once


def main() -> None:
    """Serve on WEB_HOST and WEB_PORT until SIGINT or SIGTERM; open requests get 10 s to end."""
    settings = get_settings()
    config = uvicorn.Config(
        "web.app:app",
        host=settings.web_host,
        port=settings.web_port,
        log_level=settings.log_level.lower(),
        access_log=settings.log_level == "DEBUG",
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_CONNECTION_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


class Server(uvicorn.Server):
    """Ends the streams before it waits for open requests, or each of them would take the whole grace."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        stop_all()
        await super().shutdown(sockets)


if __name__ == "__main__":
    main()
