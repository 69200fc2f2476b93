"""One test session's environment, set on import: no key, no paid call, nothing of the machine's own.

`REDIS_URL` names a socket at which only a test that starts a broker finds one; it stays the same for
the whole session, because a process has one broker client.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(tempfile.mkdtemp(prefix="gm-"))  # short: a socket's path may have 100 characters
BROKER_SOCKET = HOME / "v.sock"

for _name in ("DATABASE_URL", "REDIS_HOST", "REDIS_PASSWORD", "LLM_SCRIPT", "LLM_PROVIDER", "OPENAI_API_KEY"):
    os.environ[_name] = ""  # empty rather than absent, so that no `.env` puts it back
os.environ |= {
    "GRISTMILL_HOME": str(HOME / "home"),
    "REDIS_URL": f"unix://{BROKER_SOCKET}",
    "FORBID_PAID_CALLS": "true",
    "TIMEZONE": "UTC",
}
