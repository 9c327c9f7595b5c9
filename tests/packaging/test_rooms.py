"""Who may import whom, beyond what the import contracts can say."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import whyrec

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "plugins").rglob("*.py"))


def imported(file: Path) -> list[tuple[str, tuple[str, ...]]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [(n.module or "", tuple(a.name for a in n.names)) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    return found + [(a.name, ()) for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.name)
def test_a_bundled_plugin_uses_only_the_public_names(file: Path) -> None:
    for module, names in imported(file):
        if module.split(".")[0] == "whyrec":
            assert module == "whyrec", f"{file.name} imports {module}"
            assert set(names) <= set(whyrec.__all__)


def test_every_public_name_exists() -> None:
    for name in whyrec.__all__:
        assert getattr(whyrec, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = whyrec.nothing


def test_nothing_lies_directly_in_a_source_root() -> None:
    stray = [p for top in ("core", "plugins", "cli") for p in (ROOT / top).glob("*.py")]
    assert stray == []


def test_importing_whyrec_costs_nothing() -> None:
    code = "import sys, whyrec; print(sorted({m.split('.')[0] for m in sys.modules} & {'numpy', 'polars', 'pydantic'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
