"""What a text is about: its own telling words and phrases, and the broad topics they point to.

Scores follow the ideas of RAKE (Rose et al. 2010: phrases are what stands between small words) and
YAKE (Campos et al. 2020: early, capitalised and often), in plain counts.
"""

from __future__ import annotations

from collections import Counter
from math import log

from analyses.local.stopwords import STOPWORDS
from analyses.local.words import Token, tokens, word_set

MOST_TOKENS = 8_000
LONGEST_PHRASE = 3
TITLE_BONUS = 2.0
TOPIC_LEAST_HITS = 2.0

TOPICS: dict[str, frozenset[str]] = {
    "ai": word_set(
        "ai artificial-intelligence machine-learning neural llm llms chatbot chatbots algorithm algorithms deepfake model models gpt generative"
    ),
    "health": word_set(
        "health hospital hospitals patient patients doctor doctors clinical clinic disease drug drugs vaccine cancer medical nurse nurses therapy trial diabetes"
    ),
    "climate": word_set(
        "climate carbon emissions warming renewable solar wind battery batteries methane net-zero co2 glacier drought recycling"
    ),
    "energy": word_set(
        "energy grid reactor fusion electricity power-plant nuclear megawatt hydrogen oil gas turbine"
    ),
    "finance": word_set(
        "bank banks investors investor stock shares funding revenue valuation startup ipo loan loans crypto bitcoin inflation profit market markets token tokens"
    ),
    "privacy": word_set(
        "privacy surveillance consent tracking gdpr personal-data biometric biometrics facial-recognition anonymous anonymity"
    ),
    "security": word_set(
        "security vulnerability breach hackers hacker malware ransomware encryption phishing password passwords exploit patch"
    ),
    "education": word_set(
        "school schools students student teachers teacher university classroom education learning tutor curriculum"
    ),
    "work": word_set(
        "workers jobs employees hiring layoffs union unions wages warehouse labour labor workplace salary gig"
    ),
    "law": word_set(
        "court lawsuit judge regulator regulators law legal fine fined rules regulation ruling legislation senate"
    ),
    "space": word_set("space rocket satellite satellites orbit moon mars asteroid launch telescope lunar"),
    "science": word_set(
        "scientists researchers study experiment physics biology chemistry journal laboratory peer-reviewed"
    ),
    "transport": word_set(
        "car cars vehicle vehicles train trains airline flight drone drones robotaxi self-driving scooter ferry bus"
    ),
    "food": word_set("food farm farmers crop crops restaurant meat recipe agriculture bakery bread protein"),
    "government": word_set(
        "government federal agency agencies minister council citizens public-sector parliament election elections mayor city"
    ),
    "software": word_set(
        "software developers developer open-source code release api library framework programming compiler browser javascript rust python"
    ),
    "robotics": word_set("robot robots robotic robotics humanoid automation automated"),
    "ethics": word_set(
        "ethics ethical bias discrimination fairness accountability misinformation transparency"
    ),
}


def keywords(title: str, text: str, most: int) -> list[str]:
    """At most `most` telling phrases of up to three words, in lower case, the best first."""
    head = tokens(text[: MOST_TOKENS * 8])[:MOST_TOKENS]
    title_words = tokens(title)
    counts: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], int] = {}
    for at, phrase in enumerate(_candidates([*title_words, *head])):
        counts[phrase] += 1
        first.setdefault(phrase, at)
    in_title = {token.lower for token in title_words}
    scores = {phrase: _score(phrase, counts[phrase], first[phrase], in_title) for phrase in counts}
    return _distinct(sorted(scores, key=lambda phrase: (-scores[phrase], phrase)), most)


def topics(words: list[str], most: int) -> list[str]:
    """The broad topics that `words` (lower case) point to, the strongest first."""
    counts = Counter(words)
    counts.update(f"{one}-{two}" for one, two in zip(words, words[1:], strict=False))
    hits = {
        topic: sum(1 + log(counts[word]) for word in named if counts[word]) for topic, named in TOPICS.items()
    }
    strong = [topic for topic in hits if hits[topic] >= TOPIC_LEAST_HITS]
    return sorted(strong, key=lambda topic: (-hits[topic], topic))[:most]


def _candidates(words: list[Token]) -> list[tuple[str, ...]]:
    """Runs of telling words between small words and pauses, whole where short, and each word alone."""
    runs: list[list[str]] = [[]]
    for word in words:
        small = word.lower in STOPWORDS or len(word.lower) < 3 or word.lower.replace("-", "").isdigit()
        if word.paused or small:
            runs.append([])
        if not small:
            runs[-1].append(word.lower.removesuffix("'s"))
    found = [tuple(run) for run in runs if 1 < len(run) <= LONGEST_PHRASE]
    return found + [(word,) for run in runs for word in run]


def _score(phrase: tuple[str, ...], count: int, first: int, in_title: set[str]) -> float:
    # A phrase must come twice, or stand in the title, to beat its own words.
    length = 1.6 if len(phrase) > 1 and (count > 1 or in_title.issuperset(phrase)) else 1 / len(phrase)
    title = TITLE_BONUS if any(word in in_title for word in phrase) else 1.0
    return (1 + log(count)) * length * title / log(2.72 + first / 50)


def _distinct(ranked: list[tuple[str, ...]], most: int) -> list[str]:
    chosen: list[tuple[str, ...]] = []
    for phrase in ranked:
        if len(chosen) == most:
            break
        if len(" ".join(phrase)) <= 50 and not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
    return [" ".join(phrase) for phrase in chosen]


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    stems = {word.rstrip("s") for word in other}
    return any(word.rstrip("s") in stems for word in one)
