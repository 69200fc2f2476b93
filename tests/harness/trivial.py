"""`test.trivial`: an analysis that does what its text says, so that a test can script its jobs.

The text is commands parted by semicolons; unknown words are ignored, so `#17` can make texts differ:
    sleep MS    doze MS    fail [N]    refuse    crash    die [N]
`doze` sleeps in small parts, so that it can be interrupted; `fail` raises a retryable error and `die`
kills its process, each the first N times (always without N); `refuse` raises a permanent error,
`crash` one that is not of our tree. Each run leaves a line in `runs.log` under home. Workers load this
module, which registers it and forbids them to leave this machine.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

from analyses import register
from analyses.base import Analysis, Answer, Factor
from analyses.contents import Text
from errors import InvalidInput, ServiceError
from settings import get_settings
from tests.harness.guard import guard
from tests.harness.traces import RUNS, TRIVIAL, append


class TrivialAnswer(Answer):
    """What was done."""

    did: str


class Trivial(Analysis[Text, TrivialAnswer]):
    """Does what its text says."""

    name = TRIVIAL
    title = "Does what its text says"
    content = Text
    answer = TrivialAnswer
    instructions = {1: "Say what you did."}  # noqa: RUF012

    def local(self, content: Text) -> TrivialAnswer:
        home = get_settings().home
        append(home / RUNS, f"{os.getpid()} {content.text}\n")
        for command in content.text.split(";"):
            obey(command.split(), home, content.text)
        return TrivialAnswer(confidence=1.0, did=content.text)

    def explain(self, content: Text) -> list[Factor]:
        return []

    def summary(self, answer: TrivialAnswer) -> dict[str, str]:
        return {"did": answer.did}


def obey(words: list[str], home: Path, text: str) -> None:
    match words:
        case ["sleep", ms]:
            time.sleep(int(ms) / 1000)
        case ["doze", ms]:
            until = time.monotonic() + int(ms) / 1000
            while time.monotonic() < until:
                time.sleep(0.01)
        case ["fail", *times] if happens(home, text, times):
            raise ServiceError("The test said so.")
        case ["refuse"]:
            raise InvalidInput("The test said so.")
        case ["crash"]:
            raise ZeroDivisionError(text)
        case ["die", *times] if happens(home, text, times):
            os.kill(os.getpid(), signal.SIGKILL)


def happens(home: Path, text: str, times: list[str]) -> bool:
    """True the first N times that this text asks, in whatever process; always without an N."""
    file = home / f"times-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return append(file, ".") <= int(times[0]) if times else True


guard()
register(Trivial())
