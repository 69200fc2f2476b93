"""Cutting long texts: nothing is lost, nothing is too long, and the joints are the text's own."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.contents import DOCUMENT_CHARS
from analyses.splitting import split

LONG_BOUND_S = 3.0
UNITS = [
    "word ",
    "End. ",
    "\n",
    "\n\n",
    "1. Term",
    "ARTICLE II",
    "# Head",
    "é",
    "👩‍👩‍👧",
    "。",
    "\t",
    "x" * 40,
]
TEXT = st.lists(st.sampled_from(UNITS)).map("".join)


@settings(max_examples=200, deadline=None)
@given(TEXT, st.integers(1, 60))
def test_joined_pieces_are_the_text_and_each_knows_its_place(text: str, most_chars: int) -> None:
    pieces = split(text, most_chars)
    assert "".join(piece.text for piece in pieces) == text
    for piece in pieces:
        assert len(piece.text) <= most_chars
        assert text.startswith(piece.text, piece.start)
    assert all(piece.text for piece in pieces[:-1])


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("aaaa aaaa\n\nSection 2.1 Term\nbb\n\nccccc", "aaaa aaaa\n\n"),
        ("aaaa aaaa aaaa\n\nbbbb bbbb\ncccc", "aaaa aaaa aaaa\n\n"),
        ("aaaa. aaaa aaaa\nbbbb. bbbb bbbb", "aaaa. aaaa aaaa\n"),
        ("aaaa aaaa aaaa. bbbb bbbb bbbb", "aaaa aaaa aaaa. "),
        ("aaaa aaaa aaaa bbbb bbbb bbbb bb", "aaaa aaaa aaaa bbbb "),
        ("a" * 30, "a" * 20),
    ],
)
def test_a_text_is_cut_at_its_best_joint(text: str, first: str) -> None:
    assert split(text, 20)[0].text == first


def test_an_accent_stays_with_its_letter_and_a_family_together() -> None:
    assert split("abce\u0301fgh", 4)[0].text == "abc"
    assert split("abcdef👩‍👩‍👧ghijk", 8)[0].text == "abcdef"


def test_what_fits_is_one_piece_and_no_size_is_refused() -> None:
    assert [piece.text for piece in split("short", 5)] == ["short"]
    with pytest.raises(ValueError, match="at least one"):
        split("short", 0)


@pytest.mark.parametrize("unit", ["\n", "A", ". ", "\n1. A", " ", "\nSection 1", "\t \n", "A\n"])
def test_the_longest_text_is_cut_in_time_whatever_it_is(unit: str) -> None:
    text = (unit * DOCUMENT_CHARS)[:DOCUMENT_CHARS]
    start = time.process_time()
    assert len(split(text, 50_000)) < 100
    assert time.process_time() - start < LONG_BOUND_S
