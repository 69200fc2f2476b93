"""From a pydantic model to the strict subset of JSON schema that structured outputs accept."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, JsonValue

# Servers differ in which bounds they take (some refuse the request), so none is sent: the bounds
# are said in the description and checked by pydantic when the reply is validated.
LAST = "confidence"  # models write in the schema's order, and can judge an answer only after giving it
COUNTED: dict[str, JsonValue] = {"counted": True}  # marks a field that we fill in: no model is asked for it
_BOUNDS = {"minimum": "at least", "maximum": "at most", "maxItems": "at most so many items:"}
_DROPPED = {"title", "default", "minLength", "maxLength", "minItems", "pattern", "format", *_BOUNDS}


@cache
def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """`model`'s schema with every property required, no others allowed, and references inlined.

    Made once for each model, for every call asks for it: whoever wants to change it copies it.
    References are inlined because a `$ref` may have no description beside it in the strict form.
    Not for recursive models.
    """
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    strict: dict[str, Any] = _strict(schema, definitions)
    return strict


def _strict(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_strict(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rsplit("/", 1)[-1]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    strict = {key: _strict(value, definitions) for key, value in node.items() if key not in _DROPPED}
    if "properties" in node:
        # The names of properties are not keywords: one called `title` must stay.
        asked = [name for name, kind in node["properties"].items() if not kind.get("counted")]
        names = sorted(asked, key=lambda name: name == LAST)
        strict["properties"] = {name: _strict(node["properties"][name], definitions) for name in names}
        strict["additionalProperties"] = False
        strict["required"] = names
    bounds = [f"{words} {node[key]}" for key, words in _BOUNDS.items() if key in node]
    if bounds:
        strict["description"] = f"{node.get('description', '')} ({', '.join(bounds)})".strip()
    return strict
