"""Picture: both renderings without a browser or a request; files whole or not at all; plain words where it fails."""

import json
import re
import sys
from html import unescape

import pytest

from whyrec import DataError, MissingPackageError
from whyrec.charts.picture import altair, check_target, drawn, shortened

HOSTILE = ("<script>alert(1)</script>", '"><svg onload=alert(1)>', "学习手册 📚", "a & b", "]]>", "x' onload='y")


@pytest.fixture(scope="module")
def picture():
    alt = altair()
    rows = [{"name": name, "value": i} for i, name in enumerate(HOSTILE)]
    chart = alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="value:Q", y="name:N").properties(title="题目 <b>")
    return drawn(chart, 'what it "shows" <script>')


@pytest.fixture(scope="module")
def svg(picture):
    return picture.svg()


def test_the_data_stand_inside(picture):
    text = json.dumps(picture.spec)
    assert '"url"' not in text
    assert [row["name"] for row in picture.spec["data"]["values"]] == list(HOSTILE)
    urls = set(re.findall(r"https?://[^\"]+", text))
    assert urls == {"https://vega.github.io/schema/vega-lite/v5.json"}  # a name, which nothing fetches


def test_titles_are_text_and_never_markup(svg):
    assert "<script" not in svg
    assert "onload" not in re.sub(">[^<]*<", "><", svg).replace("&quot;", "") or "aria-label" in svg
    texts = [unescape(t) for t in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
    for name in (*HOSTILE, "题目 <b>"):
        assert name in texts
    from xml.etree import ElementTree

    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert tags <= {"svg", "g", "path", "text", "rect", "defs", "clipPath", "tspan", "line", "style"}


def test_nothing_is_fetched_by_the_svg(svg):
    without_names = re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)
    assert not re.search(r"""(href|src)=|url\(\s*['"]?(?!#)|@import|https?://""", without_names)


def test_png(picture):
    content = picture.png(scale=1.0)
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(picture.png(scale=2.0)) > len(content)


@pytest.mark.parametrize(("name", "head"), [("a.svg", b"<svg"), ("a.PNG", b"\x89PNG"), ("a.json", b"{")])
def test_saved_by_suffix(picture, tmp_path, name, head):
    path = picture.save(tmp_path / name)
    assert path.read_bytes().startswith(head)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_another_suffix_or_place_is_refused(picture, tmp_path):
    with pytest.raises(
        DataError, match=r"a\.gif: a picture cannot be written as '\.gif'\n  end the name in .svg, .png or .json"
    ):
        picture.save(tmp_path / "a.gif")
    with pytest.raises(DataError, match=r"cannot be written as a file without a suffix"):
        check_target(tmp_path / "a")
    with pytest.raises(DataError, match=r"cannot be written: No such file or directory"):
        picture.save(tmp_path / "no" / "a.svg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("module", "package"), [("altair", "altair"), ("vl_convert", "vl-convert-python")])
def test_without_the_extra(monkeypatch, tmp_path, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    said = rf"pictures need the package '{package}', which is not installed\n  pip install \"whyrec\[report\]\""
    with pytest.raises(MissingPackageError, match=said):
        check_target(tmp_path / "a.svg")


def test_in_a_notebook_it_has_words(picture):
    html = picture._repr_html_()
    assert html.startswith('<div role="img" aria-label="what it &quot;shows&quot; &lt;script&gt;"><svg')


def test_long_labels_are_shortened():
    assert shortened("x" * 42) == "x" * 42
    assert shortened("x" * 43) == "x" * 41 + "…"
