"""A Pydantic JSON schema in the dialect of strict structured outputs.

Source of the rules: OpenAI's guide "Structured model outputs", section "Supported schemas": every object
is closed and lists all its properties as required; `anyOf` in place of `oneOf` and `allOf`; no defaults;
nothing stands beside a `$ref`; bounds of numbers and arrays are kept, string lengths are not. What had to
be dropped is said in words in the description, and Pydantic still enforces it on the answer.
"""

from __future__ import annotations

import re
from typing import Any

KEPT = frozenset(
    {"$defs", "$ref", "anyOf", "const", "description", "enum", "format", "items", "pattern", "properties"}
    | {"title", "type", "minItems", "maxItems", "multipleOf"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
)
FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
LONGEST_NAME_CHARS = 64


def wire_name(name: str) -> str:
    """`name` in the letters the API allows for a schema's name (`story.enhance` → `story_enhance`)."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:LONGEST_NAME_CHARS] or "answer"


def strict_schema(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """`(schema, True)` in the strict dialect, or the schema as it is and False where it has open maps.

    An object with free keys (`dict[str, float]`) cannot be said in the strict dialect.
    """
    if _has_open_map(schema):
        return schema, False
    return _closed(_rooted(schema)), True


def _rooted(schema: dict[str, Any]) -> dict[str, Any]:
    """A recursive model's schema is a bare reference; the root has to be the object itself."""
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    return {**schema["$defs"][name], "$defs": schema["$defs"]} if name else schema


def _has_open_map(node: Any) -> bool:
    if isinstance(node, list):
        return any(_has_open_map(item) for item in node)
    if not isinstance(node, dict):
        return False
    if node.get("type") == "object" and not isinstance(node.get("properties"), dict):
        return True
    return any(_has_open_map(value) for value in node.values())


def _closed(node: dict[str, Any]) -> dict[str, Any]:
    node = _merged(node)
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    out = {key: value for key, value in node.items() if key in KEPT}
    if out.get("format", "") not in FORMATS:
        out.pop("format", None)
    for key in ("$defs", "properties"):
        if key in out:
            out[key] = {name: _closed(inner) for name, inner in out[key].items()}
    if "anyOf" in out:
        out["anyOf"] = [_closed(choice) for choice in out["anyOf"]]
    if "items" in out:
        out["items"] = _closed(out["items"])
    if "properties" in out:
        out |= {"required": list(out["properties"]), "additionalProperties": False}
    return _described(out, node)


def _merged(node: dict[str, Any]) -> dict[str, Any]:
    """`oneOf` called `anyOf`, and the parts of an `allOf` laid under what stands beside it."""
    node = {("anyOf" if key == "oneOf" else key): value for key, value in node.items()}
    for part in node.pop("allOf", ()):
        node = {**part, **node}
    return node


def _described(out: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    hints = []
    if shortest := node.get("minLength"):
        hints.append(f"At least {shortest} characters.")
    if longest := node.get("maxLength"):
        hints.append(f"At most {longest} characters.")
    if hints:
        out["description"] = " ".join([*([out["description"]] if out.get("description") else []), *hints])
    return out
