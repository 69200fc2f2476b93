"""The web's small parts: strict JSON, answers drawn as cards, types told in words, ages."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.testclient import TestClient

from web.app import create_app
from web.costly import Costly
from web.json_body import DEEPEST, MOST_PARTS, parse
from web.pages.card import card
from web.pages.docs import type_of
from web.pages.guard import own_page
from web.pages.render import age, told
from web.problems import HttpProblem, explained
from web.shield import Shield

SECRET = "my-private-words"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'{"a": "\x00"}',
        b"\xef\xbb\xbf{}",
        b'{"a": 1, "a": 2}',
        b'{"deep": {"b": 1, "b": 1}}',
        b"[" * 100_000,
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
        b"[" + b"{}," * (MOST_PARTS + 1) + b"{}]",
        b"9" * 5_000,
        b'"' * 99_999,
        b'"\\' * 99_999,
        b'{"' + SECRET.encode() + b'": nul}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_json_that_is_not_sound_is_a_clear_400_without_what_it_held(body: bytes) -> None:
    with pytest.raises(HttpProblem) as refused:
        parse(body)
    assert refused.value.status_code == 400
    assert str(refused.value.detail).startswith(("The body", "An object in the body"))
    assert SECRET not in str(refused.value.detail)


@pytest.mark.parametrize(
    "value",
    [{"a": ["[", "]", '"', "\\", "\x00", "\U0001f4a9"], "": {"b": None}}, "[[[[", [1, -0.5, True], {}],
    ids=str,
)
def test_sound_json_is_read_as_it_is(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value


def test_every_case_of_the_json_test_suite_is_read_or_refused_as_it_says(shared: Path) -> None:
    cases = sorted((shared / "data/nasty/files/json").glob("*.json"))
    assert cases
    for case in cases:
        if case.name.startswith("y_"):
            parse(case.read_bytes())
        elif case.name.startswith("n_"):
            with pytest.raises(HttpProblem):
                parse(case.read_bytes())


def test_a_card_puts_scores_first_and_confidence_last_and_knows_their_range() -> None:
    stored = {"confidence": 0.5, "hype_score": 7.2, "eli5_summary": "Plain.", "suggested_tags": ["a"], "x": 1}
    parts = card("story.enhance", stored)
    assert parts[0].label == "Hype score"
    assert (parts[0].kind, parts[0].lowest, parts[0].highest) == ("meter", 0, 10)
    assert parts[-1].label == "Confidence"
    assert {part.label: part.kind for part in parts}["Suggested tags"] == "tags"


def test_a_card_of_an_analysis_that_is_gone_still_shows_what_is_stored() -> None:
    assert [part.label for part in card("gone.away", {"a_b": "c", "d": None, "e": True})] == ["A b", "D", "E"]


def test_a_page_to_come_back_to_is_one_of_ours() -> None:
    ours = f"/jobs/{'a' * 26}"
    assert own_page(ours) == ours
    for elsewhere in (
        "//evil.test",
        "https://evil.test",
        "/\\evil.test",
        "/logout",
        ours + "\n",
        "javascript:0",
    ):
        assert own_page(elsewhere) == "/"


def test_our_own_descriptions_show_code_and_escape_the_rest() -> None:
    assert told("<b> `x<y`") == "&lt;b&gt; <code>x&lt;y</code>"


def test_an_age_is_told_in_its_largest_unit() -> None:
    now_ms = int(time.time() * 1000)
    assert [age(now_ms - s * 1000) for s in (-5, 3, 130, 7_300, 200_000)] == [
        "0 s",
        "3 s",
        "2 min",
        "2 h",
        "2 d",
    ]


def test_types_are_told_in_words() -> None:
    nullable = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert type_of({"type": "array", "items": nullable}) == "list of string or null"
    assert type_of({"$ref": "#/components/schemas/State"}) == "State"


def test_a_failure_nobody_foresaw_shows_its_requests_id_and_nothing_of_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def break_down(request: object) -> None:
        raise ValueError(SECRET)

    app = Starlette(routes=[Route("/", break_down)], middleware=[Middleware(Shield)])
    answer = TestClient(app).get("/")
    told = answer.json()
    assert (answer.status_code, told["error_class"]) == (500, "internal")
    assert answer.headers["x-request-id"] in told["detail"]
    logged = capsys.readouterr()
    assert SECRET not in answer.text + logged.err + logged.out


def test_every_error_class_that_a_problem_can_have_is_explained_with_a_suggestion() -> None:
    told_of = {name: suggestion for name, _, suggestion in explained()}
    assert {"not_found", "unauthenticated", "too_large", "budget"} <= set(told_of)
    assert all(told_of.values())


def test_the_description_is_valid_names_every_route_and_describes_errors_as_problems() -> None:
    described = create_app().openapi()
    paths = {"/v1/stories", "/v1/jobs", "/v1/jobs/{job_id}", "/v1/jobs/{job_id}/answer", "/livez", "/readyz"}
    assert paths <= set(described["paths"])
    assert not any(path.startswith(("/login", "/jobs", "/static")) for path in described["paths"])
    text = json.dumps(described)
    assert "HTTPValidationError" not in text
    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in described["components"]["schemas"]
    for operations in described["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            for status, answer in operation["responses"].items():
                if status == "204":
                    continue  # it has no body
                kinds = set(answer["content"]) - {"text/event-stream"}
                assert kinds == {"application/problem+json" if status >= "400" else "application/json"}


def test_the_guide_names_every_route_and_every_error_class() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs/rest.md").read_text()
    for path in create_app().openapi()["paths"]:
        assert re.sub(r"\{\w+_id\}", "{id}", path.removeprefix("/v1")) in guide
    for name, _, _ in explained():
        assert f"`{name}`" in guide


def test_what_took_long_is_asked_for_again_only_after_a_rest_and_what_did_not_at_once() -> None:
    asked: list[float] = []

    def ask(took_s: float) -> int:
        time.sleep(took_s)
        asked.append(took_s)
        return len(asked)

    known: Costly[int] = Costly()
    assert [known.get("quick", lambda: ask(0)) for _ in range(3)] == [1, 2, 3]
    assert [known.get("slow", lambda: ask(0.06)) for _ in range(3)] == [4, 4, 4]
    assert known.get("another", lambda: ask(0.06)) == 5
