"""Evidence: a quote counts only if the content holds it letter by letter."""

from __future__ import annotations

_MARKS = " \t\n\"'“”‘’«»…."


def verbatim(quote: str, *sources: str) -> str | None:
    """`quote` if one of `sources` holds it; else without the marks models put around; else None."""
    for candidate in (quote, quote.strip(_MARKS)):
        if candidate.strip() and any(candidate in source for source in sources):
            return candidate
    return None
