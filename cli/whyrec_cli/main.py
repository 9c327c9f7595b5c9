"""``whyrec``: the commands, imported only when called, and what becomes of errors."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module

import click

from whyrec import __version__

# Here, and not in the modules, so that --help imports none of them.
COMMANDS = {
    "plugins": "List the plugins: what each can do, what it needs, what is broken and why.",
    "data": "Look at the data that a config names.",
    "config": "Check a config.",
    "train": "Train a recommender and save it as data.",
    "recommend": "Recommend items to users.",
    "explain": "Explain why a user is recommended an item.",
    "compare": "Compare recommenders and explanations: which are good, which are true.",
    "runs": "Look at what was compared before.",
    "report": "Write a run as one HTML file that anybody can open.",
    "ui": "Open a page: find somebody, read why, try it, answer.",
    "feedback": "Keep what users say of items, reasons and interests, and measure what it does.",
}
# One BLAS thread, set before numpy is imported: docs/decisions/006-one-blas-thread.md.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
_FULL_DISK = {28, 122}  # ENOSPC, EDQUOT


class Commands(click.Group):
    """A group whose commands live in modules of their names, imported when needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"whyrec_cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from whyrec.errors import suggest

            ctx.fail(f"no such command {args[0]!r}; {suggest(args[0], COMMANDS, what='commands')}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            _say("interrupted")
            ctx.exit(130)
        except BrokenPipeError:
            _forget_stdout()
            ctx.exit(0)
        except Exception as error:  # noqa: BLE001  the last one who can turn it into a message and an exit code
            if ctx.params.get("debug"):
                traceback.print_exc()
            code, message = describe(error)
            _say(f"error: {message}")
            ctx.exit(code)


def describe(error: Exception) -> tuple[int, str]:
    """Exit code and message, which ends with the code of the kind of error.

    2: the user can mend it, 4: the machine, 1: a plugin, 3: a bug of ours.
    """
    from whyrec.errors import WhyrecError

    if isinstance(error, WhyrecError):
        return error.exit_code, f"{error} [{error.code}]"
    if isinstance(error, MemoryError):
        return 4, "out of memory\n  use fewer users or items, or a smaller model [WR-M001]"
    if isinstance(error, OSError) and error.errno in _FULL_DISK:
        return 4, f"{error}\n  make room on the disk [WR-M002]"
    kind = f"{type(error).__name__}: {error}".rstrip(": ")
    bug = "this is a bug; `whyrec --debug …` (or WHYREC_DEBUG=1) shows where it happened"
    return 3, f"{kind}\n  {bug} [{WhyrecError.code}]"


def _say(message: str) -> None:
    from whyrec_cli.safe import lines

    click.echo(lines(message), err=True)


def _forget_stdout() -> None:
    """The reader has gone: nothing more may be written, not even when the interpreter ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  stays open until the end


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="whyrec")
@click.option("--debug", is_flag=True, envvar="WHYREC_DEBUG", help="Show the traceback of errors.")
def main(debug: bool) -> None:
    """Explain recommendations, and prove which explanations are true.

    Without a config, commands use a made storefront: `whyrec compare` needs nothing else.
    """
