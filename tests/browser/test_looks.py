"""How the page looks: wide, narrow, dark, in Chinese; a picture of each, and no flaw in any."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("looks", ["light", "dark", "phone", "zh", "phone-zh"])
def test_every_part(ui, tab, flaws, pictures, looks):
    page = tab(ui, looks)
    if looks.endswith("zh"):
        page.get_by_role("link", name="中文").click()
    seen = []

    def look(name, full=True):
        expect(page.locator("[aria-busy]")).to_have_count(0)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=pictures / f"{looks}-{name}.png", full_page=full, animations="disabled")
        seen.extend(f"{name}: {flaw}" for flaw in flaws(page))

    page.wait_for_selector("#start button")
    look("1-start")
    page.fill("#user", "u10")
    page.wait_for_selector("#users [role=option]")
    look("2-find")
    page.keyboard.press("Enter")
    page.wait_for_selector(".reason-card")
    look("3-reasons")
    page.locator("#how summary").click()
    page.locator("#past summary").click()
    page.locator(".dots").first.click()
    page.locator("[data-explainer=weights] input[role=switch]").first.uncheck()
    page.wait_for_selector("#rank-now")
    look("4-proof")
    page.locator("#profile [data-answer=less]").first.click()
    page.wait_for_selector("dialog .two")
    look("5-effect", full=False)
    page.locator("dialog .main").click()
    page.wait_for_selector("#undo")
    look("6-said", full=False)
    page.locator("#tab-feedback").click()
    page.wait_for_selector("#entries li button")
    look("7-feedback")
    page.locator("#entries li button").first.click()
    page.wait_for_selector("#entries li.undone")
    page.locator("#toast .quiet").click()
    page.locator("#tab-comparison").click()
    page.wait_for_selector(".matrix td")
    look("8-comparison")
    page.locator("#tab-data").click()
    page.wait_for_selector("#health .tile")
    look("9-data")
    page.locator("#tab-explore").click()
    page.locator("[name=kind][value=history]").check(force=True)
    page.wait_for_selector("#by-items")
    look("a-made-up")
    assert seen == []


def test_flaws_are_found(ui, tab, flaws):
    page = tab(ui)
    assert flaws(page) == []
    page.evaluate("""() => {
        const start = document.getElementById("start");
        start.firstChild.style.whiteSpace = "nowrap";
        start.firstChild.textContent = "long ".repeat(200);
        start.children[1].style.color = "rgb(200, 200, 200)";
        const mute = start.appendChild(document.createElement("button"));
        mute.id = "start";
    }""")
    found = " ".join(flaws(page))
    for part in ("the page is", "holds", "has a contrast of 1.", "has no name", "two elements are #start"):
        assert part in found


def test_less_motion(ui, tab):
    page = tab(ui, reduced_motion="reduce")
    assert page.locator("#start button").first.evaluate("one => getComputedStyle(one).transitionDuration") == "0s"
