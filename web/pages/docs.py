"""`/docs`: the API described on one page of our own, drawn from the OpenAPI description."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from web.pages.render import page
from web.problems import explained

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def show_docs(request: Request) -> Response:
    described = request.app.openapi()
    schemas = described["components"]["schemas"]
    calls = [
        _call(path, method, operation, schemas)
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    ]
    return page("docs.html", calls=calls, about=described["info"], errors=explained(), session=None)


def _call(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = schemas.get(body.get("$ref", "").rpartition("/")[2], {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "told": operation.get("description", ""),
        "parameters": [_parameter(p) for p in operation.get("parameters", [])],
        "fields": [_field(name, f, schema) for name, f in schema.get("properties", {}).items()],
        "example": _example(schema),
        "responses": operation["responses"],
    }


def _parameter(given: dict[str, Any]) -> dict[str, Any]:
    told = given.get("description", "")
    return {"name": given["name"], "place": given["in"], "need": given.get("required", False), "told": told}


def _field(name: str, field: dict[str, Any], schema: dict[str, Any]) -> dict[str, str]:
    return {
        "name": name,
        "type": type_of(field),
        "need": "required" if name in schema.get("required", []) else "optional",
        "told": field.get("description", ""),
    }


def type_of(schema: dict[str, Any]) -> str:
    """A schema's type in a few words, such as `text or null`."""
    if "anyOf" in schema:
        return " or ".join(type_of(option) for option in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    return str(schema.get("type", "any"))


def _example(schema: dict[str, Any]) -> str:
    examples = schema.get("examples")
    return json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else ""
