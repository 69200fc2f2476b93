"""Serving: `python -m web.serve` runs the app with the limits and silences that belong to it.

`uvicorn web.app:app` works as well, but names itself in every answer and bounds less.
"""

from __future__ import annotations

import uvicorn

from settings import get_settings

IDLE_CONNECTION_S = 15
SHUTDOWN_S = 10
MOST_CONNECTIONS = 512  # past these the answer is 503 at once


def main() -> None:
    """Serve on WEB_HOST and WEB_PORT until SIGINT or SIGTERM; open requests get 10 s to end."""
    settings = get_settings()
    uvicorn.run(
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


if __name__ == "__main__":
    main()
