"""What the content filter says of the content at hand, as CONTENT_FILTER asks for it."""

from __future__ import annotations

from typing import Any

from actors.work import Work
from adapters.safety.filtering import flags_of
from adapters.safety.strings import strings_in
from errors import ContentFilter
from settings import get_settings


def flags_for(work: Work, content: Any) -> list[str]:
    """Categories with their severities, such as `profanity (strong)`; none where the filter is off."""
    if work.flags is None:
        is_on = get_settings().content_filter != "off"
        work.flags = [str(flag) for flag in flags_of("\n".join(strings_in(content)))] if is_on else []
    return work.flags


def refuse_flagged(work: Work, content: Any) -> None:
    """Raises ContentFilter, naming the categories, where flagged content is not to be analysed at all."""
    if get_settings().content_filter == "refuse" and (flags := flags_for(work, content)):
        raise ContentFilter(f"CONTENT_FILTER=refuse: the content holds {', '.join(flags)}.")
