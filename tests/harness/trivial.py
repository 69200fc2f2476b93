"""`test.trivial`: an analysis that does what its text says, so that a test can script its jobs.

The text is commands parted by semicolons; unknown words are ignored, so `#17` can make texts differ:
    sleep MS    fail [N]    refuse    crash    die [N]
`fail` raises a retryable error and `die` kills its process, each the first N times (always without
N); `refuse` raises a permanent error, `crash` one that is not of our tree. Each run leaves a line in
`runs.log` under home. Loaded into workers as a module; it also forbids them to leave this machine.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

from analyses import register
from analyses.base import Analysis, Answer, Factor, Prompt
from analyses.contents import Text
from errors import InvalidInput, ServiceError
from settings import get_settings
from tests.harness.guard import guard

NAME = "test.trivial"
RUNS = "runs.log"


class TrivialAnswer(Answer):
    """What was done."""

    did: str


class Trivial(Analysis[Text, TrivialAnswer]):
    """Does what its text says."""

    name = NAME
    title = "Does what its text says"
    content = Text
    answer = TrivialAnswer

    def prompt(self, content: Text) -> Prompt:
        return Prompt("Say what you did.", content.text, 100)

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


def append(file: Path, text: str) -> int:
    """Append in one write; gives the file's size after it."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode())
        return os.fstat(handle).st_size
    finally:
        os.close(handle)


guard()
register(Trivial())
