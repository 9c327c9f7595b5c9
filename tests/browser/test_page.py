"""The page of ``whyrec ui``: find somebody, read why, put it to the test, answer, take it back."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def find(page, user):
    """Types a user's id and takes the first one found."""
    page.fill("#user", user)
    page.wait_for_selector("#users [role=option]")
    page.keyboard.press("Enter")
    settled(page)


def settled(page):
    """Waits until nothing is being asked for any more, and reasons stand there."""
    page.wait_for_selector("#reasons .reason-card")
    expect(page.locator("#explore [aria-busy]")).to_have_count(0)


def listed(page):
    """The list as one reads it: rank, title, score."""
    return page.locator("#list .item").evaluate_all("all => all.map(one => one.innerText.split('\\n'))")


def titles(page, where="#list .item .title"):
    return page.locator(where).all_inner_texts()


def test_a_reason_is_read_in_both_languages(ui, tab):
    page = tab(ui)
    assert "token" not in page.url
    find(page, "u05")
    english = page.locator("[data-explainer=weights] .sentence").inner_text()
    first = titles(page)[0]
    assert page.locator("#reasons-title").inner_text() == f"Why “{first}”?"
    named = page.locator("[data-explainer=weights] .reason .name").first.inner_text()
    assert f"“{named}”" in english
    assert page.locator(".reason-card h3").all_inner_texts() == ["weights", "shapley", "lime"]
    values = page.locator("[data-explainer=weights] .reason .num").all_inner_texts()
    assert all(re.match(r"[+−]\d", value) for value in values)

    page.get_by_role("link", name="中文").click()
    settled(page)
    assert page.locator("html").get_attribute("lang") == "zh"
    chinese = page.locator("[data-explainer=weights] .sentence").inner_text()
    named = page.locator("[data-explainer=weights] .reason .name").first.inner_text()
    assert f"《{named}》" in chinese
    assert page.locator("#reasons-title").inner_text() == f"为什么推荐《{titles(page)[0]}》？"
    assert page.input_value("#user") == "u05"  # the language changes, what is looked at stays
    assert page.locator("#tab-explore").inner_text() == "查看"


def test_reasons_switched_off_move_score_and_rank(ui, tab):
    page = tab(ui)
    find(page, "u08")
    before, item = listed(page), page.locator("#list [aria-current=true]").get_attribute("data-item")
    switches = page.locator("[data-explainer=weights] .reason input[role=switch]")
    for n in range(6):
        with page.expect_response("**/api/without") as answer:
            switches.nth(n).uncheck()
        found = answer.value.json()
        expect(page.locator("#rank-now")).to_have_text(str(found["after"]["rank"]))
        if found["after"]["rank"] != 1:
            break
    assert found["before"]["rank"] == 1
    assert found["after"]["rank"] > 1
    assert found["after"]["score"] < found["before"]["score"]
    off = page.locator(f"[data-player='{switches.first.get_attribute('data-player')}'].off")
    assert off.count() == 3  # the same reason is off at every explainer
    shown = page.locator("#list .item").evaluate_all("all => all.map(one => one.dataset.item)")
    assert shown == [one["item"] for one in found["items"]]
    assert shown[0] != item

    page.locator("#reset").click()
    expect(page.locator("#rank-now")).to_have_count(0)
    assert listed(page) == before


def test_what_would_change_it_can_be_tried(ui, tab):
    page = tab(ui)
    find(page, "u10")
    with page.expect_response("**/api/without") as answer:
        page.locator("#try").click()
    page.wait_for_selector("#rank-now")
    assert answer.value.json()["after"]["rank"] > 10
    new = page.locator("#list .item:has(.comes) .title").first.inner_text()
    assert f"“{new}”" in page.locator(".instead p").inner_text()


ANSWERS = {
    "an interest": ("u11", "#profile li:nth-child(1) [data-answer=less]", "Less of "),
    "an item": ("u12", "#reasons-head [data-answer=own]", "is there already"),
    "a reason": ("u13", "[data-explainer=weights] .says [data-answer=not-why]", "is not the reason"),
    "the user": ("u14", "#personal-switch", "Personalization off"),
}


@pytest.mark.parametrize("about", ANSWERS)
def test_an_answer_shows_its_effect_counts_and_is_taken_back(ui, tab, about):
    user, where, text = ANSWERS[about]
    page = tab(ui)
    find(page, user)
    before = listed(page)
    if about == "a reason":
        page.locator("[data-explainer=weights] .dots").first.click()

    page.locator(where).first.click()
    page.wait_for_selector("dialog .two")
    assert text in page.locator("#preview-title").inner_text()
    changed = int(page.locator("dialog [data-n]").get_attribute("data-n"))
    assert changed == page.locator("dialog .leaves").count() == page.locator("dialog .comes").count()
    assert changed > 0
    page.keyboard.press("Escape")
    assert listed(page) == before  # nothing was said yet

    page.locator(where).first.click()
    page.wait_for_selector("dialog .two")
    promised = titles(page, "dialog .two > :last-child li > span")
    with page.expect_response("**/api/list"):
        page.get_by_role("button", name="Do this").click()
    settled(page)
    expect(page.locator("#list .title").first).to_have_text(promised[0])
    assert titles(page) == promised
    assert listed(page) != before

    with page.expect_response("**/api/list"):
        page.locator("#undo").click()
    settled(page)
    expect(page.locator("#list .title").first).to_have_text(before[0][1])
    assert listed(page) == before  # to the last digit that is shown

    page.locator("#tab-feedback").click()
    page.wait_for_selector("#entries li")
    assert text in page.locator("#entries li").first.inner_text()
    assert "taken back" in page.locator("#entries li").first.inner_text()


def test_undo_under_feedback(ui, tab):
    page = tab(ui)
    find(page, "u15")
    before = listed(page)
    page.locator("#reasons-head [data-answer=less]").click()
    page.wait_for_selector("dialog .two")
    page.get_by_role("button", name="Do this").click()
    page.locator("#tab-feedback").click()
    page.locator("#entries").get_by_role("button", name="Take back").first.click()
    page.wait_for_selector("#entries li.undone")
    page.locator("#tab-explore").click()
    settled(page)
    assert listed(page) == before


def test_a_history_that_is_made_up(ui, tab):
    page = tab(ui)
    page.get_by_text("A history I make up").click()
    for text in ("Tent", "Yoga"):
        page.fill("#item", text)
        page.wait_for_selector("#items [role=option]")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        settled(page)
    made = page.locator("#made li > span").all_inner_texts()
    assert len(made) == 2
    assert set(page.locator("[data-explainer=weights] .reason .name").all_inner_texts()) == set(made)
    assert page.locator("[data-answer]").count() == 0  # nobody is there who could answer
    page.get_by_role("link", name="中文").click()
    settled(page)
    chinese = page.locator("#made li > span").all_inner_texts()
    assert set(page.locator("[data-explainer=weights] .reason .name").all_inner_texts()) == set(chinese)
    assert set(chinese).isdisjoint(made)
    page.get_by_role("link", name="English").click()
    settled(page)
    page.get_by_role("button", name=f"Take “{made[0]}” out").click()
    expect(page.locator("[data-explainer=weights] .reason")).to_have_count(1)
    page.locator("#tab-feedback").click()
    assert "Find a user first" in page.locator("#entries").inner_text()


def test_other_explainers_players_and_targets(ui, tab):
    page = tab(ui)
    find(page, "u16")
    page.locator("#how summary").click()
    page.select_option("#players", "interests")
    settled(page)
    assert page.locator("#reasons .dots").count() == 0
    page.get_by_label("lime", exact=False).uncheck()
    expect(page.locator("[data-explainer=lime]")).to_have_count(0)
    with page.expect_request("**/api/reasons") as asked:
        page.select_option("#target", "rank")
    assert asked.value.post_data_json["target"] == "rank"
    assert asked.value.post_data_json["players"] == "interests"
    assert asked.value.post_data_json["explainers"] == ["weights", "shapley"]


def test_all_can_be_done_by_keyboard(ui, tab):
    page = tab(ui)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#tab-explore").focus()
    for key, name in (
        ("ArrowRight", "comparison"),
        ("End", "feedback"),
        ("ArrowRight", "explore"),
        ("ArrowLeft", "feedback"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == f"tab-{name}"
        assert page.locator(f"#{name}").is_visible()
    page.keyboard.press("Home")
    page.locator("#user").focus()
    page.keyboard.type("u0")
    page.wait_for_selector("#users [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    marked = page.locator("#user").get_attribute("aria-activedescendant")
    assert page.locator(f"#{marked}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    settled(page)
    page.locator("#list .item").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reasons-title")).to_be_focused()
    settled(page)
    page.locator("[data-explainer=weights] input[role=switch]").first.focus()
    page.keyboard.press("Space")
    page.wait_for_selector("#rank-now")
    page.locator("#profile button[data-answer]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.answer") == "more"
