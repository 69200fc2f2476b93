"""Evidence: a quote counts only if the content holds it letter by letter."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from analyses.trimming import at_most

Quote = Annotated[
    str,
    BeforeValidator(at_most(400)),
    Field(description="The words of the content that show it, copied letter by letter."),
]
_MARKS = " \t\n\"'“”‘’«»…."


def verbatim(quote: str, *sources: str) -> str | None:
    """The words of `quote` as one of `sources` has them; None where none has.

    The marks that models put around a quote are forgiven, and line breaks where the source has blanks or
    the other way round: mail and PDF are wrapped at odd places. What is returned is the source's own.
    """
    for candidate in (quote, quote.strip(_MARKS)):
        if candidate.strip() and any(candidate in source for source in sources):
            return candidate
    return _wrapped_otherwise(quote.strip(_MARKS).split(), sources)


def bare(quote: str) -> str:
    """The words of `quote` on one line, without the marks around them: all that `verbatim` insists on."""
    return " ".join(quote.strip(_MARKS).split())


def _wrapped_otherwise(words: list[str], sources: tuple[str, ...]) -> str | None:
    if len(words) < 2:
        return None
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    found = (pattern.search(source) for source in sources if words[0] in source)
    return next((match.group() for match in found if match), None)
