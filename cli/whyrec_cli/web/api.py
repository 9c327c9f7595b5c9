"""API: the table of endpoints. The server's routes and the OpenAPI document are both made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from whyrec import __version__
from whyrec_cli.web import about, asked, compared, listed, reasons, said
from whyrec_cli.web.asked import Asked, Query
from whyrec_cli.web.site import Site

Answer = Callable[[Site, Any, str], dict[str, Any]]
"""Gives the JSON of an answer, from what was asked and a language."""


@dataclass(frozen=True)
class Endpoint:
    """One address. ``heavy``: it asks a model. ``status`` is that of a good answer, ``fails`` those of others."""

    method: str
    path: str
    asks: type[Asked]
    gives: Answer
    heavy: bool = False
    status: int = 200
    fails: tuple[int, ...] = ()

    @property
    def summary(self) -> str:
        return (self.gives.__doc__ or "").strip().split("\n")[0]


ENDPOINTS = (
    Endpoint("GET", "/api/about", asked.Nothing, about.about),
    Endpoint("GET", "/api/users", asked.Found, about.users),
    Endpoint("GET", "/api/items", asked.Found, about.items),
    Endpoint("POST", "/api/list", asked.ForList, listed.list_of, heavy=True, fails=(404, 502, 503)),
    Endpoint("POST", "/api/reasons", asked.ForReasons, reasons.reasons_of, heavy=True, fails=(404, 502, 503)),
    Endpoint("POST", "/api/without", asked.Without, reasons.without, heavy=True, fails=(404, 502, 503)),
    Endpoint("POST", "/api/feedback/preview", asked.ToPreview, said.preview, heavy=True, fails=(404, 502, 503)),
    Endpoint("POST", "/api/feedback", asked.ToSay, said.add, status=201, fails=(404, 507)),
    Endpoint("POST", "/api/feedback/undo", asked.ToUndo, said.undo, fails=(404, 507)),
    Endpoint("GET", "/api/feedback", asked.OfUser, said.entries, fails=(404,)),
    Endpoint("GET", "/api/comparison", asked.OfRun, compared.comparison, fails=(404,)),
    Endpoint("GET", "/api/data", asked.Nothing, about.data_health),
)
REASONS = {
    400: "not JSON, or not HTTP",
    401: "no token, or a wrong one",
    403: "another site, or a page that only reads",
    404: "an unknown user, item, recommender, explainer or piece of feedback",
    413: "a body that is too large",
    415: "a body that is not JSON",
    421: "a host that is not this machine",
    422: "a value out of bounds, or something that the model or the data cannot do",
    502: "a plugin broke its promise",
    503: "a model is still learning (then with progress), or too many questions wait",
    507: "the disk is full",
}


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document of the table."""
    schemas: dict[str, Any] = {"Error": _ERROR}
    paths: dict[str, Any] = {}
    for one in ENDPOINTS:
        operation: dict[str, Any] = {"operationId": _name(one), "summary": one.summary, "responses": _responses(one)}
        schema = one.asks.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        if issubclass(one.asks, Query):
            operation["parameters"] = [
                {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": _plain(part)}
                for name, part in schema["properties"].items()
            ]
        else:
            schemas[one.asks.__name__] = schema
            content = {"schema": {"$ref": f"#/components/schemas/{one.asks.__name__}"}}
            operation["requestBody"] = {"required": True, "content": {"application/json": content}}
        paths.setdefault(one.path, {})[one.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "whyrec ui", "version": __version__, "description": "The JSON API of the page."},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "hint"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "hint": {"type": ["string", "null"]},
            },
        },
        "progress": {"type": "number", "minimum": 0, "maximum": 1},
    },
}


def _responses(one: Endpoint) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    posted = (400, 403, 413, 415) if one.method == "POST" else (400, 413)
    good = {"description": "the answer", "content": {"application/json": {"schema": {"type": "object"}}}}
    found: dict[str, Any] = {str(one.status): good}
    for status in sorted({*posted, 401, 421, 422, 503, *one.fails}):
        found[str(status)] = {"description": REASONS[status], "content": error}
    return found


def _name(one: Endpoint) -> str:
    return "_".join([one.method.lower(), *one.path.removeprefix("/api/").split("/")])


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A query's value has no null: it is left out instead."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    plain = {**{k: v for k, v in schema.items() if k not in ("anyOf", "default")}, **(kinds[0] if kinds else {})}
    return plain if schema.get("default") is None else {**plain, "default": schema["default"]}
