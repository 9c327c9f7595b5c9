"""The report, opened from its file: it asks nobody, switches its language without a script, and fits narrow windows."""

import pytest

from whyrec.report.page import write

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("looks", ["light", "dark", "phone", "no scripts"])
def test_from_a_file(shop, tab, pictures, looks):
    scripts = looks != "no scripts"
    page = tab((shop / "report.html").as_uri(), looks if scripts else "light", java_script_enabled=scripts)
    assert page.locator("h1").inner_text() == "哪些解释可信：第 1 次运行"
    page.screenshot(path=pictures / f"report-{looks}-zh.png", full_page=True)
    page.locator("label[for=l-en]").click()
    assert page.locator("h1").inner_text() == "Which explanations can be trusted: run 1"
    page.screenshot(path=pictures / f"report-{looks}-en.png", full_page=True)
    if not scripts:
        return
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    boxes = page.locator("img").evaluate_all("all => all.map(one => one.complete && one.naturalWidth > 0)")
    assert boxes
    assert all(boxes)
    page.locator("#cells th").nth(4).click()
    values = page.locator("#cells td:nth-child(5) [data-v]").evaluate_all(
        "all => all.map(one => Number(one.dataset.v))"
    )
    assert values == sorted(values)
    assert len(values) > 3


def test_a_script_that_was_slipped_in_does_not_run(shop, tab, tmp_path):
    path = tmp_path / "r.html"
    html = (shop / "report.html").read_text(encoding="utf-8")
    assert html.count("<main>") == 1
    write(html.replace("<main>", "<main><script>document.title = 'ran'</script>"), path)
    assert tab(path.as_uri(), quiet=False).title() != "ran"
