"""The docs can be followed: code runs, configs load, commands and options exist, links lead somewhere."""

import re
import runpy
import shlex
import time
from pathlib import Path

import click
import numpy as np
import pytest

from whyrec import Registry
from whyrec.comparison.plan import plan
from whyrec.comparison.run import prepare
from whyrec.config.load import load_config
from whyrec_cli.main import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
GUIDE = [ROOT / "README.md", DOCS / "index.md", *sorted((DOCS / "guide").glob("*.md"))]
EXAMPLES = sorted((DOCS / "examples").glob("*.toml"))
SLOW = {"deep.md", "worked-case.md"}  # they load TensorFlow
ONE_MODEL = ("popular", "item-knn", "ease", "edlae", "sparse-ease", "als", "hybrid")
SOURCES = {
    "movielens.toml": "ml-latest-small",
    "deep-embedding.toml": "ml-latest-small",
    "vae.toml": "ml-latest-small",
    "two-tower.toml": "ml-latest-small",
    "sasrec.toml": "ml-latest-small",
    "gru.toml": "ml-latest-small",
    "caser.toml": "ml-latest-small",
    "cfgan.toml": "ml-latest-small",
    "deep.toml": "ml-latest-small",
    "content.toml": "ml-latest-small",
    **dict.fromkeys((f"{name}.toml" for name in ONE_MODEL), "ml-latest-small"),
    "fidelity.toml": "ml-latest-small",
    "retailrocket.toml": "retailrocket-3b/events.csv.gz",
}
BLOCK = re.compile(r"^```(?P<mark>[^\n]*)\n(?P<text>.*?)^```$", flags=re.M | re.S)
MAKE = runpy.run_path(str(DOCS / "make.py"), run_name="make")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def pages(group: list[Path]) -> list[object]:
    """Parameters of a test over pages; those that load TensorFlow are slow."""
    return [pytest.param(p, id=name_of(p), marks=[pytest.mark.slow] if p.name in SLOW else []) for p in group]


def blocks(page: Path, mark: str) -> list[str]:
    """The texts of the code blocks whose mark (all that follows the fence) is this one."""
    return [found["text"] for found in BLOCK.finditer(page.read_text(encoding="utf-8")) if found["mark"] == mark]


def commands_of(page: Path) -> list[str]:
    """Every whyrec command line of a page: in sh blocks, and above the outputs that are shown."""
    lines = [line for text in blocks(page, "sh") for line in text.replace("\\\n", " ").splitlines()]
    shown = [found["command"] for found in MAKE["BLOCK"].finditer(page.read_text(encoding="utf-8"))]
    return [line for line in lines + shown if line.split()[:1] == ["whyrec"]]


def parsed(line: str) -> click.Context:
    """The context of a command line, all options and their values parsed; nothing runs."""
    arguments = shlex.split(line, comments=True)[1:]
    context = main.make_context("whyrec", list(arguments))
    command: click.Command = main
    while isinstance(command, click.Group) and not context.params.get("help"):
        left = [*context._protected_args, *context.args]
        if not left and command.invoke_without_command:
            break
        name, found, rest = command.resolve_command(context, left)
        assert found is not None
        command, context = found, found.make_context(name, rest, parent=context)
    return context


@pytest.mark.parametrize("page", pages(GUIDE))
def test_the_python_of_a_page_runs_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = page.read_text(encoding="utf-8")
    code = [found for found in BLOCK.finditer(whole) if found["mark"] == "python"]
    assert len(code) == whole.count("```python"), "a block of Python that this test would not see"
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {"__name__": "page"}
    for found in code:
        above = "\n" * whole.count("\n", 0, found.start("text"))  # tracebacks then show the line of the page
        exec(compile(above + found["text"], name_of(page), "exec"), space)


@pytest.mark.parametrize("page", pages(GUIDE))
def test_the_configs_of_a_page_load(page: Path) -> None:
    for text in blocks(page, "toml config"):
        config = load_config(text=text, source=name_of(page), registry=Registry.discover())
        assert config.recommenders


def test_the_smallest_config_of_one_s_own_loads_and_plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = blocks(DOCS / "guide" / "getting-started.md", "toml")
    (tmp_path / "events.csv").write_text("user_id,item_id\n" + "".join(f"u{i // 5},i{i % 7}\n" for i in range(30)))
    monkeypatch.chdir(tmp_path)
    config = load_config(text=text, registry=Registry.discover())
    assert [c.state for c in plan(config, prepare(config).train)] == ["planned"]


def test_the_changed_line_of_the_readme_leaves_two_good_configs() -> None:
    (text,) = blocks(ROOT / "README.md", "diff")
    for gone, name in ("+", "ease"), ("-", "hybrid"):
        lines = [line[1:] for line in text.splitlines() if not line.startswith(gone)]
        assert len(lines) == len(text.splitlines()) - 1
        config = load_config(text="\n".join(lines), registry=Registry.discover())
        assert [r.use for r in config.recommenders] == [name]


@pytest.mark.parametrize("page", pages(PAGES))
def test_the_commands_of_a_page_exist_with_all_their_options(page: Path) -> None:
    for line in commands_of(page):
        try:
            context = parsed(line)
        except click.exceptions.Exit:  # --help and --version
            continue
        except click.ClickException as error:
            pytest.fail(f"{name_of(page)}: {line}: {error.format_message()}")
        config = context.params.get("path")
        if config is not None and config.parts[0] == "docs":
            assert (ROOT / config).is_file(), f"{name_of(page)}: {line}"


def test_a_command_that_does_not_exist_is_noticed() -> None:
    for line in ("whyrec comapre", "whyrec compare --no-such", "whyrec explain", "whyrec explain --user u -k none"):
        with pytest.raises(click.ClickException):
            parsed(line)


@pytest.mark.parametrize("config", [c for c in EXAMPLES if c.name not in SOURCES], ids=lambda c: c.name)
def test_an_example_config_loads_and_plans(config: Path) -> None:
    loaded = load_config(config, registry=Registry.discover())
    states = {c.state for c in plan(loaded, prepare(loaded).train)}
    assert "planned" in states
    assert states <= {"planned", "skipped"}


@pytest.mark.data
@pytest.mark.parametrize("config", [c for c in EXAMPLES if c.name in SOURCES], ids=lambda c: c.name)
def test_an_example_config_for_real_data_loads_and_plans(config: Path, data_dir: Path) -> None:
    override = f"data.path={(data_dir / SOURCES[config.name]).as_posix()}"
    loaded = load_config(config, overrides=[override], registry=Registry.discover())
    parts = prepare(loaded)
    # 211 of RetailRocket's 2,174 held-out pairs name an item that nobody met in the training rows.
    # A fifth of each user's items, rounded down, where there are five.
    sizes = np.diff(parts.train.histories.interest.indptr) + np.diff(parts.test.indptr)
    fifths = int((sizes[sizes >= 5] // 5).sum())
    pairs = {"movielens.toml": 9704, "content.toml": 9704, "fidelity.toml": fifths, "retailrocket.toml": 2174 - 211}
    pairs |= dict.fromkeys(("sasrec.toml", "gru.toml", "caser.toml"), int((sizes > 1).sum()))
    pairs |= dict.fromkeys(("cfgan.toml", "deep.toml", "deep-embedding.toml", "vae.toml", "two-tower.toml"), 9704)
    pairs |= dict.fromkeys((f"{name}.toml" for name in ONE_MODEL), 9704)
    assert parts.test.nnz == pairs[config.name]
    assert {c.state for c in plan(loaded, parts.train)} <= {"planned", "skipped"}


def test_every_example_is_listed_in_the_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    for config in EXAMPLES:
        assert f"(examples/{config.name})" in index
    for page in (DOCS / "guide").glob("*.md"):
        assert f"(guide/{page.name})" in index


def anchors(page: Path) -> set[str]:
    """What a link may point at within a page: its headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", pages(PAGES))
def test_links_lead_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        assert found.exists(), f"{name_of(page)}: {target}"
        if anchor:
            assert anchor in anchors(found), f"{name_of(page)}: {target}"


@pytest.mark.parametrize("page", pages(PAGES))
def test_shown_outputs_are_whole_and_were_made_by_their_command(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = list(MAKE["BLOCK"].finditer(text))
    assert len(shown) == text.count("<!-- begin:") == text.count("<!-- end -->")
    for found in shown:
        assert found["command"].startswith("whyrec ")
        first, command, *output, last = found["shown"].splitlines()
        assert (first, command, last) == ("```text", f"$ {found['command']}", "```")
        assert output, "run: make docs"


@pytest.mark.parametrize("page", pages(GUIDE))
def test_a_page_is_short(page: Path) -> None:
    written = MAKE["BLOCK"].sub("", page.read_text(encoding="utf-8"))
    assert len(written.splitlines()) <= 150


def test_make_rewrites_what_lies_between_its_marks_and_nothing_else() -> None:
    page = "before\n<!-- begin: whyrec --version -->\nold\n<!-- end -->\nafter\n"
    begun = time.perf_counter()
    new = MAKE["rewritten"](page)
    assert time.perf_counter() - begun < 10
    from whyrec import __version__

    shown = f"```text\n$ whyrec --version\nwhyrec, version {__version__}\n```\n"
    assert new == f"before\n<!-- begin: whyrec --version -->\n{shown}<!-- end -->\nafter\n"
    assert MAKE["rewritten"](new) == new


def test_make_stops_at_a_command_that_fails() -> None:
    with pytest.raises(SystemExit, match="no such command 'comapre'"):
        MAKE["output"]("whyrec comapre")
    with pytest.raises(SystemExit, match="shows the output of whyrec"):
        MAKE["output"]("rm -r docs")


def test_make_leaves_blocks_alone_whose_data_are_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "<!-- begin: whyrec data describe x.toml --set data.path=$WHYREC_DATA/x -->\nold\n<!-- end -->"
    monkeypatch.setitem(MAKE["output"].__globals__, "DATA", tmp_path / "none")
    assert MAKE["rewritten"](page) == page
