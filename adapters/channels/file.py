"""The file channel: one JSON line per notice, in a file of the tenant's under `GRISTMILL_HOME/notices`."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import asdict

import orjson

from adapters.channels import Notice
from errors import InvalidInput
from settings import get_settings

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check(target: str) -> None:
    """Raises InvalidInput for what is no plain file name."""
    if not NAME.fullmatch(target):
        raise InvalidInput("A file channel takes a plain file name such as finished.jsonl.")


def _folder_of(tenant_id: str) -> str:
    """A tenant's own folder; a name that is no plain file name is replaced by its digest."""
    plain = NAME.fullmatch(tenant_id) is not None
    return tenant_id if plain else hashlib.sha256(tenant_id.encode()).hexdigest()


def send(target: str, notice: Notice) -> None:
    """Append in one write, so that lines of several workers never mix."""
    folder = get_settings().home / "notices" / _folder_of(notice.tenant_id)
    folder.mkdir(parents=True, exist_ok=True)
    line = orjson.dumps(asdict(notice), option=orjson.OPT_APPEND_NEWLINE)
    handle = os.open(folder / target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)
