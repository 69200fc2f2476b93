"""The offline analysers: properties that hold for any text, and how a story is scored and retold."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses import get_analysis
from analyses.local import ethics, hype, readability
from analyses.local.keywords import keywords
from analyses.local.markdown import plain
from analyses.local.summary import eli5, simplify
from analyses.local.words import sentences
from analyses.samples import load
from analyses.story_enhance import Enhancement
from errors import InvalidInput

STORY, TEXT = get_analysis("story.enhance"), get_analysis("text.sentiment")
WORDS = [
    "the",
    "food",
    "was",
    "not",
    "very",
    "good",
    "but",
    "service",
    "great",
    "terrible",
    "you",
    "revolutionary",
    "100x",
    "data",
    "without",
    "consent",
    "bias",
    "said",
    "never",
    "12%",
    "study",
    ",",
    ".",
    "!",
    "?",
    "\n",
    "(",
    ")",
    '"',
    "“",
    "—",
    "😀",
    ":(",
    "although",
    "would",
    "is",
    "my",
    "battery",
    "5/10",
    "against",
    "surveillance",
    "[x](y)",
    "#",
]
ANY_TEXT = st.one_of(st.text(max_size=400), st.lists(st.sampled_from(WORDS), max_size=80).map(" ".join))


def enhance(title: str, text: str) -> Enhancement:
    answer = STORY.local(STORY.parse_content({"title": title, "text": text}))
    assert isinstance(answer, Enhancement)
    return answer


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT)
def test_any_text_gives_an_answer_in_range_with_verbatim_quotes_the_same_each_time(text: str) -> None:
    for analysis in (STORY, TEXT):
        try:
            content = analysis.parse_content({"text": text})
        except InvalidInput:
            continue
        answer = analysis.local(content)  # pydantic holds the scores to their ranges
        assert answer == analysis.local(content)
        assert analysis.without_false_quotes(answer, content) == answer
        quotes = [one.quote for one in getattr(answer, "evidence", [])]
        assert all(quote in content.text for quote in quotes)
        assert analysis.validate_answer(answer.model_dump_json(), content) == answer
        assert all(analysis.summary(answer).values())


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_the_factors_of_a_score_sum_to_it(text: str) -> None:
    try:
        story, words = STORY.parse_content({"text": text}), TEXT.parse_content({"text": text})
    except InvalidInput:
        return
    answer, sums = STORY.local(story), dict.fromkeys(["hype_score", "ethics_score"], 0.0)
    for factor in STORY.explain(story):
        assert isclose(factor.value * factor.weight, factor.contribution, abs_tol=1e-6)
        sums[factor.score] += factor.contribution
    for name, total in sums.items():
        assert isclose(getattr(answer, name), max(0.0, min(10.0, total)), abs_tol=0.01)
    assert isclose(TEXT.local(words).score, sum(f.contribution for f in TEXT.explain(words)), abs_tol=0.001)


def test_hype_rises_with_promises_and_falls_with_evidence() -> None:
    loud = enhance("This revolutionary chip will change everything", "It is the greatest breakthrough ever!")
    dull = enhance(
        "Chip uses 4% less power", "A study in a journal measured 40 chips; the effect may be small."
    )
    assert loud.hype_score > 7 > 3 > dull.hype_score
    assert loud.reality_check.startswith("Promises much")


@pytest.mark.parametrize(
    ("caring", "concerning"),
    [
        ("The tool protects people against surveillance.", "The tool puts people under surveillance."),
        ("An audit checked the model for bias.", "The model showed bias."),
        ("Patients gave informed consent.", "Patients were scanned without consent."),
        ("The firm published the data openly.", "The firm hid the data and lied; a lawsuit is pending."),
    ],
)
def test_ethics_is_higher_where_there_is_care(caring: str, concerning: str) -> None:
    assert enhance("Story", caring).ethics_score > enhance("Story", concerning).ethics_score


def test_a_story_without_ethical_content_stays_in_the_middle() -> None:
    assert enhance("Moss on bricks", "Moss grows on bricks in the shade.").ethics_score == ethics.BASE


def test_the_samples_are_ordered_as_a_reader_would() -> None:
    scored = {row["id"]: enhance(row["title"], row["text"]) for row in load("stories")}
    hyped = ["quantum-toaster", "fusion-hype", "nap-app", "smart-city", "dating-ai", "ceo-brain"]
    sober = ["hospital-sepsis", "glacier-data", "compiler-release", "warehouse-union", "insulin-open"]
    assert min(scored[i].hype_score for i in hyped) > max(scored[i].hype_score for i in sober) + 2
    assert scored["face-gym"].ethics_score < 3 < 6 < scored["seed-library"].ethics_score


def test_a_summary_uses_plainer_words_and_leaves_out_asides() -> None:
    told = simplify(
        "However, the firm (founded in 1990) utilises approximately 40 vehicles in order to commence."
    )
    assert told == "The firm uses about 40 cars to start."


def test_a_summary_is_bounded_and_falls_back_to_the_title() -> None:
    assert eli5("Only a title", "12 34") == "Only a title"
    assert len(eli5("t", "Long words everywhere matter greatly today. " * 500)) <= 600


def test_tags_are_not_those_the_story_has_already() -> None:
    row = next(row for row in load("stories") if row["id"] == "seed-library")
    tags = STORY.local(STORY.parse_content(row)).suggested_tags
    again = STORY.local(STORY.parse_content({**row, "impact_tags": tags[:3]})).suggested_tags
    assert not set(tags[:3]) & set(again)
    assert keywords("Moss on bricks", "Moss grows on bricks. Bricks need moss.", 2) == ["moss", "bricks"]


def test_markdown_marks_and_addresses_are_not_prose() -> None:
    text = (
        "# Head\n\nSee [the docs](https://e.com/x) and `code`.\n\n```\nx = 1\n```\n![pic](a.png) <b>bold</b>"
    )
    assert " ".join(plain(text).split()) == "Head See the docs and code. bold"


def test_sentences_are_verbatim_slices_and_abbreviations_end_none() -> None:
    text = 'Dr. Ada said "stop." Mr. B. Lee left at 5 p.m. on Monday. 終わり。次です。'
    spans = sentences(text)
    assert all(text[span.start : span.start + len(span.text)] == span.text for span in spans)
    assert [span.text for span in spans][:2] == [
        'Dr. Ada said "stop."',
        "Mr. B. Lee left at 5 p.m. on Monday.",
    ]


def test_flesch_agrees_with_the_formula_worked_by_hand() -> None:
    # 6 words, 1 sentence, 6 syllables: 206.835 - 1.015 x 6 - 84.6 x 1
    assert isclose(readability.flesch_reading_ease("The cat sat on the mat."), 116.145)
    assert readability.flesch_reading_ease("") == 0.0
    assert [readability.syllables(w) for w in ("table", "created", "people", "science", "walked")] == [
        2,
        3,
        2,
        2,
        1,
    ]


def test_hype_features_are_named_by_their_weights() -> None:
    assert [feature.name for feature in hype.hype_features("t", "x")] == list(hype.WEIGHTS)
