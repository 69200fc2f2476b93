"""The one place where a vendor's errors become ours.

Of what the server said only its short codes are repeated, and only if they look like codes: its messages
may quote the content, or part of the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from adapters.llm.wire.retry_after import retry_after_s
from errors import (
    AuthenticationError,
    ContentFilter,
    ContextLength,
    GristmillError,
    InvalidInput,
    NotFound,
    OverBudget,
    RateLimited,
    ServiceError,
    Timeout,
)

CODE = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")
OURS = "OPENAI"  # what the settings' names begin with below
NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "budget_exceeded"}
TOO_LONG = {"context_length_exceeded", "string_above_max_length", "exceed_context_size_error"}
REFUSED = {
    *("content_filter", "content_policy_violation", "invalid_prompt", "bio_policy"),
    *("misalignment_policy_violation", "image_content_policy_violation"),
}
NO_MODEL = {"model_not_found", "deploymentnotfound", "deployment_not_found"}
BAD_KEY = {"invalid_api_key", "no_db_connection"}  # the second is LiteLLM's word where it has no database
# Compatible servers (vLLM, llama.cpp, LiteLLM) say some things in words only; and OpenAI answers 429 to a
# request that alone exceeds the tokens per minute, which no waiting cures.
TOO_LONG_WORDS = (
    "context length",
    "context window",
    "context size",
    "request too large",
    "prompt is too long",
)
NO_MODEL_WORDS = ("invalid model name",)
NO_MONEY_WORDS = ("credit balance is too low",)  # Anthropic says it with 400
FORM_WORDS = ("response_format", "json_schema", "json_object", "structured output", "guided decoding")
WORDS_COUNT_AT = {400, 413, 422, 429}  # elsewhere a message's words prove nothing


class PaidCallForbidden(AuthenticationError):
    """FORBID_PAID_CALLS is on and the server is not on this machine; no socket was opened."""

    suggestion: ClassVar[str] = (
        "Point OPENAI_BASE_URL at a server on this machine, or unset FORBID_PAID_CALLS."
    )


class UnknownModel(NotFound):
    """The server has no such model, or not for this key."""

    suggestion: ClassVar[str] = (
        "Choose a model this server offers to your key (OPENAI_MODEL, ANTHROPIC_MODEL), then retry the job."
    )


class WrongAddress(NotFound):
    """The server does not know the path we called."""

    suggestion: ClassVar[str] = "Check OPENAI_BASE_URL (it usually ends in /v1), or set LLM_API=chat."


class RequestRefused(InvalidInput):
    """The server finds fault with the request itself, not with the content."""

    suggestion: ClassVar[str] = (
        "Try LLM_API=chat, or a model that supports JSON schemas; `gristmill doctor` makes a test call."
    )


class NoRoomInFlex(RateLimited):
    """The provider has no room for cheap calls now; it says so with 429 and charges nothing."""


class FormRefused(RequestRefused):
    """The server does not take the form in which the answer was asked for."""


def about(prefix: str, error: GristmillError) -> GristmillError:
    """`error`, with the settings in its message called by the provider's own names."""
    if prefix == OURS:
        return error
    told = error.message.replace(f"{OURS}_", f"{prefix}_")
    return type(error)(told, retry_after_s=error.retry_after_s)


def from_status(
    status: int, error: Mapping[str, Any], headers: Mapping[str, str], *, model: str, api: str
) -> GristmillError:
    """The error for an HTTP answer that is not a success; `error` is its body's error object, or empty."""
    said = _said(status, error)
    wait_s = retry_after_s(headers)
    if (known := _known(status, error, said, model)) is not None:
        return known
    if status == 429 and "resource_unavailable" in (error.get("code"), error.get("type")):
        return NoRoomInFlex(f"{said}: it has no room for flex calls now.", retry_after_s=wait_s)
    if status == 429:
        return RateLimited(f"{said}: its rate limit is reached.", retry_after_s=wait_s)
    if status in (401, 403):
        return AuthenticationError(f"{said}: it refuses OPENAI_API_KEY.")
    if status == 402:
        return OverBudget(f"{said}: the account has no balance left.")
    if status == 404:
        return _not_found(said, error, model, api)
    if status in (408, 504):
        return Timeout(f"{said}: it ran out of time.", retry_after_s=wait_s)
    if status == 413:
        return ContextLength(f"{said}: the request is too large.")
    if status in (409, 425) or status >= 500:
        return ServiceError(f"{said}: it could not answer.", retry_after_s=wait_s)
    if 300 <= status < 400:
        return WrongAddress(f"{said}: OPENAI_BASE_URL leads to a redirect; set the address it leads to.")
    refusal = FormRefused if _is_over_form(error) else RequestRefused
    return refusal(f"{said}: it refuses the request{_param(error)}.")


def _known(status: int, error: Mapping[str, Any], said: str, model: str) -> GristmillError | None:
    """What the body's error object makes clear beyond the status; None if nothing."""
    codes = {str(error.get(field)).lower() for field in ("code", "type") if error.get(field) is not None}
    words = str(error.get("message", "")).lower() if status in WORDS_COUNT_AT else ""
    if codes & NO_MONEY or any(phrase in words for phrase in NO_MONEY_WORDS):
        return OverBudget(f"{said}: the account's quota is used up.")
    if codes & BAD_KEY:
        return AuthenticationError(f"{said}: it refuses OPENAI_API_KEY.")
    if codes & TOO_LONG or any(phrase in words for phrase in TOO_LONG_WORDS):
        return ContextLength(f"{said}: the content is longer than model {model!r} takes.")
    if codes & REFUSED:
        return ContentFilter(f"{said}: its content filter refused the content.")
    if codes & NO_MODEL or error.get("param") == "model" or any(phrase in words for phrase in NO_MODEL_WORDS):
        return UnknownModel(f"{said}: it does not offer the model {model!r} (OPENAI_MODEL).")
    return None


def from_reply(error: Mapping[str, Any], *, model: str) -> GristmillError:
    """The error for a reply that came with status 200 and yet says in its body that it failed."""
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    if code == "rate_limit_exceeded":
        status = 429
    return from_status(status, error, {}, model=model, api="")


def _said(status: int, error: Mapping[str, Any]) -> str:
    code = next((str(error[field]) for field in ("code", "type") if error.get(field)), "")
    shown = f", {code}" if CODE.fullmatch(code) and code != str(status) else ""
    return f"The LLM server answered {status}{shown}"


def _not_found(said: str, error: Mapping[str, Any], model: str, api: str) -> GristmillError:
    if "model" in str(error.get("message", "")).lower():
        return UnknownModel(f"{said}: it does not offer the model {model!r} (OPENAI_MODEL).")
    return WrongAddress(f"{said}: there is no {api or 'such'} API under OPENAI_BASE_URL.")


def _is_over_form(error: Mapping[str, Any]) -> bool:
    told = f"{error.get('param')} {error.get('message')}".lower()
    return any(word in told for word in FORM_WORDS)


def _param(error: Mapping[str, Any]) -> str:
    param = str(error.get("param") or "")
    return f" over the parameter {param!r}" if CODE.fullmatch(param) else ""
