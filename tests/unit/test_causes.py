"""models.causes: the same failure has the same fingerprint, and another one another."""

from __future__ import annotations

import string
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.causes import fingerprint, shape

numbers = st.one_of(
    st.integers(0, 10**12).map(str),
    st.floats(0, 1e6).map(lambda value: f"{value:.3f}"),
    st.integers(1_000, 10**9).map(lambda value: f"{value:,}"),
)
ids = st.one_of(
    st.uuids().map(str),
    st.binary(min_size=13, max_size=13).map(bytes.hex),
    st.integers(0, 10**9).map(lambda value: f"req_{value}"),
)
names = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
paths = st.lists(names, min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts))
texts = st.text(st.characters(exclude_characters='"\n', exclude_categories=["Cs"]), max_size=40)


def told(number: str, id_: str, path: str, text: str) -> str:
    return f'Row {number} of job {id_}: "{text}" in {path} cannot be read, wait {number} s.'


messages = st.builds(told, numbers, ids, paths, texts)


@given(messages, messages)
def test_ids_numbers_paths_and_quotes_do_not_tell_failures_apart(one: str, other: str) -> None:
    assert fingerprint("a", "internal", one) == fingerprint("a", "internal", other)


@given(st.text(string.ascii_lowercase, min_size=1), st.text(string.ascii_lowercase, min_size=1))
def test_other_words_are_another_cause(one: str, other: str) -> None:
    same = fingerprint("a", "b", f"the {one}") == fingerprint("a", "b", f"the {other}")
    hexadecimal = all(len(word) >= 8 and set(word) <= set(string.hexdigits) for word in (one, other))
    assert same == (one == other or hexadecimal)


@given(st.text())
def test_the_shape_of_a_shape_is_itself_and_has_no_digit(message: str) -> None:
    assert not any(letter.isdecimal() for letter in shape(message))
    assert shape(shape(message)) == shape(message)


def test_analysis_and_class_part_equal_messages() -> None:
    three = {fingerprint(a, c, "It broke.") for a, c in (("a", "x"), ("b", "x"), ("a", "y"))}
    assert len(three) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's not what the user's file says.", "Its not what the users file says."),
        ("The model refused.", "The model is away."),
        ("An unexpected KeyError ended the step.", "An unexpected TypeError ended the step."),
    ],
)
def test_words_are_kept(one: str, other: str) -> None:
    assert shape(one) != shape(other)


@pytest.mark.parametrize("part", ["a", "a.", "a/", "'", '"', "1,", "/", "-", "~/a", "b:\\"])
def test_a_hostile_message_costs_little(part: str) -> None:
    begun = time.perf_counter()
    shape(part * 100_000)
    assert time.perf_counter() - begun < 1


def test_the_times_and_places_of_one_failure_fall_together() -> None:
    messages = [
        f"2026-11-24T10:0{n}:0{n}Z https://api.example/v1/{uuid.uuid4()} said 503 at [{n}, {n}, {n + 9}]"
        for n in range(9)
    ]
    assert len({shape(message) for message in messages}) == 1
