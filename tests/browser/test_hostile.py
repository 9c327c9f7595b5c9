"""Hostile titles and ids on the page: everywhere they are text, and nothing that they hold is obeyed."""

import csv
import io

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TITLES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{7*7}} {% raw %}",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(A1)",
    "[red]x[/] \x1b[31mred\x1b[0m",
    "[link](http://evil.example) ![i](http://evil.example/x.png)",
    "abc\u202efed\u2066x\u2069 y",
    "</script><!--",
]
CONFIG = """\
[data]
use = "events"
path = "events.csv"
items = "items.csv"

[[recommender]]
use = "item-knn"

[[explainer]]
use = "weights"
"""


def table(*rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, serve, chromium):
    """The page on a shop whose users, items, titles and categories are hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    events = [(user, item) for n, user in enumerate(TITLES) for item in (*TITLES[:n], *TITLES[n + 1 :])]
    events += [("all", item) for item in TITLES]
    (folder / "c.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "events.csv").write_bytes(table(("user_id", "item_id"), *events).encode())
    items = [(title, title, TITLES[n - 1]) for n, title in enumerate(TITLES)]
    (folder / "items.csv").write_bytes(table(("item_id", "title", "category"), *items).encode())
    with serve(folder, "c.toml", "--store", "h.db", "--lang", "en") as url:
        yield url


@pytest.mark.parametrize("title", TITLES)
def test_a_hostile_title_is_text(hostile, tab, title):
    page = tab(hostile)
    page.fill("#user", title)
    page.locator("#users [role=option] span").filter(has_text=title[:8]).first.wait_for()
    texts = page.locator("#users [role=option] > span").evaluate_all("all => all.map(one => one.textContent)")
    page.locator("#users [role=option]").nth(texts.index(title)).click()
    page.wait_for_selector("#reasons .reason-card")

    # the one item that this user has not met carries the same name
    assert page.locator("#list .title").first.text_content() == title
    assert page.locator("#reasons-title").text_content() == f"Why “{title}”?"
    names = page.locator(".reason .name").evaluate_all("all => all.map(one => one.textContent)")
    assert set(names) == set(TITLES) - {title}
    page.locator("[role=switch][data-player]").first.uncheck()
    page.wait_for_selector("#rank-now")
    page.locator("#reasons-head [data-answer=useful]").click()
    page.wait_for_selector("dialog .two")
    assert page.locator("#preview-title").text_content() == f"“{title}” is useful"
    page.locator("dialog .main").click()
    assert title in page.locator("#toast span").text_content()
    page.locator("#tab-feedback").click()
    expect(page.locator("#entries li p").first).to_have_text(f"“{title}” is useful", use_inner_text=False)
    page.locator("#entries li button").first.click()
    page.wait_for_selector("#entries li.undone")

    page.reload()  # the ids stand in the address now
    page.locator("#tab-explore").click()
    page.wait_for_selector("#reasons .reason-card")
    assert page.locator("#reasons-title").text_content() == f"Why “{title}”?"
    assert page.locator("main script, main img, main iframe, svg").count() == 0
    assert page.title() == "whyrec · Why was this recommended?"
