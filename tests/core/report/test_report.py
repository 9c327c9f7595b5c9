"""The report: one file that asks nobody, forbids all but itself, says what is, and reads with scripts off."""

import base64
import csv
import hashlib
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from whyrec import DataError, Registry, Words, compare, load_config
from whyrec.report.examples import SHARES, agreement, chosen
from whyrec.report.gathered import gather
from whyrec.report.page import page, write
from whyrec.report.sections import _path
from whyrec.store.errors import StoreError
from whyrec.store.store import Store

CONFIG = """
[data]
use = "storefront"
users = 60
items = 80

[split]
by = "random"
share = 0.2

[[recommender]]
use = "ease"

[[recommender]]
use = "popular"

[[explainer]]
use = "weights"
players = ["history", "features"]

[[explainer]]
use = "lime"
samples = 60

[[metric]]
use = "ndcg"

[[metric]]
use = "lxr11"

[run]
users = 12
k = 2
bootstrap = 50
"""
VOID = {"meta", "input", "img", "br", "link", "rect"}


@pytest.fixture(scope="module")
def registry():
    return Registry.discover()


@pytest.fixture(scope="module")
def store(tmp_path_factory, registry):
    config = load_config(text=CONFIG, registry=registry)
    with Store(tmp_path_factory.mktemp("report") / "r.db") as made:
        compare(config, registry, store=made, isolation="none")
        yield made


@pytest.fixture(scope="module")
def found(store):
    return gather(store)


@pytest.fixture(scope="module")
def html(found, registry):
    return page(found, [Words.find(registry, tag) for tag in ("en", "zh")], first="zh")


class Balanced(HTMLParser):
    """Every element that is opened is closed, in order; what it saw."""

    def __init__(self, content):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids = [], set(), [], []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()


def test_the_page_is_whole_and_asks_nobody(html):
    seen = Balanced(html)
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.tags.isdisjoint({"iframe", "object", "embed", "link", "base", "form", "a "})
    for tag, name, value in seen.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name != "style", tag
        if name in ("src", "href"):
            assert value.startswith("data:"), value
    assert len(html.encode()) < 1_000_000


def test_the_policy_allows_its_own_style_and_script_and_nothing_else(html):
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    (style,), scripts = (
        re.findall(r"<style>(.*?)</style>", html, re.S),
        re.findall(r"<script>(.*?)</script>", html, re.S),
    )
    assert len(scripts) == 1
    for name, content in (("style", style), ("script", scripts[0])):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_every_cell_is_there_with_what_became_of_it(found, html):
    for cell in found.comparison.cells:
        assert cell.state in ("done", "skipped")
    reasons = [c.reason for c in found.comparison.cells if c.state == "skipped"]
    assert reasons
    for reason in reasons:
        assert reason in html
    best = min(c.metrics["lxr11.del"].mean for c in found.comparison.cells if c.recommender == "ease" and c.metrics)
    assert f"lxr11.del {best:.4g} (lower is better)" in html
    assert f"lxr11.del {best:.4g}（越低越好）" in html


def test_both_languages_stand_side_by_side(html):
    assert html.count('data-l="en"') == html.count('data-l="zh"') > 50
    for text in ("How true the explanations are", "解释的真实程度", "is recommended", "为您推荐"):
        assert text in html
    assert '<html lang="zh">' in html
    assert re.search(r'id="l-zh" checked', html)
    assert "report." not in re.sub(r"<(script|style)[^>]*>.*?</\1>", "", html, flags=re.S)  # no key without words


def test_the_data_inside_are_the_result(found, html):
    (block,) = re.findall(r'<script type="application/json" id="result">(.*?)</script>', html, re.S)
    assert "<" not in block
    for told, cell in zip(json.loads(block)["cells"], found.result["cells"], strict=True):
        kept = {name: f for name, f in cell["metrics"].items() if ".curve@" not in name}
        assert told["metrics"].keys() == kept.keys()
        for name, figure in kept.items():
            assert told["metrics"][name]["mean"] == (
                None if figure["mean"] is None else pytest.approx(figure["mean"], rel=1e-5)
            )
        assert told["state"] == cell["state"]
    (saved,) = re.findall(r'href="data:text/csv;base64,([^"]*)"', html)
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(saved).decode())))
    done = [c for c in found.comparison.cells if c.metrics]
    assert {(r["recommender"], r["explainer"], r["players"]) for r in rows} >= {
        (c.recommender, c.explainer, c.players) for c in done
    }


def test_examples_follow_the_rule(found):
    told = chosen(found)
    by = {why: [e for e in told if e.why == why] for why in SHARES}
    assert [len(by[why]) for why in ("best", "worst")] == [7, 7] or len(told) <= 20
    best, worst = ([e.value for e in by[why]] for why in ("best", "worst"))
    assert best == sorted(best)  # lxr11.del: lower is better
    assert worst == sorted(worst, reverse=True)
    assert max(best) <= max(worst)
    for one in by["best"] + by["worst"]:
        assert found.by_user[one.key][one.told.user_id] == one.value
    for why in ("best", "worst", "disputed"):
        users = [e.told.user_id for e in by[why]]
        assert len(users) == len(set(users))
    for one in by["disputed"]:
        strongest = [{e.player_ids[p] for p in np.argsort(-e.values, kind="stable")[:5]} for e in (one.told, one.other)]
        assert one.value == len(strongest[0] & strongest[1]) / 5


def test_agreement_is_a_symmetric_table(found):
    names, table = agreement(found, "ease")
    assert names == ["weights", "lime", "random"]
    np.testing.assert_allclose(table, table.T)
    np.testing.assert_allclose(np.diag(table), 1.0)
    assert table[0, 1] > table[0, 2]  # lime comes nearer to the weights than a random order does


def test_written_whole_or_not_at_all(tmp_path):
    assert write("学习", tmp_path / "r.html") == 6
    assert [p.name for p in tmp_path.iterdir()] == ["r.html"]
    with pytest.raises(DataError, match=r"no/r\.html: the folder is not there\n  choose another place"):
        write("x", tmp_path / "no" / "r.html")
    with pytest.raises(DataError, match=r": is a folder\n  name a file: -o report.html"):
        write("x", tmp_path)


def test_a_run_that_is_not_there_or_not_at_its_end(tmp_path):
    with Store(tmp_path / "s.db") as empty:
        with pytest.raises(StoreError, match="holds no run yet"):
            gather(empty)
        number = empty.runs.begin(source="x", seed=1, config={}, versions={}, data={}, plan=[])
        with pytest.raises(StoreError, match=f"run {number} did not come to its end\n  give its command again"):
            gather(empty)


def test_pictures_in_the_page_are_lean_and_look_the_same():
    from whyrec.report.html import _lean

    path = '<path aria-label="a: 1" opacity="1" d="M0.99912,1h.5"/>'
    svg = f'<svg width="9">{path}<text font-family="A" opacity="0.5">1.2345</text></svg>'
    assert _lean(svg) == '<svg font-family="A" width="9"><path d="M0.99,1h.5"/><text opacity="0.5">1.2345</text></svg>'


def test_the_curves_of_removal_are_drawn_beside_a_random_order(found, html):
    """The figures are the means of their curves, which the tables leave out and the pictures show."""
    cell, floor = found.comparison.cell("ease", "weights"), found.comparison.cell("ease", "random")
    points = _path(cell, "lxr11.del")
    assert np.mean(points) == pytest.approx(cell.metrics["lxr11.del"].mean, rel=1e-9)
    assert points.tolist() == sorted(points, reverse=True)  # weights take the largest part first, on a linear model
    low, high = _path(floor, "lxr11.del", ends=True)
    assert low.tolist() == [floor.metrics[f"lxr11.del.curve@{10 * t}"].low for t in range(11)]
    assert (low < high).sum() > 5
    assert "<section id=removal>" in html
    assert 'alt="lxr11.del, ease: weights, lime"' in html  # the floor is a band; a ceiling is not there
    assert ">lxr11.del.curve@" not in html.split("<script")[0]
