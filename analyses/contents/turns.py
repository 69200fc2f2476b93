"""From what transcripts come as to turns: offsets into a text, captions, or lines that begin with a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from analyses.cleaning import clean, is_blank, one_line
from analyses.contents.captions import cues_of, is_captions
from analyses.contents.fields import TITLE_CHARS, bounded, fault

NAME_CHARS = 100
MOST_TURNS = 20_000
NOBODY = "Unknown"  # who speaks where a text begins without a name
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?"
_SPEAKER = re.compile(
    rf"""^[ \t>*_]{{0,6}}
    (?:[\[(]?(?P<time>{_TIME})[\])]?[ \t*_-]{{1,4}})?
    (?P<name>[^\W\d_][\w.'’\-&/]{{0,40}}(?:[ \t]{{1,3}}[\w(][\w.'’\-&/)]{{0,40}}){{0,5}})
    (?:[*_]{{0,3}}[ \t]{{1,3}}[\[(](?P<later>{_TIME})[\])])?
    [ \t]?[*_]{{0,3}}:[*_]{{0,3}}(?:[ \t]+|$)""",
    re.MULTILINE | re.VERBOSE,
)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2}(?:[.,]\d{1,3})?)")
_PARTICLES = frozenset(["al", "and", "bin", "da", "de", "del", "der", "di", "la", "of", "the", "van", "von"])

Row = dict[str, Any]


def speaker_name(value: Any) -> Any:
    """A name on one line, without the colon that some exports leave at its end."""
    if not isinstance(value, str):
        return value
    name = one_line(clean(bounded(value, NAME_CHARS, "shorten it"))).rstrip(" :")
    if is_blank(name):
        raise fault("is empty; say who speaks")
    return name


def seconds(value: Any) -> Any:
    """A time as seconds from the beginning: 75, "75.5", "1:15" or "0:01:15,5"."""
    if not isinstance(value, str):
        return value
    told = value.strip()
    if not told:
        return None
    match = _CLOCK.fullmatch(told)
    if match:
        return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3].replace(",", "."))
    if re.fullmatch(r"\d{1,8}(?:\.\d{1,6})?", told):
        return float(told)
    raise fault("is not a time; give seconds from the beginning or h:mm:ss, or leave it out")


def rows_of(data: Mapping[str, Any], text: str) -> tuple[str | None, list[Row]]:
    """The title a text begins with, if any, and its turns. Raises a fault for offsets that do not fit."""
    if data.get("turn_offsets") is not None:
        return None, list(_from_offsets(text, data["turn_offsets"], data.get("participants")))
    text = clean(text)
    if is_captions(text):
        return None, _from_captions(text)
    return _from_lines(text)


def _from_offsets(text: str, offsets: Any, participants: Any) -> Iterator[Row]:
    """Turns as [place among the participants, start, end] or with their second as a fourth."""
    if not isinstance(offsets, list) or not isinstance(participants, list):
        raise fault("has offsets, so give turn_offsets and participants as lists")
    _few(offsets)
    for place, given in enumerate(offsets):
        if not _is_offset(given, len(participants), len(text)):
            raise fault(f"has no turn at its offset number {place}; give [participant, start, end]")
        speaker, start, end = given[:3]
        name = participants[speaker]
        said = text[start:end]
        label = f"{name}:"
        said = said[len(label) :] if said.startswith(label) else said
        yield {"speaker": name, "text": said, "time": given[3] if len(given) > 3 else None}


def _is_offset(given: Any, speakers: int, chars: int) -> bool:
    if not isinstance(given, list) or len(given) not in (3, 4):
        return False
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in given[:3]):
        return False
    speaker, start, end = given[:3]
    return bool(0 <= speaker < speakers and 0 <= start <= end <= chars)


def _from_captions(text: str) -> list[Row]:
    """Turns of captions: cues cut sentences, so those that follow each other of one speaker are one turn.

    Who speaks is a cue's voice or the name it begins with, else whoever spoke before.
    """
    rows: list[Row] = []
    for cue in cues_of(text):
        named = None if cue.voice else _SPEAKER.match(cue.text)
        named = named if named and _is_name(named["name"]) else None
        speaker = cue.voice or (named["name"] if named else rows[-1]["speaker"] if rows else NOBODY)
        said = cue.text[named.end() :] if named else cue.text
        if rows and rows[-1]["speaker"] == speaker:
            rows[-1]["said"].append(said)
        else:
            rows.append({"speaker": speaker, "said": [said], "time": cue.start})
    _few(rows)
    return [{"speaker": r["speaker"], "text": "\n".join(r["said"]), "time": r["time"]} for r in rows]


def _from_lines(text: str) -> tuple[str | None, list[Row]]:
    """Turns begin where a line begins with a name (its words in capitals) and a colon.

    One line above them is the title; more, or a text in which nobody is named, is said by nobody known.
    """
    found = [match for match in _SPEAKER.finditer(text) if _is_name(match["name"])]
    if not found:
        return None, [{"speaker": NOBODY, "text": text}]
    _few(found)
    ends = [*(match.start() for match in found[1:]), len(text)]
    rows: list[Row] = [
        {"speaker": match["name"], "text": text[match.end() : end], "time": match["time"] or match["later"]}
        for match, end in zip(found, ends, strict=True)
    ]
    head = text[: found[0].start()].strip()
    if head and len(head) <= TITLE_CHARS and "\n" not in head:
        return head.lstrip("# "), rows
    return None, [{"speaker": NOBODY, "text": head}, *rows] if not is_blank(head) else rows


def _is_name(name: str) -> bool:
    """True for "ANNA", "Dr. May Lee", "Speaker 2": no word in small letters but a particle."""
    words = name.strip("*_ ").split()
    return all(word in _PARTICLES or not word.lstrip("(")[:1].islower() for word in words)


def _few(turns: list[Any]) -> None:
    if len(turns) > MOST_TURNS:
        raise fault(f"has {len(turns):,} turns; the limit is {MOST_TURNS:,}, so split it")
