"""Progress: a bar on a terminal, nothing elsewhere."""

import io

from whyrec_cli.terminal import progress_bar


class Window(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_no_bar_without_a_terminal(monkeypatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with progress_bar() as progress:
        assert progress is None
    assert stream.getvalue() == ""


def test_a_bar_on_a_terminal_shows_share_and_text(monkeypatch) -> None:
    stream = Window()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar() as progress:
        progress(0.5, "fitting [red]ease[/]\x1b[31m")
    assert "50%" in stream.getvalue()
    assert "fitting [red]ease[/]" in stream.getvalue()
