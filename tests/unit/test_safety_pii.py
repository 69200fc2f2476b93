"""Personal data: what is found, what is not mistaken for it, and what the labelled set says."""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.safety.pii import find

LABELS = {
    "EMAIL_ADDRESS": "EMAIL",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "PHONE_NUMBER": "PHONE",
    "US_SSN": "ID",
    "PERSON": "NAME",
}
LONGEST = 2_000_000
MOST_S = 15  # for the longest content made to be hard, on a slow and busy machine; usually under 4


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find(text)]


@pytest.mark.parametrize(
    ("kind", "text", "whole"),
    [
        ("EMAIL", "write to ada.lovelace+x@mail.example.co.uk.", "ada.lovelace+x@mail.example.co.uk"),
        ("EMAIL", "'jörg@bücher.example'", "jörg@bücher.example"),
        ("CARD", "card 4111 1111 1111 1111, please", "4111 1111 1111 1111"),
        ("CARD", "amex 378282246310005", "378282246310005"),
        ("IBAN", "to DE89 3704 0044 0532 0130 00 today", "DE89 3704 0044 0532 0130 00"),
        ("IBAN", "gb29nwbk60161331926819", "gb29nwbk60161331926819"),
        ("PHONE", "reach me on +49 30 901820", "+49 30 901820"),
        ("PHONE", "(212) 838-6900 is the desk", "(212) 838-6900"),
        ("PHONE", "Fax: 0393 1144137", "0393 1144137"),
        ("ID", "SSN 536-90-4399", "536-90-4399"),
        ("ID", "CPF 390.533.447-05", "390.533.447-05"),
        ("ID", "DNI 54362315K", "54362315K"),
        ("ID", "her codice fiscale is RCCMNL83S18D969H", "RCCMNL83S18D969H"),
        ("IP", "came from 203.0.113.9:443", "203.0.113.9"),
        ("IP", "and 2001:db8::8a2e:370:7334", "2001:db8::8a2e:370:7334"),
        ("URL", "see https://u:pw@example.com/a.", "https://u:pw@example.com/a"),
        ("URL", "(https://example.com/x?api_key=12345678&y=1)", "https://example.com/x?api_key=12345678&y=1"),
        ("SECRET", "key sk-proj-abcdefghijklmnop1234", "sk-proj-abcdefghijklmnop1234"),
        ("SECRET", "Authorization: Bearer abcdef0123456789abcdef", "abcdef0123456789abcdef"),
        ("SECRET", "password: hunter2!", "hunter2!"),
        ("NAME", "Mrs. Ottoline Quorn wrote", "Ottoline Quorn"),
        ("NAME", "as Teresa R. Maldonado's lawyer", "Teresa R. Maldonado"),
    ],
)
def test_each_kind_is_found_whole_and_without_what_stands_around_it(kind: str, text: str, whole: str) -> None:
    assert (kind, whole) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "On 2020-10-22 at 12:30:15 the index stood at 1,234,567.89.",
        "Order 4111 1111 1111 1112 was lost.",  # its check digit is wrong
        "Version 10.2.3.4 and Section 4.1.2.3 apply; see 127.0.0.1.",
        "https://example.com/search?q=tea&page=2",
        "ISBN 978-3-16-148410-0, part no. 123-456-789",
        "The token is a word; the password policy is strict.",
        "I will grant hope in May; art and grace may rise.",
        "pi is 3.14159265358979 and a GB82 plate",
        "@mentions and a@b are no addresses",
        "Ratio 16:9, score 3:2:1, a::b",
    ],
)
def test_ordinary_words_dates_and_numbers_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_surname_is_found_again_where_it_stands_alone_unless_it_is_also_a_word() -> None:
    assert found("Teresa Maldonado left. Then Maldonado came back.") == [
        ("NAME", "Teresa Maldonado"),
        ("NAME", "Maldonado"),
    ]
    assert ("NAME", "Brown") not in found("Teresa Brown has a brown dog. Brown is a colour.")


def test_no_span_lies_over_another() -> None:
    text = (
        "https://ada:pw@example.com/ada@example.com +49 30 901820 4111 1111 1111 1111 Teresa ada@example.com"
    )
    spans = find(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_on_the_labelled_set_structured_kinds_reach_the_recall_and_precision_promised(shared: Path) -> None:
    lines = (shared / "data/nasty/pii_synthetic_labelled.jsonl").read_text("utf-8").split("\n")
    labelled, hit, claimed, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row in map(json.loads, filter(None, lines)):
        true = [(start, end, LABELS[kind]) for start, end, kind in row["label"]["spans"] if kind in LABELS]
        spans = find(row["text"])
        for start, end, kind in true:
            labelled[kind] += 1
            hit[kind] += any(s.kind == kind and s.start <= start and s.end >= end for s in spans)
        for span in spans:
            claimed[span.kind] += 1
            right[span.kind] += any(span.kind == k and span.start < e and s < span.end for s, e, k in true)
    structured = [kind for kind in claimed if kind != "NAME"]
    assert sum(hit[k] for k in structured) / sum(labelled[k] for k in labelled if k != "NAME") >= 0.8
    assert sum(right[k] for k in structured) / sum(claimed[k] for k in structured) >= 0.9
    assert hit["NAME"] / labelled["NAME"] >= 0.6  # a list of first names finds no more
    assert right["NAME"] / claimed["NAME"] >= 0.8


@pytest.mark.parametrize(
    "unit",
    ["1", "1 ", "John Smith ", "a@", "1.2.3.4 ", "-----BEGIN PRIVATE KEY-----", "GB82 WEST 1234 5698 "],
)
def test_the_longest_content_ends_in_time_whatever_it_repeats(unit: str) -> None:
    began = time.process_time()
    find(unit * (LONGEST // len(unit)))
    assert time.process_time() - began < MOST_S
