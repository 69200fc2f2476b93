"""A learner's items in parts that a model can take: whole where they fit, in order of time, none lost."""

from __future__ import annotations

from analyses.contents import Learner, LearnerItem, Transcript
from analyses.fencing import INDENT
from analyses.splitting import split
from analyses.transcripts import parts_of

HEAD_CHARS = 60  # of an item's first line, its title apart
LEAST_CHARS = 8  # of a piece, however little room there is


def parts_of_items(content: Learner, most_chars: int) -> list[Learner]:
    """`content` in parts that each show at most `most_chars` characters of items to a model.

    An item that is too long for one is cut, and its pieces keep its number; all pieces joined are the whole.
    """
    held: list[list[LearnerItem]] = [[]]
    free = most_chars
    for piece in (piece for item in content.items for piece in _pieces(item, most_chars)):
        cost = shown_chars(piece)
        if held[-1] and cost > free:
            held.append([])
            free = most_chars
        held[-1].append(piece)
        free -= cost
    return [content.model_copy(update={"items": items}) for items in held]


def shown_chars(item: LearnerItem) -> int:
    """How many characters the fence shows for an item."""
    shown = str(item)
    return len(shown) + shown.count("\n") * (len(INDENT) - 1) + 1


def _pieces(item: LearnerItem, room: int) -> list[LearnerItem]:
    if shown_chars(item) <= room:
        return [item]
    # A line break is shown with two indents at most, and every character of a piece may be one.
    inner = max(LEAST_CHARS, (room - HEAD_CHARS - len(item.title or "")) // (2 * len(INDENT)))
    if item.turns:
        parts = parts_of(Transcript(turns=item.turns), inner)
        return [item.model_copy(update={"turns": part.turns}) for part in parts]
    return [item.model_copy(update={"text": piece.text}) for piece in split(item.text, inner)]
