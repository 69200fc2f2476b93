"""A valid answer made from a JSON schema alone: the same schema always gives the same answer.

Covers what Pydantic writes for our answer models: objects, arrays, enums, constants, references, unions,
bounds and lengths. It does not invent strings for a `pattern`; there the schema's own `examples` are used.
"""

from __future__ import annotations

from typing import Any

WORD = "scripted"
DEEPEST = 12  # below this a recursive schema takes its null, or nothing, instead of one level more
FORMATS = {
    "date": "2000-01-01",
    "date-time": "2000-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(schema: dict[str, Any]) -> Any:
    """The smallest answer with every property present that `schema` accepts, numbers amid their range."""
    return _value(schema, schema, 0)


def _value(schema: dict[str, Any], root: dict[str, Any], depth: int) -> Any:
    schema = _resolved(schema, root)
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return _choice(choices, root, depth)
    return _typed(schema, root, depth)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """`schema` with its `$ref` and `allOf` merged in; what stands beside a reference wins."""
    merged: dict[str, Any] = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
    parts = list(schema.get("allOf", ()))
    if reference := schema.get("$ref"):
        target: Any = root
        for step in reference.removeprefix("#/").split("/") if reference != "#" else ():
            target = target[step]
        parts.append(target)
    for part in parts:
        merged = {**_resolved(part, root), **merged}
    return merged


def _choice(choices: list[dict[str, Any]], root: dict[str, Any], depth: int) -> Any:
    nullable = any(choice.get("type") == "null" for choice in choices)
    if nullable and depth >= DEEPEST:
        return None
    chosen = next((choice for choice in choices if choice.get("type") != "null"), choices[0])
    return _value(chosen, root, depth + 1)


def _typed(schema: dict[str, Any], root: dict[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((name for name in kind if name != "null"), "null")
    if kind == "object":
        return _object(schema, root, depth)
    if kind == "array":
        return [_value(schema.get("items", {}), root, depth + 1) for _ in range(schema.get("minItems", 0))]
    if kind in ("number", "integer"):
        return _number(schema, whole=kind == "integer")
    if kind == "string":
        return _string(schema)
    return False if kind == "boolean" else None


def _object(schema: dict[str, Any], root: dict[str, Any], depth: int) -> dict[str, Any]:
    properties: dict[str, Any] = schema.get("properties", {})
    wanted = properties if depth < DEEPEST else {key: properties[key] for key in schema.get("required", ())}
    return {name: _value(inner, root, depth + 1) for name, inner in wanted.items()}


def _number(schema: dict[str, Any], *, whole: bool) -> float | int:
    """Amid the bounds, moved up to the next value that integers or `multipleOf` allow."""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        amid = (low + high) / 2
    elif low is not None:
        amid = low + 1
    else:
        amid = 0 if high is None else high - 1
    step = schema.get("multipleOf", 1 if whole else 0)
    if step:
        amid = amid // step * step
        if low is not None and (amid < low or amid == schema.get("exclusiveMinimum")):
            amid += step
    return int(amid) if whole else float(amid)


def _string(schema: dict[str, Any]) -> str:
    if known := FORMATS.get(schema.get("format", "")):
        return known
    shortest = schema.get("minLength", 0)
    text = WORD if shortest <= len(WORD) else (WORD + " ") * (shortest // len(WORD) + 1)
    return text[: schema.get("maxLength", max(shortest, len(WORD)))]
