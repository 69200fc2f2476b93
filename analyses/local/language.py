"""Which language a text is in, guessed from its script and its commonest small words.

Small on purpose: the trained identifiers at hand cost 130 MB in every worker. It tells the languages
we have word lists for from one another and says "und" where it cannot.
"""

from __future__ import annotations

from collections import Counter

from analyses.local.words import lowers, word_set

SAMPLE_CHARS = 4_000
UNDETERMINED = "und"  # ISO 639's code for it

_SMALL_WORDS = {
    "en": word_set(
        "the and of to is was it in that for you this with are not but have on my be they i a so very"
    ),
    "de": word_set(
        "der die das und ist nicht ich ein eine mit war sehr auch auf zu wir es den dem für von aber"
    ),
    "fr": word_set(
        "le la les et est un une des je pas que pour dans avec très ce qui nous sur était c'est du mais"
    ),
    "es": word_set(
        "el la los las y es un una que de no muy para con en por se lo está pero fue mi del como todo"
    ),
    "it": word_set(
        "il lo la gli e è un una che di non per con molto sono ma del della questo mi ho era più anche"
    ),
    "pt": word_set(
        "o a os as e é um uma que de não muito para com em por se mas foi do da isso eu está bem mais"
    ),
    "nl": word_set(
        "de het een en is niet ik van dat met voor heel was maar ook zijn op te er wij deze erg naar"
    ),
}
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
    words = lowers(sample)
    counts = {code: sum(word in small for word in words) for code, small in _SMALL_WORDS.items()}
    best = max(counts, key=lambda code: counts[code])  # English first, so it wins a tie
    if counts[best]:
        return best
    return "en" if words and sample.isascii() and len(words) < 40 else UNDETERMINED
