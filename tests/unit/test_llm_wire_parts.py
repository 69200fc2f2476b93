"""The pure parts of the LLM wire: the strict schema dialect, Retry-After, careful reading, examples."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from adapters.llm.example import example
from adapters.llm.wire import chat, responses
from adapters.llm.wire.answer import parse
from adapters.llm.wire.retry_after import LONGEST_WAIT_S, retry_after_s
from adapters.llm.wire.schema import strict_schema, wire_name
from errors import ServiceError


class Severity(StrEnum):
    LOW = "low"
    HIGH = "high"


class Risk(BaseModel):
    kind: Literal["risk"] = "risk"
    severity: Severity
    quote: str = Field(min_length=12, max_length=40, description="Verbatim.")


class Hope(BaseModel):
    kind: Literal["hope"] = "hope"
    weight: int = Field(gt=0, le=1)


class Tree(BaseModel):
    name: str
    children: list[Tree] = []
    parent: Tree | None = None


class Rich(BaseModel):
    score: float = Field(ge=0, le=10)
    level: int = Field(ge=3, multiple_of=5)
    findings: list[Annotated[Risk | Hope, Field(discriminator="kind")]] = Field(min_length=2, max_length=5)
    due: datetime | None = None
    tree: Tree
    note: str = Field(default="no", max_length=3)


class Open(BaseModel):
    per_participant: dict[str, float]


def every(node: Any) -> list[dict[str, Any]]:
    """All objects inside a JSON value."""
    if isinstance(node, list):
        return [found for item in node for found in every(item)]
    if isinstance(node, dict):
        return [node, *(found for value in node.values() for found in every(value))]
    return []


def test_a_rich_schema_becomes_strict_through_and_through() -> None:
    schema, strict = strict_schema(Rich.model_json_schema())
    assert strict
    for node in every(schema):
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        if "$ref" in node:
            assert list(node) == ["$ref"]
        assert not node.keys() & {"oneOf", "allOf", "discriminator", "minLength", "maxLength"}
        assert "default" not in node or node.get("type") is None  # a property may be called default
    quote = schema["$defs"]["Risk"]["properties"]["quote"]
    assert quote["description"] == "Verbatim. At least 12 characters. At most 40 characters."
    assert schema["properties"]["score"]["maximum"] == 10


def test_a_property_named_like_a_keyword_is_kept() -> None:
    class Odd(BaseModel):
        default: str
        allOf: str  # noqa: N815 -- the point of the test

    schema, _ = strict_schema(Odd.model_json_schema())
    assert schema["required"] == ["default", "allOf"]


def test_an_open_map_cannot_be_strict_and_is_sent_as_it_is() -> None:
    given_schema = Open.model_json_schema()
    assert strict_schema(given_schema) == (given_schema, False)


def test_making_a_schema_strict_leaves_the_original_alone() -> None:
    before = Rich.model_json_schema()
    copy = json.loads(json.dumps(before))
    strict_schema(before)
    assert before == copy


def test_names_are_written_in_the_letters_the_api_allows() -> None:
    assert wire_name("story.enhance") == "story_enhance"
    assert wire_name("") == "answer"
    assert len(wire_name("x" * 100)) == 64


@pytest.mark.parametrize("model", [Rich, Tree, Risk, Hope, Open])
def test_the_example_of_a_schema_fits_it(model: type[BaseModel]) -> None:
    answer = example(model.model_json_schema())
    model.model_validate(answer)
    assert answer == example(model.model_json_schema())


@pytest.mark.parametrize("model", [Tree, Hope])
def test_the_example_of_the_strict_dialect_fits_the_model_too(model: type[BaseModel]) -> None:
    schema, strict = strict_schema(model.model_json_schema())
    assert strict
    assert schema["type"] == "object"
    model.model_validate(example(schema))


def test_a_schema_that_always_wants_more_of_itself_ends() -> None:
    endless = {
        "$defs": {"N": {"type": "object", "properties": {"next": {"$ref": "#/$defs/N"}}, "required": []}},
        "$ref": "#/$defs/N",
    }
    json.dumps(example(endless))


@given(
    low=st.integers(-100, 100),
    width=st.integers(1, 50),
    open_low=st.booleans(),
    open_high=st.booleans(),
    whole=st.booleans(),
)
def test_an_example_number_is_within_its_bounds(
    low: int, width: int, open_low: bool, open_high: bool, whole: bool
) -> None:
    high = low + width + (1 if open_low and open_high else 0)
    schema = {
        "type": "integer" if whole else "number",
        "exclusiveMinimum" if open_low else "minimum": low,
        "exclusiveMaximum" if open_high else "maximum": high,
    }
    value = example(schema)
    assert low < value if open_low else low <= value
    assert value < high if open_high else value <= high


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "1e99"}, LONGEST_WAIT_S),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Wed, 99 Foo 2026"}, None),
        ({"retry-after-ms": "x", "retry-after": "4"}, 4),
        ({}, None),
    ],
)
def test_retry_after_is_read_with_care(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds


def test_a_date_without_the_servers_clock_is_measured_by_ours() -> None:
    due = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    wait_s = retry_after_s({"retry-after": due})
    assert wait_s is not None
    assert 55 < wait_s <= 60


@given(st.text())
def test_any_text_can_be_a_retry_after(value: str) -> None:
    wait_s = retry_after_s({"retry-after": value, "date": value})
    assert wait_s is None or 0 <= wait_s <= LONGEST_WAIT_S


FIELDS = (
    *(
        "output",
        "content",
        "type",
        "text",
        "message",
        "output_text",
        "status",
        "incomplete_details",
        "reason",
    ),
    *(
        "choices",
        "refusal",
        "finish_reason",
        "usage",
        "input_tokens",
        "prompt_tokens_details",
        "error",
        "code",
    ),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_no_reply_however_garbled_breaks_the_reading(raw: dict[str, Any]) -> None:
    for wire in (responses, chat):
        wire.failure(raw)
        answer = wire.read(raw)
        assert isinstance(answer.text, str)
        assert answer.finish in ("stop", "length", "content_filter", "refusal")


@given(st.binary())
def test_no_body_however_broken_raises_anything_but_ours(body: bytes) -> None:
    with contextlib.suppress(ServiceError):
        assert isinstance(parse(body), dict)


def test_importing_the_seam_does_not_import_the_vendors_library() -> None:
    code = "import sys, adapters.llm as llm; llm.provider_names(); print('openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
