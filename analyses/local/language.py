"""Which language a text is in, guessed from its script and its commonest small words.

Small on purpose: the trained identifiers at hand cost 130 MB in every worker. It tells the languages
we have word lists for from one another and says "und" where it cannot.
"""

from __future__ import annotations

from collections import Counter

from analyses import lexicons
from analyses.local.words import lowers

SAMPLE_CHARS = 4_000
UNDETERMINED = "und"  # ISO 639's code for it

ENGLISH = "en"
OTHERS = ("de", "fr", "es", "it", "pt", "nl")
SHORT_WORDS = 40
_SCRIPTS = [
    ("ja", 0x3040, 0x30FF),
    ("ko", 0xAC00, 0xD7AF),
    ("zh", 0x4E00, 0x9FFF),
    ("ru", 0x0400, 0x04FF),
    ("ar", 0x0600, 0x06FF),
    ("he", 0x0590, 0x05FF),
    ("el", 0x0370, 0x03FF),
    ("hi", 0x0900, 0x097F),
    ("th", 0x0E00, 0x0E7F),
]
LEAST_SCRIPT_SHARE = 0.3  # of letters: Japanese mixes scripts, brand names in Latin stand in any text


def guess_language(text: str) -> str:
    """An ISO 639-1 code, or "und". Only the first 4,000 characters are looked at.

    A short text of plain ASCII words with none of the small words counts as English.
    """
    sample = text[:SAMPLE_CHARS]
    letters = sum(char.isalpha() for char in sample)
    if letters == 0:
        return UNDETERMINED
    script = _by_script(sample, letters)
    return script or _by_small_words(sample)


def _by_script(sample: str, letters: int) -> str:
    counts: Counter[str] = Counter()
    for char in sample:
        point = ord(char)
        if point >= 0x0370:
            counts.update(code for code, low, high in _SCRIPTS if low <= point <= high)
    if counts["ja"] and counts["ja"] + counts["zh"] > LEAST_SCRIPT_SHARE * letters:
        return "ja"  # kana beside Han
    code, most = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return code if most > LEAST_SCRIPT_SHARE * letters else ""


def _by_small_words(sample: str) -> str:
    """The language with most small words; another than English needs two of its own and a clear lead."""
    words = lowers(sample)
    counts = {
        code: sum(word in lexicons.words("small_words", code) for word in words)
        for code in (ENGLISH, *OTHERS)
    }
    best = max(OTHERS, key=lambda code: counts[code])
    if counts[best] >= 2 and counts[best] > counts[ENGLISH]:
        return best
    if counts[ENGLISH]:
        return ENGLISH
    return ENGLISH if words and sample.isascii() and len(words) < SHORT_WORDS else UNDETERMINED
