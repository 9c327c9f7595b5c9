"""What holds whatever is asked: plugins that fail, models that learn still, too many at once, reading only."""

import threading
import time

import anyio
import pytest

from whyrec import Explainer
from whyrec_cli.web.build import learn
from whyrec_cli.web.errors import WebError
from whyrec_cli.web.line import Line
from whyrec_cli.web.recent import Recent
from whyrec_cli.web.words import WORDS

TOYS = '[data]\nuse = "toy"\n[[recommender]]\nuse = "linear"\n'


class Raises(Explainer):
    """Raises, and not even an error of ours."""

    name = "raises"
    summary = "raises"
    needs = {"history": ()}

    def _explain(self, model, games, rngs):
        raise ZeroDivisionError("<script>no luck today</script>")


class Slow(Raises):
    """Notes how many ask it at once."""

    name = "slow"
    inside, most = 0, 0

    def _explain(self, model, games, rngs):
        Slow.inside += 1
        Slow.most = max(Slow.most, Slow.inside)
        time.sleep(0.02)
        Slow.inside -= 1
        raise ZeroDivisionError


@pytest.fixture
def toys(sites, toy_registry, toy_plugins):
    """Opens a site on the toy plugins, and on explainers that fail."""
    toy_registry.add(toy_plugins.hooks(explainers=[Raises, Slow]), name="more", distribution="more", version="2.0")

    def make(text=TOYS, **how):
        return sites.open_site(text, registry=toy_registry, **how)

    return make


def test_a_plugin_that_fails_spoils_only_its_own_entry(toys):
    page = toys(explainers=["exact", "raises", "rough"])
    told = page.good("reasons", recommender="linear", user="anna", item="i3", explainers=["exact", "raises", "rough"])
    good, bad, other = told["reasons"]
    assert good["base"] + sum(v["value"] for v in good["values"]) == pytest.approx(good["full"])
    assert other["explainer"] == "rough"
    assert bad["explainer"] == "raises"
    assert bad["error"]["code"] == "WR-P001"
    assert bad["error"]["message"] == "ZeroDivisionError: <script>no luck today</script>"


def test_what_an_explainer_cannot_do_is_its_own_entry(toys):
    page = toys(explainers=["exact", "rough"])
    asked = {"recommender": "linear", "user": "anna", "item": "i3", "players": "interests"}
    exact, rough = page.good("reasons", **asked, explainers=["exact", "rough"])["reasons"]
    assert exact["error"]["code"] == "WR-U001"
    assert "not interests" in exact["error"]["message"]
    assert rough["values"]
    wrong = page.good("reasons", **{**asked, "players": "history"}, explainers=["rough"], target="luck")["reasons"][0]
    assert "unknown target 'luck'" in wrong["error"]["message"]


def test_unknown_names(toys):
    page = toys()
    answer = page.post("reasons", recommender="linear", user="anna", item="i3", explainers=["exakt"])
    assert (answer.status_code, answer.json()["error"]["hint"]) == (404, "did you mean 'exact'?")
    answer = page.post("list", recommender="linaer", user="anna")
    assert (answer.status_code, answer.json()["error"]["hint"]) == (404, "did you mean 'linear'?")
    assert page.post("list", recommender="linear", user="anna", by="colour").status_code == 422


def test_a_model_that_cannot_be_fitted_spoils_only_itself(toys):
    page = toys(TOYS + '[[recommender]]\nuse = "broke"\n')
    answer = page.post("list", recommender="broke", user="anna")
    assert answer.status_code == 502
    assert answer.json()["error"]["message"] == "broke could not be fitted: RuntimeError: no luck today"
    linear, broke = page.get("about")["recommenders"]
    assert (linear["ready"], linear["error"]) == (True, None)
    assert (broke["ready"], broke["error"]["code"]) == (False, "WR-P001")
    assert page.good("list", recommender="linear", user="anna")["items"]


def test_while_a_model_learns(toys):
    page = toys(TOYS + '[[recommender]]\nuse = "linear"\nid = "second"\n', fit=False)
    models = page.site.models
    models.seats["linear"].progress = 0.4
    answer = page.post("list", recommender="linear", user="anna")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["error"]["code"] == "WR-W011"
    assert answer.json()["progress"] == 0.4
    assert not page.get("about")["recommenders"][0]["ready"]
    assert page.post("list", recommender="second", user="anna").status_code == 503
    order = []
    for seat in models.seats.values():
        fit = seat.fit
        seat.fit = lambda progress, seat=seat, fit=fit: order.append(seat.id) or fit(progress)
    models.fit_all()
    assert order == ["second", "linear"]  # who was asked for last comes first
    assert page.good("list", recommender="linear", user="anna")["items"]


def test_too_many_at_once_are_told_to_come_again():
    async def work():
        line, going = Line(1, waiting=1), threading.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(line.run, going.wait)
            group.start_soon(line.run, going.wait)
            await anyio.sleep(0.05)
            with pytest.raises(WebError, match="too many questions") as caught:
                await line.run(going.wait)
            going.set()
        assert await line.run(lambda: 7) == 7
        return caught.value

    error = anyio.run(work)
    assert (error.status, error.headers) == (503, {"retry-after": "1"})


def test_a_strangers_explainer_is_asked_by_one_at_a_time(toys):
    page = toys(explainers=["slow"])
    asked = {"recommender": "linear", "user": "anna", "explainers": ["slow"]}
    threads = [threading.Thread(target=page.good, args=("reasons",), kwargs={**asked, "item": i}) for i in ("i3", "i4")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert Slow.most == 1


def test_behind_a_plugin_that_hangs_nobody_waits_for_ever(toys, monkeypatch):
    monkeypatch.setattr("whyrec_cli.web.line.PATIENCE", 0.05)
    page = toys(explainers=["exact", "slow"])
    asked = {"recommender": "linear", "user": "anna", "item": "i3", "explainers": ["slow"]}
    with page.site._lock:
        (slow,) = page.good("reasons", **asked)["reasons"]
        assert slow["error"]["code"] == "WR-W010"
    with page.site.models.seats["linear"].lock:
        answer = page.post("list", recommender="linear", user="anna")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert page.good("list", recommender="linear", user="anna")


def test_recent_answers_are_bounded():
    recent, made = Recent(2), []

    def get(key):
        return recent.get(key, lambda: made.append(key) or key)

    assert [get(key) for key in ("a", "b", "a", "c", "a", "b")] == ["a", "b", "a", "c", "a", "b"]
    assert made == ["a", "b", "c", "b"]
    assert len(recent) == 2


def test_reading_only(sites, tmp_path):
    path = tmp_path / "a.db"
    for how, why in (({"stored": str(path), "read_only": True}, "--read-only"), ({}, "--store none")):
        page = sites.open_site(**how)
        item = page.good("list", recommender="popular", user="u03")["items"][0]["item"]
        said = {"user": "u03", "about": "item", "answer": "less", "subject": item}
        assert page.get("about")["read_only"] is True
        for path_, body in (("feedback", said), ("feedback/undo", {"id": 1})):
            answer = page.post(path_, **body)
            assert answer.status_code == 403
            assert answer.json()["error"] == {
                "code": "WR-W005",
                "message": f"feedback is not taken here: {why}",
                "hint": "start `whyrec ui` without that",
            }
        assert item in page.good("feedback/preview", recommender="popular", **said)["left"]
        assert page.get("feedback", user="u03") == {"entries": []}
        assert page.get("comparison")["run"] is None
        assert not path.exists()


def test_the_language_is_kept_in_a_cookie(sites):
    page = sites.open_site()
    english = page.client.get("/")
    assert english.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="en"' in english.text
    chinese = page.client.get("/", params={"lang": "zh"})
    assert '<html lang="zh"' in chinese.text
    cookie = chinese.headers["set-cookie"]
    assert cookie.startswith("lang=zh;")
    assert "HttpOnly" in cookie
    page.client.cookies.set("lang", "zh", domain="127.0.0.1")
    assert '<html lang="zh"' in page.client.get("/").text
    assert '<html lang="zh"' in page.client.get("/", params={"lang": '"><script>'}).text
    data = page.site.data
    (one,) = page.get("items", q=data.catalog.items[3])["items"]
    assert one["title"] == data.catalog.title(3, "zh") != data.catalog.title(3)
    assert page.good("list", recommender="ease", user="u03", lang="en")["items"] != []


def test_the_shell_holds_no_script_of_its_own(sites):
    page = sites.open_site(language="zh")
    text = page.client.get("/").text
    assert '<html lang="zh"' in text
    assert " style=" not in text
    assert "<style" not in text
    assert "javascript:" not in text
    assert text.count("<script") == text.count("</script>") >= 1
    for line in text.split("<script")[1:]:
        assert 'src="/static/' in line.partition(">")[0]
        assert line.partition(">")[2].startswith("</script>")
    assert set(WORDS["en"]) == set(WORDS["zh"])


def test_only_the_pages_own_files_are_given_out(sites):
    page = sites.open_site()
    for name, kind in (("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        answer = page.client.get(f"/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
    for name in ("page.html", "app.py", "", "nothing.js", "PAGE.CSS", "page.css/"):
        assert page.client.get(f"/static/{name}").status_code in (404, 307)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"recommender": "\\ud800", "user": "u01"}', 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"recommender": "ease"}', 422),
        (b'{"recommender": "ease", "user": "u01", "k": NaN}', 422),
    ],
)
def test_bodies_that_are_none(sites, content, status):
    page = sites.open_site()
    answer = page.client.post("/api/list", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] in ("WR-W001", "WR-W002")
    for kind in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = page.client.post("/api/list", content=content, headers={"content-type": kind})
        assert answer.status_code == 415


def test_the_matrix_of_a_run(sites, tmp_path, run, config, toy_registry):
    """As the command line wrote it into the store."""
    stored = str(tmp_path / "runs.db")
    run("compare", config, "--store", stored, "--isolation", "none")
    page = sites.open_site(TOYS, registry=toy_registry, stored=stored)
    told = page.get("comparison")
    assert told["run"]["id"] == 1
    assert [one["id"] for one in told["runs"]] == [1]
    assert [one["id"] for one in told["recommenders"]] == ["linear"]
    assert told["explainers"] == ["exact", "rough"]
    assert told["metrics"][0] == {"name": "left@5", "better": "lower", "title": "left@5"}
    states = {(c["explainer"], c["players"]): c["state"] for c in told["cells"]}
    assert states == {("exact", "history"): "done", ("exact", "features"): "skipped", ("rough", "history"): "done"}
    (skipped,) = [c for c in told["cells"] if c["state"] == "skipped"]
    assert "ScoresFeatures" in skipped["why"]
    (done,) = [c for c in told["cells"] if c["explainer"] == "exact" and c["state"] == "done"]
    assert done["figures"]["left@5"]["value"] == pytest.approx(0)
    assert set(done["figures"]["left@5"]) == {"value", "low", "high", "floor", "ceiling", "normalised"}
    assert page.get("comparison", run=1) == told
    assert page.client.get("/api/comparison", params={"run": 2}).status_code == 404


def test_points_of_curves_are_no_figures_to_pick():
    from whyrec_cli.web.compared import matrix

    figure = {"mean": 1.0, "low": 1.0, "high": 1.0, "n": 2}
    cell = {"recommender": "r", "explainer": "e", "players": "history", "role": "explainer", "state": "done"}
    cell |= {"reason": None, "seconds": 0.1, "model_calls": 1, "by": None, "removal": "drop", "normalized": {}}
    cell["metrics"] = {"lxr11.del": figure, "lxr11.del.curve@30": figure}
    told = matrix({"recommenders": [], "cells": [cell], "better": {"lxr11.del": "lower"}})
    assert [one["name"] for one in told["metrics"]] == ["lxr11.del"]
    assert list(told["cells"][0]["figures"]) == ["lxr11.del"]


def test_how_the_data_are(toys):
    told = toys().get("data")
    assert (told["name"], told["users"], told["items"], told["events"]) == ("toy", 4, 5, 6)
    assert (told["read"], told["kept"], told["rejected"]) == (8, 6, [{"reason": "no user", "rows": 2}])
    assert told["features"] == [{"column": "genre", "values": 2, "items_with": 5}]
    assert (told["warnings"], told["times"], told["users_without_events"]) == (["a warning"], None, 1)


def test_learning_ends_with_the_explainers_loaded(toys):
    page = toys(explainers=["exact", "raises"], fit=False)
    learn(page.site)
    assert page.site.models.seats["linear"].model is not None
    assert len(page.site.ranked) == 1
    assert len(page.site.told) >= 1
    broken = toys('[data]\nuse = "toy"\n[[recommender]]\nuse = "broke"\n', fit=False)
    learn(broken.site)
    assert broken.get("about")["recommenders"][0]["error"]["code"] == "WR-P001"
