"""Ten hostile titles, also as ids, in every output: shown as they stand or made harmless, never obeyed.

The last line of pytest's summary counts them: ``outputs n/n``. A new output is one line in ``OUTPUTS``: its name, what
makes it (from ``made``), and its check, which gets one variant of a title and everything that was written.
"""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import polars as pl
import pytest
from click.testing import CliRunner

from whyrec import Registry, Words
from whyrec.config.load import load_config
from whyrec.report.gathered import gather
from whyrec.report.page import page
from whyrec.store.store import Store
from whyrec_cli.main import main
from whyrec_plugins.languages.english import English

TITLES = {
    "script": ["<script>alert(1)</script>"],
    "img onerror": ["<img src=x onerror=alert(1)>"],
    "svg onload": ['"><svg onload=alert(1)>'],
    "template": ["{{7*7}} {% raw %}"],
    "hyperlink": ['=HYPERLINK("http://evil.example","x")'],
    "formula": ["@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1+1", "\r=1+1", "\n=1+1"],
    "markup and escapes": ["[red]x[/] \x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x9b31m\x07"],
    "markdown": ["[link](http://evil.example) ![i](http://evil.example/x.png) a|b `c` www.evil.example"],
    "right to left": ["abc\u202efed\u2066x\u2069 \u2028y"],
    "end of script": ["</script><!--"],
}
EVERY = [variant for variants in TITLES.values() for variant in variants]
CONFIG = """\
[data]
use = "events"
path = "events.csv"
items = "items.csv"

[split]
by = "none"

[[recommender]]
use = "item-knn"

[[explainer]]
use = "weights"

[[metric]]
use = "completeness"

[run]
users = 3
k = 3
bootstrap = 0
"""


def table(columns, rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()


class Made:
    """What the commands write about a shop whose ids and titles are hostile, each made once."""

    def __init__(self, whyrec, folder, sites):
        rows = [(user, item) for user in ("\x1b[31mone", "two") for item in [*EVERY, "harmless"]]
        rows += [("new", "harmless"), ("all", "other"), *(("all", item) for item in EVERY), ("two", "other")]
        items = [(item, item) for item in [*EVERY, "harmless", "other"]]
        folder.write(
            {"c.toml": CONFIG, "events.csv": table(("user_id", "item_id"), rows),
             "items.csv": table(("item_id", "title"), items)}
        )  # fmt: skip
        self.whyrec, self.path, self.sites, self.done = whyrec, folder.path, sites, {}

    def run(self, *args):
        answer = self.whyrec(*args)
        assert answer.exit_code == 0, answer.stderr
        return answer.stdout

    def printed(self, form):
        """Recommendations, and a reason by reason explanation: titles as rows, columns and captions."""
        if form not in self.done:
            shape = ("c.toml", "--format", form)
            asked = ("explain", *shape, "--user", "all", "--top", "1000", *(f"--item={EVERY[i]}" for i in (0, 6, 7)))
            self.done[form] = [
                self.run("recommend", *shape, "--user", "new", "-k", "1000"),
                self.run(*asked, "--item", "harmless"),
            ]
        return self.done[form]

    def drawn(self):
        """A picture whose bars and heading are titles."""
        path = self.path / "all.svg"
        if not path.exists():
            asked = ("explain", "c.toml", "--user", "all", "--top", "1000", "--plot", str(path))
            self.run(*asked, *(f"--item={title}" for title in EVERY))
        return path.read_text(encoding="utf-8")

    def reported(self):
        """Pages of a run whose examples are about the titles, and by them; a few at a time, so that all are shown."""
        if "report" not in self.done:
            self.exported("jsonl")  # makes the run
            registry = Registry.discover()
            words = [Words.find(registry, tag) for tag in ("en", "zh")]
            with Store(self.path / "whyrec.db") as store:
                found = gather(store)
            key, (one, *_) = next(iter(found.told.items()))
            pages = []
            for start in range(0, len(EVERY), 5):
                titles = EVERY[start : start + 5]
                told = [replace(one, user_id=t, item_id=t, title=t, players=(t,) * len(one.players)) for t in titles]
                by_user = {key: {t: float(i) for i, t in enumerate(titles)}}
                pages.append(page(replace(found, figure=None, told={key: told}, by_user=by_user), words))
            self.run("report", "-o", str(self.path / "all.html"), "--store", str(self.path / "whyrec.db"))
            self.done["report"] = [*pages, (self.path / "all.html").read_text(encoding="utf-8")]
        return self.done["report"]

    def answered(self):
        """What the page's server says of the titles: in lists, as reasons, in searches and after feedback."""
        if "api" not in self.done:
            page = self.opened(stored=str(self.path / "said.db"))
            asked = {"recommender": "item-knn", "user": "all"}
            answers = [page.post("list", recommender="item-knn", user="new", k=100), page.post("list", **asked)]
            answers.append(page.client.get("/api/items", params={"limit": 100}))
            for title in EVERY:
                page.good("feedback", user="new", about="item", answer="useful", subject=title)
            answers.append(page.client.get("/api/feedback", params={"user": "new"}))
            reasons = [page.post("reasons", **asked, item=title, explainers=["weights"]) for title in EVERY]
            self.done["api"] = [*answers, reasons]
        return self.done["api"]

    def shells(self):
        """The page around them, with a language that calls itself by the title."""
        if "page" not in self.done:
            page = self.opened()
            for title in EVERY:
                page.site.words = {"en": Words(type("Named", (English,), {"summary": title})())}
                self.done.setdefault("page", {})[title] = page.client.get("/")
        return self.done["page"]

    def opened(self, **how):
        registry = Registry.discover()
        return self.sites.open_site(
            registry=registry, config=load_config(self.path / "c.toml", registry=registry), **how
        )

    def exported(self, form):
        """A file of explanations from the store."""
        path = self.path / f"all.{form}"
        if not path.exists():
            store = ("--store", str(self.path / "whyrec.db"))
            if not (self.path / "whyrec.db").exists():
                self.run("compare", "c.toml", "--isolation", "none", *store)
            self.run("runs", "show", "--export", str(path), *store)
        return path


@pytest.fixture(scope="module")
def made(tmp_path_factory, registry, sites):
    path = tmp_path_factory.mktemp("outputs")

    def write(files):
        for name, content in files.items():
            (path / name).write_bytes(content.encode())

    def whyrec(*args):
        said = [str(path / a) if a == "c.toml" else str(a) for a in args]
        return CliRunner().invoke(main, said, obj=registry)

    return Made(whyrec, SimpleNamespace(path=path, write=write), sites)


def one_line(title):
    """The title without escapes, controls and marks of direction: what people may see of it."""
    title = re.sub("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\x07]*\x07", "", title)
    title = re.sub("[\t\r\n\u2028]+", " ", title)
    return "".join(c for c in title if c.isprintable() and c not in "\u202e\u2066\u2069")


# -- the checks: of one title in everything that one output wrote --------------------------------------------


def check_terminal(title, texts):
    for text in texts:
        assert all(c == "\n" or c.isprintable() for c in text)
        assert one_line(title).strip() in text


def check_csv(title, texts):
    for text in texts:
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert {len(row) for row in rows} == {len(rows[0])}
        cells = [cell for row in rows for cell in row]
        assert not any(
            cell[:1] in set("=+-@\t\r\n") and not re.fullmatch(r"[-+]?[\d.]+(e[-+]\d+)?", cell) for cell in cells
        )
        assert title in [cell.removeprefix("'") for cell in cells]


def check_markdown(title, texts):
    for text in texts:
        assert all(c == "\n" or c.isprintable() for c in text)
        assert "<" not in text
        assert "://" not in text
        assert "www." not in text
        for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.M):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
        shown = re.sub(r"\\([\\`*_{}\[\]()#!|~])", r"\1", text)
        for written, meant in (("&#58;", ":"), ("&#46;", "."), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            shown = shown.replace(written, meant)
        assert one_line(title).strip() in shown
        for sign in "`[]{}!*_":
            assert len(re.findall(rf"(?<!\\){re.escape(sign)}", text)) == 0


def check_json(title, texts):
    for text in texts:
        assert all(c == "\n" or c.isprintable() for c in text)
        assert title in set(strings(json.loads(text)))


def check_lines(title, path):
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    assert title in {text for line in lines for text in strings(json.loads(line))}


def check_parquet(title, path):
    frame = pl.read_parquet(path)
    assert title in {text for name in frame.columns if frame[name].dtype == pl.String for text in frame[name]}


def check_svg(title, text):
    elements = list(ElementTree.fromstring(text).iter())
    tags = {element.tag.rpartition("}")[2] for element in elements}
    assert tags <= {"svg", "g", "path", "text", "rect", "defs", "clipPath", "line", "style"}
    for element in elements:
        assert not any(re.match(r"on|.*href$|src$", name.rpartition("}")[2]) for name in element.attrib)
    shown = {(element.text or "").removesuffix("…").strip() for element in elements}
    whole = one_line(title).strip()
    assert any(whole == text or (len(text) >= 40 and whole.startswith(text)) for text in shown)


class Seen(HTMLParser):
    """What a page shows, and what it might do."""

    def __init__(self, page):
        super().__init__()
        self.shown, self.tags, self.inside = [], set(), ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.inside = tag
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("src", "href") or value.startswith("data:")

    def handle_data(self, data):
        if self.inside not in ("style", "script"):
            self.shown.append(data)


def check_report(title, pages):
    shown = []
    for text in pages:
        assert text.count("<script") == text.count("</script>") == 2  # its own, and the data
        assert not set("\x1b\x07\u202e\u2066\u2069\u2028") & set(text)
        seen = Seen(text)
        assert seen.tags.isdisjoint({"iframe", "object", "embed", "link", "base", "form"})
        shown += seen.shown
    assert sum(one_line(title).strip() in one for one in shown) >= 3  # as a heading, in a sentence, beside a bar


def check_api(title, answers):
    *whole, reasons = answers
    (own,) = [answer for answer in reasons if answer.json()["item"] == title]
    for answer in (*whole, own):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert title in set(strings(answer.json()))
    assert title in own.json()["reasons"][0]["text"]


def check_page(title, shells):
    answer = shells[title]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "unsafe" not in answer.headers["content-security-policy"]
    plain = shells["@SUM(A1)"].text
    seen, usual = Shell(answer.text), Shell(plain)
    assert seen.elements == usual.elements  # nothing more, and no other attributes
    told = "".join(seen.shown)
    assert title.replace("\r", "\n") in told.replace("\r", "\n")


class Shell(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.shown = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, attrs))

    def handle_data(self, data):
        self.shown.append(data)


def strings(value):
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


OUTPUTS = {
    "terminal": (lambda made: made.printed("table"), check_terminal),
    "csv": (lambda made: made.printed("csv"), check_csv),
    "markdown": (lambda made: made.printed("md"), check_markdown),
    "json": (lambda made: made.printed("json"), check_json),
    "svg": (lambda made: made.drawn(), check_svg),
    "report": (lambda made: made.reported(), check_report),
    "jsonl": (lambda made: made.exported("jsonl"), check_lines),
    "parquet": (lambda made: made.exported("parquet"), check_parquet),
    "api": (lambda made: made.answered(), check_api),
    "page": (lambda made: made.shells(), check_page),
}


@pytest.mark.parametrize("name", list(TITLES))
@pytest.mark.parametrize("output", list(OUTPUTS))
def test_a_hostile_title(output, name, made):
    make, check = OUTPUTS[output]
    written = make(made)
    for variant in TITLES[name]:
        check(variant, written)


# -- further places where titles and ids go -------------------------------------------------------------------


@pytest.mark.parametrize("name", list(TITLES))
def test_an_error_about_a_hostile_id(name, made):
    for variant in TITLES[name]:
        for command in (
            ("recommend", "c.toml", f"--user=x{variant}"),
            ("explain", "c.toml", "--user=new", f"--item=x{variant}"),
        ):
            answer = made.whyrec(*command)
            assert answer.exit_code == 2
            assert all(c == "\n" or c.isprintable() for c in answer.stderr)
            assert answer.stderr.startswith("error: unknown ")


@pytest.mark.parametrize("name", list(TITLES))
def test_rejected_rows_are_no_formulas(name, whyrec, folder):
    rows = [(variant, "", variant) for variant in TITLES[name]] + [(f"u{i}", f"i{i % 3}", "") for i in range(200)]
    config = '[data]\nuse = "events"\npath = "e.csv"\nrejected = "rejected.csv"\n'
    folder.write({"c.toml": config, "e.csv": table(("user_id", "item_id", "=more"), rows)})
    assert whyrec("data", "describe", "c.toml").exit_code == 0
    text = (folder.path / "rejected.csv").read_bytes().decode()
    check_csv(TITLES[name][0], [text])
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[2].removeprefix("'") for row in read[1:]] == TITLES[name]
