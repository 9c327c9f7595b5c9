"""The API against its own OpenAPI document: whatever is sent, no 5xx, answers as documented, memory flat."""

import gc
import json
import tracemalloc
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from whyrec_cli.web import api
from whyrec_cli.web.recent import Recent

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 20
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "web.md"
WANTED = ("user", "subject")
GROWTH = 2 * 2**20


@pytest.fixture(scope="module")
def page(sites, tmp_path_factory):
    return sites.open_site(stored=str(tmp_path_factory.mktemp("store") / "a.db"))


@pytest.fixture(scope="module")
def document(page):
    return page.client.get("/api/openapi.json").json()


def test_the_document_names_every_endpoint(document):
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == {(one.method, one.path) for one in api.ENDPOINTS}
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith(".")


def test_the_document_has_the_bounds_that_validate(document):
    schemas = document["components"]["schemas"]
    assert schemas["ForList"]["properties"]["k"] == {
        "default": 10, "maximum": 100, "minimum": 1, "title": "K", "type": "integer",
    }  # fmt: skip
    assert schemas["ForList"]["additionalProperties"] is False
    limit = next(p for p in document["paths"]["/api/users"]["get"]["parameters"] if p["name"] == "limit")
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"], limit["required"]) == (1, 100, False)


def test_every_endpoint_and_status_is_documented():
    text = PAGE.read_text(encoding="utf-8")
    for one in api.ENDPOINTS:
        assert f"\n| `{one.method} {one.path}` |" in text
        for name in one.asks.model_fields:
            assert f"`{name}`" in text or f'"{name}"' in text, name
    for status in (*api.REASONS, 405, 500):
        assert f"\n| {status} |" in text


def names(page):
    """Values that mean something here, so that what is made up gets past the first door."""
    data = page.site.data
    return {
        "recommender": list(page.site.models.seats),
        "user": list(data.users.ids[:9]),
        "item": list(data.catalog.items.ids[:9]),
        "subject": [data.catalog.items[0], *data.catalog.features.values[:3]],
        "explainers": [["weights"], ["shapley", "weights"]],
        "about": ["item", "interest", "user", "reason"],
        "answer": ["less", "more", "own", "off", "on", "hide"],
        "id": [1, 2, 3],
        "by": [None, "category"],
        "target": ["score", "rank"],
    }


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("one", api.ENDPOINTS, ids=lambda one: f"{one.method} {one.path}")
def test_whatever_is_sent(one, mode, page, document):
    operation = schemathesis.openapi.from_dict(document)[one.path][one.method]
    known, answered = names(page), []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=strategies.data())
    def ask(case, data):
        if mode is GenerationMode.POSITIVE:
            for part in (part for part in (case.body, case.query) if isinstance(part, dict)):
                for key in sorted(known.keys() & one.asks.model_fields.keys() & {*part, *WANTED}):
                    part[key] = data.draw(strategies.sampled_from(known[key]))
            if isinstance(case.body, dict) and case.body.get("history") is not None and "user" in case.body:
                del case.body["history"]
        answered.append(send(case))

    def send(case):
        content = None
        if one.method == "POST" and case.body is not schemathesis.core.NOT_SET:
            content = case.body if isinstance(case.body, bytes) else json.dumps(case.body)
        kind = {"content-type": "application/json"}
        answer = page.client.request(one.method, one.path, params=case.query or None, content=content, headers=kind)
        case.validate_response(answer, checks=CHECKS)
        return answer.status_code

    ask()
    assert len(answered) >= EXAMPLES // 2 or not one.asks.model_fields
    if mode is GenerationMode.POSITIVE:
        assert min(answered) < 400, answered  # some got past all doors


@pytest.mark.slow
def test_memory_stays_flat(page):
    """Ever new questions: what is kept of them is bounded, and nothing else stays."""
    data = page.site.data
    items = data.catalog.items.ids
    page.site.told, page.site.ranked = Recent(20), Recent(20)

    def ask(rounds):
        for i in rounds:
            met = [{"item": items[(i * 7 + j) % len(items)]} for j in range(1 + i % 11)]
            body = {"recommender": "ease", "history": met, "explainers": ["weights", "shapley"]}
            assert page.post("reasons", **body, item=items[i % len(items)]).status_code == 200
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    before = ask(range(60))
    after = ask(range(60, 300))
    tracemalloc.stop()
    assert after - before < GROWTH
    assert len(page.site.told) == len(page.site.ranked) == 20
