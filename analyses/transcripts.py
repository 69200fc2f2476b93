"""What the analyses of transcripts share: parts at the joints of turns, figures that are counted rather
than asked for, and evidence that stands with whoever said it."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import one_line, shortened
from analyses.contents import Transcript
from analyses.contents.transcript import Turn
from analyses.fencing import INDENT
from analyses.local.words import lowers
from analyses.quoting import Quote, bare, verbatim
from analyses.schema import COUNTED
from analyses.splitting import split
from analyses.trimming import at_most

MOST_PARTICIPANTS = 50  # the most talkative of them
SCRAPS_CHARS = 8  # the least that a part holds, however long the names are
Name = Annotated[str, BeforeValidator(at_most(100))]
Count = Annotated[int, Field(ge=0, json_schema_extra=COUNTED)]
Share = Annotated[float, Field(ge=0, le=1, json_schema_extra=COUNTED)]


class Said(BaseModel):
    """Something said, quoted letter by letter, with who said it and in which turn."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    speaker: Name = Field(description="Who says it, by the name the transcript gives.")
    turn: int = Field(description="The number before that turn.")
    quote: Quote


class Participant(BaseModel):
    """One speaker's figures; a subclass adds what is judged of them."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    speaker: Name = Field(description="The name the transcript gives.")
    words: Count = 0


class Stretch(BaseModel):
    """Turns that belong together, from the first to the last; a subclass says why."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    first_turn: int = Field(description="The number before its first turn.")
    last_turn: int = Field(description="The number before its last turn.")
    words: Count = 0


class TranscriptAnswer(Answer):
    """The root of the answers about a transcript, or a part of one, of so many turns and words."""

    turns: Count = 0
    words: Count = 0


S = TypeVar("S", bound=Said)
P = TypeVar("P", bound=Participant)
R = TypeVar("R", bound=Stretch)
T = TypeVar("T", bound=TranscriptAnswer)
K = TypeVar("K", bound=str)


class TranscriptAnalysis(Analysis[Transcript, T]):
    """An analysis of a transcript. Turns are numbered from 0 and keep their numbers in parts."""

    content = Transcript

    @abstractmethod
    def checked(self, answer: T, content: Transcript) -> T:
        """`answer` with its figures counted in `content` and its quotes given to whoever said them."""

    def without_false_quotes(self, answer: T, content: Transcript) -> T:
        return self.checked(answer, content)

    def parts(self, content: Transcript, most_chars: int) -> list[Transcript]:
        return parts_of(content, most_chars)


def parts_of(content: Transcript, most_chars: int) -> list[Transcript]:
    """`content` cut between turns, so that each part shows at most `most_chars` characters to a model.

    A turn too long for a part is cut at its own joints, and its pieces keep its number, so that it counts as
    one. All pieces joined are the whole.
    """
    room = most_chars - len(content.title or "")
    held: list[list[Turn]] = [[]]
    free = room
    for turn in content.turns:
        for piece in _pieces(turn, room):
            cost = shown_chars(piece)
            if held[-1] and cost > free:
                held.append([])
                free = room
            held[-1].append(piece)
            free -= cost
    return [content.model_copy(update={"turns": turns}) for turns in held]


def shown_chars(turn: Turn) -> int:
    """How many characters the fence shows for a turn."""
    return len(str(turn)) + turn.text.count("\n") * (len(INDENT) - 1) + 1


def _pieces(turn: Turn, room: int) -> list[Turn]:
    if shown_chars(turn) <= room:
        return [turn]
    overhead = shown_chars(turn) - len(turn.text)
    pieces = split(turn.text, max(SCRAPS_CHARS, room - overhead))
    return [turn.model_copy(update={"text": piece.text}) for piece in pieces]


def attributed(sayings: Iterable[S], content: Transcript) -> list[S]:
    """Each saying with the turn that holds its quote and with whoever said it; what nobody said goes.

    The turn it names is looked at first, then its speaker's, then all; and none where the whole transcript,
    looked through at once, does not hold the quote, for a reply may be full of false ones.
    """
    whole = "\n".join(one_line(turn.text) for turn in content.turns)
    likely = (saying for saying in sayings if bare(saying.quote) in whole)
    return [found for saying in likely if (found := _attributed(saying, content)) is not None]


def _attributed(saying: S, content: Transcript) -> S | None:
    named = saying.speaker.casefold()
    likely = chain(
        (turn for turn in content.turns if turn.number == saying.turn),
        (turn for turn in content.turns if turn.speaker.casefold() == named),
        content.turns,
    )
    for turn in likely:
        quote = verbatim(saying.quote, turn.text)
        if quote is not None:
            return saying.model_copy(update={"quote": quote, "turn": turn.number, "speaker": turn.speaker})
    return None


def within(stretches: Iterable[R], content: Transcript) -> list[R]:
    """The stretches in order, cut to turns that `content` has, with their words; empty ones are left out."""
    words = Counter[int]()
    for turn in content.turns:
        words[turn.number] += len(lowers(turn.text))
    low, high = content.turns[0].number, content.turns[-1].number
    found = []
    for one in sorted(stretches, key=lambda one: one.first_turn):
        first, last = max(low, one.first_turn), min(high, one.last_turn)
        count = sum(words[number] for number in range(first, last + 1))
        if first <= last:
            found.append(one.model_copy(update={"first_turn": first, "last_turn": last, "words": count}))
    return found


def judged_fields(kind: type[BaseModel]) -> list[str]:
    """The fields a model is asked for, the speaker's name apart."""
    fields = kind.model_fields.items()
    return [name for name, info in fields if info.json_schema_extra != COUNTED and name != "speaker"]


def with_judgements(counted: Sequence[P], judged: Iterable[P]) -> list[P]:
    """The counted participants with what was judged of each; where nothing was, what was counted stands.

    Judgements of people who do not speak in the transcript fall away.
    """
    told = {one.speaker.casefold(): one for one in judged}
    return [
        one.model_copy(update=_judgement([told[one.speaker.casefold()]]))
        if one.speaker.casefold() in told
        else one
        for one in counted
    ]


def merged_participants(whole: Sequence[P], parts: Iterable[Sequence[P]]) -> list[P]:
    """The participants counted in the whole, judged as in its parts: numbers by the mean over their words,
    all else as in the part where they say most."""
    told: dict[str, list[P]] = {}
    for part in parts:
        for one in part:
            told.setdefault(one.speaker, []).append(one)
    return [one.model_copy(update=_judgement(told.get(one.speaker, [one]))) for one in whole]


def _judgement(told: Sequence[Participant]) -> dict[str, Any]:
    most = max(told, key=lambda one: one.words)
    judgement = {}
    for name in judged_fields(type(most)):
        value = getattr(most, name)
        is_number = isinstance(value, float)
        judgement[name] = mean_of([(getattr(one, name), one.words) for one in told]) if is_number else value
    return judgement


def mean_of(weighted: Sequence[tuple[float, float]]) -> float:
    """The mean of (value, weight), to four places; the plain mean where nothing weighs."""
    whole = sum(weight for _, weight in weighted)
    if not whole:
        return round(sum(value for value, _ in weighted) / len(weighted), 4)
    return round(sum(value * weight for value, weight in weighted) / whole, 4)


def weighed(weights: Mapping[K, float], signs: Mapping[K, float]) -> float:
    """What signs of 0…1 come to under these weights, to four places."""
    return round(sum(signs[name] * weight for name, weight in weights.items()), 4)


def factors_of(score: str, weights: Mapping[K, float], signs: Mapping[K, float]) -> list[Factor]:
    """How `weighed` came to it."""
    return [Factor(score, name, signs[name], one, signs[name] * one) for name, one in weights.items()]


def averaged(answers: Sequence[TranscriptAnswer], field: str) -> float:
    """The mean of a number over the answers about parts, each weighing as many words as its part has."""
    return mean_of([(getattr(one, field), one.words) for one in answers])


def told_of(answers: Sequence[TranscriptAnswer], field: str, most_chars: int) -> str:
    """What the answers about parts say in words, one after the other."""
    told = dict.fromkeys(getattr(one, field) for one in answers)
    return shortened(" ".join(told), most_chars)


def fairly(lists: Iterable[Sequence[S]], most: int) -> list[S]:
    """At most so many sayings, as many of each part as of any other while it has some, in order of turns."""
    rounds = chain.from_iterable(zip_longest(*lists))
    chosen = [one for one in rounds if one is not None][:most]
    return sorted(chosen, key=lambda one: one.turn)


def size_of(content: Transcript) -> dict[str, int]:
    """The fields that say how long a transcript is."""
    return {"turns": content.count, "words": sum(len(lowers(turn.text)) for turn in content.turns)}


def counted(count: int, thing: str) -> str:
    """ "1 question", "2 questions"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
