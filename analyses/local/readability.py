"""How hard a text is to read: Flesch's formulas over counted sentences, words and syllables."""

from __future__ import annotations

import re

from analyses.local.words import lowers, sentences

_VOWELS = re.compile(r"[aeiouyàáâäèéêëìíîïòóôöùúûü]+")
_SILENT_END = re.compile(r"(?:[^aeiouyl]e|[^aeiouy]les?|[^aeioutdy]ed|[^aeiouyscxzg]es|[^aeiouy]ely)$")
_TWO_VOICES = re.compile(
    r"(?:ia|io(?!us|n)|iu|[dgn]eo|ua(?!r|ge)|[ey]ing|ien[ct]|[^u]eat(?=ed|or|ion|ing)|ism$|[^aeiou]le$|[^aeiou]les$)"
)


def syllables(word: str) -> int:
    """Syllables of an English word by groups of vowels, less silent ends; at least 1."""
    word = word.lower()
    count = len(_VOWELS.findall(word)) + len(_TWO_VOICES.findall(word))
    if _SILENT_END.search(word):
        count -= 1
    return max(1, count)


def flesch_reading_ease(text: str) -> float:
    """Flesch Reading Ease, clamped to -100…121: 90 very easy, 60 plain, 30 very hard; 0 for no words.

    R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948):
    206.835 - 1.015 words/sentence - 84.6 syllables/word.
    """
    per_sentence, per_word = _rates(text)
    if not per_word:
        return 0.0
    return max(-100.0, min(121.0, 206.835 - 1.015 * per_sentence - 84.6 * per_word))


def flesch_kincaid_grade(text: str) -> float:
    """The US school grade that reads `text` with ease, 0…30.

    Kincaid et al., "Derivation of new readability formulas", US Navy report 8-75 (1975):
    0.39 words/sentence + 11.8 syllables/word - 15.59.
    """
    per_sentence, per_word = _rates(text)
    return max(0.0, min(30.0, 0.39 * per_sentence + 11.8 * per_word - 15.59)) if per_word else 0.0


def _rates(text: str) -> tuple[float, float]:
    """Words per sentence and syllables per word."""
    counts = [len(words) for words in map(lowers, (span.text for span in sentences(text))) if words]
    words = lowers(text)
    if not counts or not words:
        return 0.0, 0.0
    return sum(counts) / len(counts), sum(map(syllables, words)) / len(words)
