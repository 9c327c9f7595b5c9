"""What can go wrong: every error says what, where and what to do, and knows its exit code."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Location:
    """A place in a file; ``str()`` gives ``file:line:col`` with what is known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class WhyrecError(Exception):
    """Base of all errors of whyrec.

    ``exit_code`` is what the command line ends with. ``code`` names the kind of error (docs/reference/errors.md has
    an example of each): that of the class, unless it is given.
    """

    exit_code: ClassVar[int] = 3
    code: str = "WR-B001"

    def __init__(
        self, message: str, *, where: Location | None = None, hint: str | None = None, code: str | None = None
    ) -> None:
        self.message = message
        self.where = where
        self.hint = hint
        if code is not None:
            self.code = code
        super().__init__(message)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.message}{advice}"


class InputError(WhyrecError):
    """Something the user can mend: a setting, a file, an id."""

    exit_code = 2
    code = "WR-I001"


class ConfigError(InputError):
    """A config file or a ``--set`` that cannot be followed."""

    code = "WR-C001"


class DataError(InputError):
    """A data file, frame or array that cannot be read as what it should be."""

    code = "WR-D001"


class UnknownNameError(InputError):
    """A plugin name that nobody registered; near names stand in the hint."""

    code = "WR-N001"


class UnknownIdError(InputError):
    """A user or item id that the data do not hold."""

    code = "WR-N002"


class MissingPackageError(InputError):
    """An optional package that a plugin needs is not installed."""

    code = "WR-N003"


class UnsupportedError(InputError):
    """A model cannot do what was asked of it (a missing capability, a kind of player)."""

    code = "WR-U001"


class NotFittedError(InputError):
    """A recommender was asked for scores before it was fitted."""

    code = "WR-U002"


class PluginError(WhyrecError):
    """A plugin broke its promise: wrong shape, not finite, values that do not add up."""

    exit_code = 1
    code = "WR-P001"


class CompletenessError(PluginError):
    """An additive explanation does not add up to what it explains."""

    code = "WR-P002"


def near(name: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """The known names closest to a misspelt one, best first."""
    choices = sorted(set(known))
    folded = {choice.casefold(): choice for choice in choices}
    found = difflib.get_close_matches(name.casefold(), list(folded), n=n, cutoff=0.6)
    return [folded[match] for match in found]


def suggest(name: str, known: Iterable[str], *, what: str = "names") -> str:
    """A hint for a misspelt name: the near ones if any, else all that are known."""
    choices = sorted(set(known))
    close = near(name, choices)
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    if not choices:
        return f"there are no {what}"
    shown = ", ".join(choices[:20]) + (f", … ({len(choices)} in all)" if len(choices) > 20 else "")
    return f"known {what}: {shown}"
