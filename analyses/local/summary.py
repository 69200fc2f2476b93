"""A story in a few plain sentences: the most central ones, shortened, in simpler words, with terms explained.

Sentences are chosen as in SumBasic (Nenkova & Vanderwende 2005: mean probability of their words, redone
after each choice) with the weight of early sentences that news needs (the lead bias); then each is
simplified by rule. Nothing is added except the glossary's explanations.
"""

from __future__ import annotations

import re
from collections import Counter
from math import sqrt

from analyses.cleaning import one_line, shortened
from analyses.lexicons import pairs
from analyses.lexicons import words as listed
from analyses.local.markdown import plain
from analyses.local.words import lowers, sentences

MOST_SENTENCES = 400  # of the text's beginning; news says what matters early
CHOSEN = 3
SENTENCE_WORDS = (
    22  # longer ones are cut at a clause: easy texts stay below (plain-language guides say 15–20)
)
SUMMARY_CHARS = 600
MOST_EXPLAINED = 2
LEAST_WORDS, MOST_WORDS = 5, 60
LIST = "plain_words"
POINTS_BACK = 0.7
_POINTING = frozenset(["it", "it's", "it’s", "this", "these", "those", "they", "he", "she", "that", "such"])
_ENDS = (".", "!", "…", "。", "！", ".”", '."', "!”", '!"')
_PARENTHESES = re.compile(r"\s?\([^()]{0,300}\)|[\[\]]")
_ASIDE = re.compile(
    # a relative clause with a verb of its own: not "which a neighbour ... has offered"
    r",\s(?:which|who|whose|including|according to)\s(?!(?:an?|the|he|she|it|they|we|you|I)\b)[^,.;]{0,200},"
    r"|\s[—–]\s[^—–]{0,200}\s[—–](?=\s)|—[^—]{0,200}—"
)
_LEAD_IN = re.compile(
    r"^(?:however|moreover|furthermore|additionally|in addition|meanwhile|nevertheless|consequently|"
    r"therefore|in fact|indeed|of course|for example|for instance|as a result|and|but|so|also|"
    r"in other words),?\s",
    re.I,
)
_TAIL = re.compile(
    r"[;:]\s|\s[—–-]\s"
    r"|,\s(?=(?:which|who|where|while|whereas|although|because|but|with|including|after|as)\b)"
    r"|,\s(?=and (?:the|an?|it|they|he|she|we|its|their|his|her)\b)"
    r"|\s(?=(?:because|although|whereas|so that)\b)"
)
_QUOTES = re.compile('["“”]')
_WORD = re.compile(r"[A-Za-z][A-Za-z\-]*")


def eli5(title: str, text: str) -> str:
    """Up to three plain sentences, at most 600 characters; the title where the text has no sentence."""
    chosen = central_sentences(title, plain(text), CHOSEN)
    told = " ".join(filter(None, map(simplify, chosen))) or one_line(title)
    return shortened(_explained(told), SUMMARY_CHARS)


def central_sentences(title: str, text: str, count: int) -> list[str]:
    """The `count` most central sentences of `text`, in their order, each on one line."""
    candidates = [one_line(span.text) for span in sentences(text[:200_000])[:MOST_SENTENCES]]
    bags = [
        [word for word in lowers(one) if word not in listed("small_words", "stopwords")] for one in candidates
    ]
    usable = [at for at, bag in enumerate(bags) if _usable(candidates[at], bag)]
    usable = usable or [at for at, bag in enumerate(bags) if any(map(str.isalpha, bag))][:count]
    counts = Counter(word for at in usable for word in bags[at])
    counts.update({word: counts[word] for word in lowers(title) if word in counts})
    total = sum(counts.values()) or 1
    weight = {word: counts[word] / total for word in counts}
    chosen: list[int] = []
    while usable and len(chosen) < count:
        best = max(usable, key=lambda at: (_appeal(candidates[at], bags[at], weight, at), -at))
        chosen.append(best)
        usable.remove(best)
        for word in bags[best]:
            weight[word] *= weight[word]  # said once, it need not be said again
    return [candidates[at] for at in sorted(chosen)]


def _usable(sentence: str, bag: list[str]) -> bool:
    """A whole sentence of middling length that tells something."""
    return LEAST_WORDS <= len(sentence.split()) <= MOST_WORDS and len(bag) >= 3 and sentence.endswith(_ENDS)


def _appeal(sentence: str, bag: list[str], weight: dict[str, float], at: int) -> float:
    """Mean weight of the words; more when early, less when long or when it points back ("it", "this")."""
    words = sentence.split()
    early = 1.0 + 2.0 / (1 + at)
    short = sqrt(min(1.0, SENTENCE_WORDS / len(words)))
    points_back = POINTS_BACK if words[0].lower() in _POINTING else 1.0
    return sum(weight.get(word, 0.0) for word in bag) / len(bag) * early * short * points_back


def simplify(sentence: str) -> str:
    """`sentence` without asides and lead-ins, cut where it goes on, in plainer words."""
    sentence = _ASIDE.sub("", _PARENTHESES.sub("", sentence))
    sentence = _LEAD_IN.sub("", sentence)
    for long, short in pairs(LIST, "phrases").items():
        sentence = re.sub(rf"\b{long}\b", short, sentence, flags=re.I)
    sentence = _WORD.sub(_plainer, _cut(sentence))
    sentence = one_line(sentence).strip(" ,;:-–—")
    if sentence.count('"') % 2 or sentence.count("“") != sentence.count("”"):
        sentence = _QUOTES.sub("", sentence)  # a quote cut in half
    if sentence and sentence[-1] not in '.!?…。！？"”':
        sentence += "."
    return sentence[:1].upper() + sentence[1:]


def _cut(sentence: str) -> str:
    """A sentence of more than 22 words ends at its last joint before that, if six words stand before."""
    if len(sentence.split()) <= SENTENCE_WORDS:
        return sentence
    joints = [m.start() for m in _TAIL.finditer(sentence)]
    fitting = [at for at in joints if 6 <= len(sentence[:at].split()) <= SENTENCE_WORDS]
    return sentence[: fitting[-1]] if fitting else sentence


def _plainer(match: re.Match[str]) -> str:
    word = match.group()
    simpler = pairs(LIST, "words").get(word.lower())
    if simpler is None:
        return word
    return simpler[:1].upper() + simpler[1:] if word[0].isupper() else simpler


def _explained(summary: str) -> str:
    """The first two terms of the glossary that occur, each with its explanation in brackets after it."""
    explained = 0
    for term, meaning in pairs(LIST, "glossary").items():
        match = re.search(rf"\b{re.escape(term)}s?\b", summary, re.I)
        if match and explained < MOST_EXPLAINED and meaning not in summary:
            summary = f"{summary[: match.end()]} ({meaning}){summary[match.end() :]}"
            explained += 1
    return summary
