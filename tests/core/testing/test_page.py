"""The kit's page lists every check with the mutants that it catches: no check is without one."""

import re
import runpy
from pathlib import Path

import pytest

from whyrec.testing import (
    DatasetContract,
    EmbeddingContract,
    ExplainerContract,
    LanguageContract,
    MetricContract,
    RecommenderContract,
)
from whyrec.testing.kinds import CONTRACTS

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "conformance.md"
KINDS = {
    "recommender": RecommenderContract,
    "explainer": ExplainerContract,
    "metric": MetricContract,
    "dataset": DatasetContract,
    "embedding": EmbeddingContract,
    "language": LanguageContract,
}


def table(kind):
    """Check | promise | the mutants that it catches, as their docstrings say."""
    mutants = runpy.run_path(str(HERE / f"test_{kind}_mutants.py"))["MUTANTS"]
    rows = ["| check | promise | it catches a plugin that |", "| --- | --- | --- |"]
    for name, promise in KINDS[kind].checks().items():
        name = name.removeprefix("test_")
        caught = "; ".join(m.__doc__ for check, m, _ in mutants if check == name)
        rows.append(f"| `{name}` | {promise} | {caught} |")
    return "\n".join(rows) + "\n"


def written():
    """Contract → its table in the page."""
    parts = re.split(r"^### `(\w+)Contract`\n", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return {
        kind.lower(): text[text.index("| check") :].split("\n\n")[0].strip() + "\n"
        for kind, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_has_a_mutant_and_says_what_it_promises(kind) -> None:
    for line in table(kind).splitlines()[2:]:
        name, promise, caught = (cell.strip() for cell in line.strip("|").split("|"))
        assert promise, f"{name} has no docstring"
        assert caught, f"{name} has no mutant"


def test_every_kind_of_plugin_has_a_contract() -> None:
    from whyrec.registry import KINDS as ALL

    assert KINDS == CONTRACTS
    assert set(KINDS) == set(ALL)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_lists_them(kind) -> None:
    assert written()[kind] == table(kind), "run: python tests/core/testing/test_page.py"


def test_the_example_of_the_page_is_a_test_file(tmp_path) -> None:
    """The example runs as it stands, and fails for a plugin that is wrong."""
    import subprocess
    import sys

    (code,) = re.findall(r"```python\n(# test_together.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    assert len([line for line in code.splitlines() if line and not line.startswith("#")]) == 4
    sample = Path(__file__).parents[2] / "sample_plugin" / "src"
    (tmp_path / "test_together.py").write_text(code, encoding="utf-8")
    wrong = code.replace("class Test", f"{WRONG}class Test").replace("plugin = Together", "plugin = Wrong")
    for source, wanted in ((code, 0), (wrong, 1)):
        (tmp_path / "test_together.py").write_text(source, encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                f"--rootdir={tmp_path}",
                "test_together.py",
            ],
            cwd=tmp_path,
            env={"PYTHONPATH": str(sample), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == wanted, done.stdout + done.stderr
    assert "Failed: rows alone" in done.stdout


WRONG = """
class Wrong(Together):
    def _score(self, histories, items):
        return super()._score(histories, items) + len(histories)


"""

if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    for kind, old in written().items():
        text = text.replace(old, table(kind))
    PAGE.write_text(text, encoding="utf-8")
