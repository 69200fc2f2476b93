"""Evidence: a quote counts only if the content holds it letter by letter."""

from __future__ import annotations

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
    """`quote` if one of `sources` holds it; else without the marks models put around; else None."""
    for candidate in (quote, quote.strip(_MARKS)):
        if candidate.strip() and any(candidate in source for source in sources):
            return candidate
    return None
