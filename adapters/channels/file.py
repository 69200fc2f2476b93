"""The file channel: one JSON line per notice, appended to a file under `GRISTMILL_HOME/notices`."""

from __future__ import annotations

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


def send(target: str, notice: Notice) -> None:
    """Append in one write, so that lines of several workers never mix."""
    folder = get_settings().home / "notices"
    folder.mkdir(parents=True, exist_ok=True)
    line = orjson.dumps(asdict(notice), option=orjson.OPT_APPEND_NEWLINE)
    handle = os.open(folder / target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)
