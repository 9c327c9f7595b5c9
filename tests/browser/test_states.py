"""What the page shows while it waits, where something is wrong, and where nothing is there."""

import json

import pytest

pytestmark = pytest.mark.browser


def test_still_learning(ui, tab):
    page = tab(ui)
    times = []

    def learning(route):
        answer = route.fetch()
        found = answer.json()
        if len(times) < 3:
            times.append(1)
            found["recommenders"][0] |= {"ready": False, "progress": 0.3 * len(times)}
        route.fulfill(response=answer, json=found)

    page.route("**/api/about?", learning)
    page.reload()
    page.locator("#start button").first.click()
    page.wait_for_selector("#list progress")
    assert "60%" in page.locator("#list").inner_text()
    assert page.locator("#reasons-card").is_hidden()
    page.wait_for_selector("#list .item")
    assert page.locator("#reasons-card").is_visible()
    assert len(times) == 3


def test_a_model_that_the_server_has_not_learnt_after_all(ui, tab):
    page = tab(ui, quiet=False)
    times = []

    def learning(route):
        times.append(1)
        if len(times) > 2:
            return route.continue_()
        body = {"error": {"code": "WR-X", "message": "ease is being fitted", "hint": ""}, "progress": 0.4}
        return route.fulfill(status=503, content_type="application/json", body=json.dumps(body))

    page.route("**/api/list", learning)
    page.locator("#start button").first.click()
    page.wait_for_selector("#list progress")
    assert "40%" in page.locator("#list").inner_text()
    page.wait_for_selector("#list .item")
    assert len(times) == 3


@pytest.mark.parametrize(
    ("status", "text"),
    [(404, "This is not in the data."), (500, "Something went wrong."), (401, "“whyrec ui” printed")],
)
def test_an_error_says_what_to_do(ui, tab, flaws, status, text):
    page = tab(ui, quiet=False)
    body = {"error": {"code": "WR-X", "message": "no user <b>u01</b>", "hint": "did you mean u02?"}}
    page.route(
        "**/api/list",
        lambda route: route.fulfill(status=status, content_type="application/json", body=json.dumps(body)),
    )
    page.locator("#start button").first.click()
    page.wait_for_selector("#list [role=alert]")
    shown = page.locator("#list").inner_text()
    for part in (text, "no user <b>u01</b>", "did you mean u02?", "WR-X"):
        assert part in shown
    assert page.get_by_role("button", name="Try again").count() == (status != 401)
    assert page.locator("#reasons-card").is_hidden()  # no reasons for a list that is not there
    assert flaws(page) == []


def test_the_server_is_gone(ui, tab):
    page = tab(ui, quiet=False)
    page.route("**/api/list", lambda route: route.abort())
    page.locator("#start button").first.click()
    page.wait_for_selector("#list [role=alert]")
    assert "still running?" in page.locator("#list").inner_text()
    page.unroute("**/api/list")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("#list .item")


def test_one_explainer_fails_and_the_others_stand(ui, tab, flaws):
    page = tab(ui)

    def spoil(route):
        answer = route.fetch()
        found = answer.json()
        found["reasons"][1] = {"explainer": "shapley", "error": {"code": "WR-P3", "message": "it broke: " + "x" * 200}}
        found["counterfactual"] = None
        route.fulfill(response=answer, json=found)

    page.route("**/api/reasons", spoil)
    page.locator("#start button").first.click()
    page.wait_for_selector(".reason-card")
    assert "it broke" in page.locator("[data-explainer=shapley]").inner_text()
    assert page.locator("[data-explainer=weights] .reason").count() > 3
    assert page.locator(".instead").count() == 0
    assert flaws(page) == []


def test_signs_are_told_apart_without_their_color(ui, tab):
    page = tab(ui)

    def turn(route):
        answer = route.fetch()
        found = answer.json()
        found["reasons"][0]["values"][11]["value"] = -2 * found["reasons"][0]["values"][0]["value"]
        route.fulfill(response=answer, json=found)

    page.route("**/api/reasons", turn)
    page.locator("#start button").first.click()
    page.wait_for_selector(".reason-card")
    row = page.locator("[data-explainer=weights] .reason").nth(5)  # it is among the six strongest
    assert row.locator(".num").inner_text().startswith("−")
    assert "gradient" in row.locator(".neg").evaluate("one => getComputedStyle(one).backgroundImage")
    zero = row.locator("b").bounding_box()["x"]
    box = row.locator(".neg").bounding_box()
    assert box["x"] + box["width"] <= zero + 2
    assert page.locator("[data-explainer=weights] .pos").first.bounding_box()["x"] >= zero - 2


def test_nothing_is_there(shop, serve, tab, flaws, tmp_path):
    with serve(shop, "shop.toml", "--store", tmp_path / "none.db", "--lang", "en") as url:
        page = tab(url)
        page.locator("#tab-comparison").click()
        page.wait_for_selector("#matrix .empty")
        assert "No comparison has been run yet" in page.locator("#matrix").inner_text()
        page.locator("#tab-feedback").click()
        assert "Find a user first" in page.locator("#entries").inner_text()
        page.locator("#tab-explore").click()
        page.fill("#user", "nobody at all")
        page.wait_for_selector("#users .note")
        assert page.locator("#users").inner_text() == "Nothing found"
        assert flaws(page) == []


def test_read_only(shop, serve, tab, flaws):
    with serve(shop, "shop.toml", "--store", "whyrec.db", "--read-only", "--lang", "en") as url:
        page = tab(url)
        assert page.locator(".notice").inner_text().startswith("Read-only")
        page.locator("#start button").first.click()
        page.wait_for_selector(".reason-card")
        assert page.locator("[data-answer], .dots").count() == 0
        assert page.locator("#personal").is_hidden()
        page.locator("[data-explainer=weights] input[role=switch]").first.uncheck()
        page.wait_for_selector("#rank-now")  # reasons can be tested all the same
        assert flaws(page) == []


def test_without_scripts(ui, tab):
    page = tab(ui, java_script_enabled=False)
    assert "“whyrec report”" in page.locator("noscript").inner_text()
