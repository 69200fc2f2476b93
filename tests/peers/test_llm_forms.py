"""Servers that refuse or ignore a JSON schema, as small ones do: our own scripted server plays them."""

from __future__ import annotations

import pytest
from asking import GOOD, ask, settings_for
from llm_server import Answer, LlmServer, Seen, fault, reply

from adapters.llm import get_provider
from adapters.llm.openai import OpenAIProvider
from errors import InvalidInput

pytestmark = pytest.mark.peer


def provider_at(server: LlmServer, api: str = "chat") -> OpenAIProvider:
    provider = get_provider(settings_for(server.url, api))
    assert isinstance(provider, OpenAIProvider)
    return provider


def taking(*forms: str) -> object:
    """A server that takes only these forms of `response_format`."""

    def answer(seen: Seen) -> Answer:
        form = seen.body.get("response_format", {}).get("type", "text")
        if form in forms:
            return reply(GOOD, "chat")
        return fault(400, message=f"response_format.type {form} is not supported here")

    return answer


def forms(server: LlmServer) -> list[str]:
    return [seen.body.get("response_format", {}).get("type", "text") for seen in server.seen]


@pytest.mark.parametrize(
    ("taken", "tried"),
    [
        (("json_schema",), ["json_schema"]),
        (("json_object",), ["json_schema", "json_object"]),
        (("text",), ["json_schema", "json_object", "text"]),
    ],
)
def test_a_form_that_is_refused_is_followed_by_a_plainer_one_and_remembered(
    server: LlmServer, taken: tuple[str, ...], tried: list[str]
) -> None:
    server.answer = taking(*taken)  # type: ignore[assignment]
    provider = provider_at(server)
    assert provider.complete(ask()).text == GOOD
    assert forms(server) == tried
    provider.complete(ask())
    assert forms(server) == [*tried, tried[-1]]
    told = server.seen[-1].body["messages"][0]["content"]
    assert ('"required"' in told) == (tried[-1] != "json_schema")


def test_another_fault_with_the_request_is_not_tried_in_another_form(server: LlmServer) -> None:
    server.answer = lambda seen: fault(400, message="temperature is out of range")
    with pytest.raises(InvalidInput):
        provider_at(server).complete(ask())
    assert len(server.seen) == 1


def test_the_responses_api_has_one_form_only(server: LlmServer) -> None:
    server.answer = lambda seen: fault(400, message="json_schema is not supported with this model")
    with pytest.raises(InvalidInput):
        provider_at(server, "responses").complete(ask())
    assert len(server.seen) == 1
