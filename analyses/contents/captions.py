"""Captions, as meetings and videos are transcribed in: the cues of a WebVTT or an SRT file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

HEAD_CHARS = 2_000  # within which the first cue of a file without "WEBVTT" must begin
_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMING = re.compile(rf"^[ \t]*({_TIME})[ \t]+-->[ \t]+{_TIME}\b.*$", re.MULTILINE)
_FIRST_CUE = re.compile(rf"\A\s*(?:\d{{1,9}}[ \t]*\n)?[ \t]*{_TIME}[ \t]+-->")
_VOICE = re.compile(r"<v(?:\.[^<>\s]{1,100})?[ \t]+([^<>\n]{1,200})>")
_TAG = re.compile(r"</?[^<>\n]{0,200}>")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown at one moment; `voice` is who speaks, where a WebVTT voice span says so."""

    start: str
    voice: str | None
    text: str


def is_captions(text: str) -> bool:
    """True of a text that begins as WebVTT, or with the timing of a cue as SRT does."""
    return text.lstrip().startswith("WEBVTT") or _FIRST_CUE.match(text[:HEAD_CHARS]) is not None


def cues_of(text: str) -> Iterator[Cue]:
    """The cues in their order, without marks; one for each voice where a cue has several.

    Notes, styles and numbers of cues are no part of them
    (https://www.w3.org/TR/webvtt1/#file-structure).
    """
    for block in _BLANK_LINE.split(text):
        timing = _TIMING.search(block)
        if timing is None:
            continue
        first, *voiced = _VOICE.split(block[timing.end() :])
        if said := _plain(first):
            yield Cue(timing[1], None, said)
        for voice, part in zip(voiced[::2], voiced[1::2], strict=True):
            if said := _plain(part):
                yield Cue(timing[1], _plain(voice), said)


def _plain(marked: str) -> str:
    return html.unescape(_TAG.sub("", marked)).strip()
