"""docs/tutorial-plugin.md builds exactly tests/sample_plugin, and its config runs."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial-plugin.md").read_text(encoding="utf-8")
SAMPLE = ROOT / "tests" / "sample_plugin"


def blocks(mark: str) -> list[str]:
    return re.findall(rf"^```\w+ {re.escape(mark)}\n(.*?)^```$", PAGE, flags=re.M | re.S)


@pytest.mark.parametrize(("file", "between"), [("pyproject.toml", "\n"), ("src/whyrec_sample/__init__.py", "\n\n")])
def test_the_page_builds_the_sample_package(file: str, between: str) -> None:
    built = between.join(blocks(f"file={file}"))
    expected = (SAMPLE / file).read_text(encoding="utf-8")
    assert re.sub(r"\n{2,}", "\n\n", built) == re.sub(r"\n{2,}", "\n\n", expected)


def test_the_config_of_the_page_runs_with_the_sample_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    from whyrec import Registry
    from whyrec.comparison.run import compare
    from whyrec.config.load import load_config

    monkeypatch.syspath_prepend(str(SAMPLE / "src"))
    import whyrec_sample  # type: ignore[import-not-found]  # found through the line above

    registry = Registry.discover()
    registry.add(whyrec_sample, name="sample", distribution="whyrec-sample", version="1.2.3")
    (text,) = blocks("config")
    result = compare(load_config(None, text=text, registry=registry), registry)
    assert [(c.role, c.state, c.reason) for c in result.cells] == [("explainer", "done", None), ("floor", "done", None)]
    assert result.recommenders[0].state == "done"
    sys.modules.pop("whyrec_sample", None)
