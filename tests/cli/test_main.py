"""The group: what --help costs, and what becomes of errors."""

import json
import os
import subprocess
import sys
import time

import click
import pytest

from whyrec import ConfigError
from whyrec_cli import main as module
from whyrec_cli.main import COMMANDS, describe

HEAVY = ("numpy", "scipy", "polars", "pydantic", "pluggy", "rich", "tensorflow", "lime", "shap", "whyrec_plugins")


def modules_after(*args: str) -> set[str]:
    code = (
        "import sys, json\n"
        "from whyrec_cli.main import main\n"
        f"try: main({list(args)!r})\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.strip().split("\n")[-1]))


def test_help_loads_nothing_heavy() -> None:
    assert modules_after("--help").isdisjoint(HEAVY)


def test_help_is_quick() -> None:
    """Beside an interpreter that does nothing but read click: on a slow machine both are slow."""

    def seconds(code: str) -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        return time.perf_counter() - begun

    turns = [
        (
            seconds("import click, platform, importlib.metadata"),
            seconds("from whyrec_cli.main import main; main(['--help'])"),
        )
        for _ in range(5)
    ]
    assert min(own / bare for bare, own in turns) < 2.5


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_of_each_command(name: str, run) -> None:
    loaded = modules_after(name, "--help")
    assert loaded.isdisjoint({"tensorflow", "lime", "shap", "polars"})
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Usage: " in result.stdout


def test_each_command_has_its_line(run) -> None:
    text = run("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in text


def test_an_unknown_command_has_near_names(run) -> None:
    result = run("explan")
    assert result.exit_code == 2
    assert "no such command 'explan'; did you mean 'explain'?" in result.stderr


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ConfigError("bad", hint="do so"), 2, "bad\n  do so [WR-C001]"),
        (MemoryError(), 4, "or a smaller model [WR-M001]"),
        (OSError(28, "No space left on device"), 4, "make room on the disk [WR-M002]"),
        (ValueError("odd"), 3, "ValueError: odd\n  this is a bug; `whyrec --debug …`"),
    ],
)
def test_errors_and_exit_codes(error: Exception, code: int, words: str) -> None:
    found, message = describe(error)
    assert found == code
    assert words in message


@pytest.fixture
def failing(monkeypatch):
    """Makes ``whyrec plugins`` raise an error."""

    def install(error):
        @click.command("plugins")
        def command():
            raise error

        monkeypatch.setattr("whyrec_cli.plugins.command", command)

    return install


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ConfigError("bad \x1b[31mvalue"), 2, "error: bad value [WR-C001]\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (RuntimeError("oh"), 3, "error: RuntimeError: oh\n"),
    ],
)
def test_no_traceback(error, code, message, failing, run) -> None:
    failing(error)
    result = run("plugins")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(message)
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback(failing, run, monkeypatch) -> None:
    failing(RuntimeError("oh"))
    assert "Traceback" in run("--debug", "plugins").stderr
    monkeypatch.setenv("WHYREC_DEBUG", "1")
    result = run("plugins")
    assert "Traceback" in result.stderr
    assert result.exit_code == 3


def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", "from whyrec_cli.main import main; main(['plugins'])"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_entry_point_is_this_group() -> None:
    assert isinstance(module.main, click.Group)
