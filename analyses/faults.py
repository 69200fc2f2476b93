"""Pydantic's errors in our words: which field, what is wrong, what to do, and never what it held."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from errors import InvalidAnswer, InvalidInput

MOST_FAULTS_TOLD = 3
OURS = "gristmill"  # the type of errors raised by our own validators, whose words are fit to show

_SAYINGS = {
    "missing": "is missing; add it",
    "string_type": "must be text; give a string",
    "list_type": "must be a list; give a list of strings",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "model_type": "must be an object",
    "dict_type": "must be an object",
}


def input_fault(kind: str, error: ValidationError) -> InvalidInput:
    """What is wrong with a content of `kind`, one clause per field."""
    return InvalidInput(f"The {kind} cannot be taken: {_told(error)}.")


def answer_fault(analysis: str, error: ValidationError) -> InvalidAnswer:
    """Where a model's reply does not fit the answer of `analysis`."""
    return InvalidAnswer(f"The reply does not fit {analysis}: {_told(error)}.")


def _told(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)
    told = [f"{_where(fault)} {_what(fault)}" for fault in faults[:MOST_FAULTS_TOLD]]
    more = len(faults) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _where(fault: ErrorDetails) -> str:
    return ".".join(str(part) for part in fault["loc"]) or "it"


def _what(fault: ErrorDetails) -> str:
    if fault["type"] == OURS:
        return fault["msg"]
    saying = _SAYINGS.get(fault["type"], "is not of the right type or size")
    return saying.format_map(fault.get("ctx", {}))
