"""Rewrites the outputs shown in the docs by running the commands that stand above them: ``python docs/make.py``.

A block begins with ``<!-- begin: whyrec … -->`` and ends with ``<!-- end -->``; what lies between is replaced by the
command and what it prints. ``$WHYREC_DATA`` in a command is the folder of the real data sets (else ``../shared/data``
beside the checkout); without them such blocks stay as they are. With arguments, only the pages named are rewritten.
"""

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("WHYREC_DATA") or ROOT.parent / "shared" / "data")
BLOCK = re.compile(r"<!-- begin: (?P<command>[^\n]+?) -->\n(?P<shown>.*?)<!-- end -->", flags=re.S)


def pages() -> list[Path]:
    """Every page of the project, the README first."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def output(command: str) -> str | None:
    """What a command prints; None if it needs data that are not here. Raises SystemExit if it fails."""
    if "$WHYREC_DATA" in command and not DATA.is_dir():
        return None
    name, *arguments = shlex.split(command.replace("$WHYREC_DATA", DATA.as_posix()))
    if name != "whyrec":
        raise SystemExit(f"{command}: a block shows the output of whyrec")
    whyrec = Path(sys.executable).with_name("whyrec")
    done = subprocess.run(
        [whyrec, *arguments],
        cwd=ROOT,
        env={**os.environ, "WHYREC_STORE": "none", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise SystemExit(f"{command}\n{done.stderr}")
    return done.stdout


def rewritten(text: str) -> str:
    """The text of a page, its blocks new."""

    def fresh(found: re.Match[str]) -> str:
        command = found["command"]
        say(command)
        printed = output(command)
        if printed is None:
            say("  left as it is: the data are not here")
            return found[0]
        return f"<!-- begin: {command} -->\n```text\n$ {command}\n{printed.strip()}\n```\n<!-- end -->"

    return BLOCK.sub(fresh, text)


def main(names: list[str]) -> None:
    for page in [Path(name).resolve() for name in names] or pages():
        old = page.read_text(encoding="utf-8")
        new = rewritten(old)
        if new != old:
            page.write_text(new, encoding="utf-8")
            say(f"rewritten: {page.relative_to(ROOT)}")
    if not names:
        runpy.run_path(str(ROOT / "docs" / "make_plugins.py"), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
