"""OpenAI's own library, for what is asked a few times an hour: files and batches.

Importing it takes a second, so this module is itself imported only when there is a batch to send or to look
at. Single calls, of which there are hundreds at once, go a leaner way (`adapters.llm.wire.client`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai

from adapters.llm.target import Target
from adapters.llm.wire.client import error_object
from adapters.llm.wire.faults import about, from_status
from errors import GristmillError, ServiceError, Timeout

LARGEST_FILE_BYTES = 2_000_000_000  # 50,000 answers of 40 kB
PATIENCE_S = 120.0  # for each answer, or each piece of a file
TOO_LARGE = "The LLM server's reply is unsound: the file is too large."

for _chatty in (
    "openai",
    "httpx2",
    "httpcore2",
):  # at DEBUG they would log requests, hence content
    logging.getLogger(_chatty).setLevel(logging.WARNING)


@contextmanager
def vendor(target: Target) -> Iterator[openai.OpenAI]:
    """The library's client for this target; what goes wrong inside raises our errors only."""
    key = dict(target.headers)["Authorization"].removeprefix("Bearer ")
    http = openai.DefaultHttpxClient(
        follow_redirects=False,  # content goes where the operator said, nowhere a server sends it on to
        trust_env=not target.is_loopback,  # a proxy of the environment is not for this machine
        timeout=PATIENCE_S,
    )
    with openai.OpenAI(api_key=key, base_url=target.base_url, max_retries=0, http_client=http) as client:
        try:
            yield client
        except (openai.OpenAIError, OSError, ValueError) as error:
            raise about(target.prefix, translate(error)) from None


def save(client: openai.OpenAI, file_id: str, to: Path) -> None:
    """Save a file, as it comes; raises ServiceError where it is larger than any can be."""
    with client.files.with_streaming_response.content(file_id) as response, to.open("wb") as saved:
        for piece in response.iter_bytes():
            saved.write(piece)
            if saved.tell() > LARGEST_FILE_BYTES:
                raise ServiceError(TOO_LARGE)


def translate(error: Exception) -> GristmillError:
    """One of the library's exceptions as one of ours, without its text."""
    if isinstance(error, openai.APIStatusError):
        said, headers = error_object(error.response.content), error.response.headers
        return from_status(error.status_code, said, headers, model="", api="batches")
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return Timeout(f"The LLM server did not answer within {PATIENCE_S:g} s.")
    return ServiceError(f"The LLM server could not be reached or broke off ({type(error).__name__}).")
