"""What every plugin class has: a name, a one-line summary, the packages that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, ClassVar

from whyrec.errors import MissingPackageError


class Plugin:
    """Base of recommenders, explainers, metrics, data sources and text embeddings.

    A plugin's constructor is its config schema: keyword-only, typed, with defaults; it stores its
    arguments under their own names and does nothing else. Ranges are written into the annotation,
    ``l2: Annotated[float, Field(gt=0)] = 200.0``; a ``pathlib.Path`` is resolved against the config's folder.
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""
    packages: ClassVar[tuple[str, ...]] = ()
    install: ClassVar[str] = ""
    """What pip installs the packages by, where that is not their own names: ``whyrec[text]``."""
    exempt: ClassVar[Mapping[str, str]] = {}
    """Checks of ``whyrec.testing`` that do not apply, by name (``known_answers``); the reason of each is shown."""

    @classmethod
    def missing(cls) -> tuple[str, ...]:
        """The needed packages that are not installed (looked up, not imported)."""
        # The top level only: find_spec("a.b") would import a.
        return tuple(p for p in cls.packages if find_spec(p.partition(".")[0]) is None)

    @classmethod
    def require(cls) -> None:
        """Raise MissingPackageError if a needed package is not installed."""
        if missing := cls.missing():
            raise MissingPackageError(
                f"{cls.name} needs the package {missing[0]!r}, which is not installed",
                hint=cls.remedy(),
            )

    @classmethod
    def remedy(cls) -> str:
        """The command that installs what is missing; empty if nothing is."""
        if not (missing := cls.missing()):
            return ""
        return f'pip install "{cls.install}"' if cls.install else f"pip install {' '.join(missing)}"

    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, as stored."""
        from whyrec.settings import parameters

        return {p: getattr(self, p) for p in parameters(type(self))}

    def __repr__(self) -> str:
        inside = ", ".join(f"{k}={v!r}" for k, v in self.settings().items())
        return f"{type(self).__name__}({inside})"
