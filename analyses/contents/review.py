"""A review: what a customer wrote about a product, a place or a service."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from analyses.contents.fields import BodyText, Content, OptionalTitle, fault

BEST_RATING = 5.0
Tone = Literal["friendly", "formal", "apologetic", "empathetic", "grateful", "concise"]
USUAL_TONE: Tone = "friendly"
_RATING = re.compile(r"(\d{1,2}(?:[.,]\d)?)\s?(?:(?:/|of|out of)\s?(5|10)|stars?|★)?", re.I)


def as_stars(value: Any) -> Any:
    """Stars as a number of 0…5: 4, "4.5", "4/5", "8/10", "4 stars" or "★★★★☆"."""
    if isinstance(value, str):
        value = _written(value.strip())
    if isinstance(value, bool) or (isinstance(value, int | float) and not 0 <= value <= BEST_RATING):
        raise fault("is not a rating of 0 to 5; give a number of stars, or leave it out")
    return value


def _written(told: str) -> float | None:
    if not told:
        return None
    if set(told) <= {"★", "☆"} and len(told) <= BEST_RATING:
        return float(told.count("★"))
    match = _RATING.fullmatch(told)
    if match is None:
        raise fault("is not a rating; give a number of stars from 0 to 5, or leave it out")
    return float(match[1].replace(",", ".")) * (BEST_RATING / float(match[2]) if match[2] else 1.0)


def as_tone(value: Any) -> Any:
    """A tone in any capitals; friendly where none is given."""
    if value is None:
        return USUAL_TONE
    return value.strip().lower() or USUAL_TONE if isinstance(value, str) else value


class Review(Content):
    """A customer's review, with the tone in which it shall be answered."""

    text: BodyText = Field(validation_alias=AliasChoices("text", "review", "body", "comment"))
    title: OptionalTitle = None
    rating: Annotated[float | None, BeforeValidator(as_stars)] = Field(
        None, validation_alias=AliasChoices("rating", "stars"), description="Stars, 0 to 5."
    )
    tone: Annotated[Tone, BeforeValidator(as_tone)] = USUAL_TONE
    product: OptionalTitle = Field(None, description="What it is about.")
    author: OptionalTitle = Field(
        None, validation_alias=AliasChoices("author", "reviewer"), description="Who wrote it."
    )
    business: OptionalTitle = Field(None, description="In whose name it is answered.")
