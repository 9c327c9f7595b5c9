"""What can go wrong between a page and the server, and the HTTP status of each error."""

from __future__ import annotations

from typing import Any

from whyrec.errors import InputError, MissingPackageError, PluginError, UnknownIdError, UnknownNameError, WhyrecError
from whyrec.store.errors import DiskError


class WebError(InputError):
    """A request that is refused. ``status`` is the answer's; ``more`` goes beside the error, ``headers`` with it."""

    code = "WR-W001"

    def __init__(
        self,
        status: int,
        message: str,
        *,
        hint: str | None = None,
        code: str = "WR-W001",
        more: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.status = status
        self.more = more or {}
        self.headers = headers or {}


def malformed(what: str) -> WebError:
    return WebError(400, what, hint="send one JSON object in UTF-8")


def out_of_bounds(where: str, what: str) -> WebError:
    return WebError(422, f"{where}: {what}", hint="/api/openapi.json has the bounds of every field", code="WR-W002")


def no_token() -> WebError:
    return WebError(
        401,
        "the start-up token is missing or wrong",
        hint="open the address that `whyrec ui` printed, or send Authorization: Bearer TOKEN",
        code="WR-W003",
    )


def other_site(what: str) -> WebError:
    return WebError(403, f"the request comes from another site: {what}", hint="use the page itself", code="WR-W004")


def read_only(why: str) -> WebError:
    return WebError(403, f"feedback is not taken here: {why}", hint="start `whyrec ui` without that", code="WR-W005")


def nothing_there(method: str, path: str) -> WebError:
    return WebError(404, f"there is no {method} {path}", hint="/api/openapi.json has every address", code="WR-W006")


def wrong_method(method: str, path: str) -> WebError:
    return WebError(405, f"{path} does not take {method}", hint="/api/openapi.json has every address", code="WR-W006")


def too_large(limit: int) -> WebError:
    return WebError(
        413,
        f"the body is larger than {limit} bytes",
        hint="send fewer items",
        code="WR-W007",
        headers={"connection": "close"},
    )


def not_json(given: str) -> WebError:
    return WebError(415, f"the content type is {given!r}", hint="send Content-Type: application/json", code="WR-W008")


def wrong_host(given: str) -> WebError:
    return WebError(421, f"the host {given!r} is not this machine", hint="use 127.0.0.1 or localhost", code="WR-W009")


def busy() -> WebError:
    return WebError(
        503,
        "too many questions are waiting",
        hint="ask again in a second",
        code="WR-W010",
        headers={"retry-after": "1"},
    )


def still_fitting(name: str, progress: float) -> WebError:
    return WebError(
        503,
        f"{name} is still learning",
        hint="ask again in a second",
        code="WR-W011",
        more={"progress": round(progress, 4)},
        headers={"retry-after": "1"},
    )


def status_of(error: WhyrecError) -> int:
    """404 for unknown names and ids, 422 for what else the reader can mend, 502 for plugins, 507 for a full disk."""
    if isinstance(error, WebError):
        return error.status
    if isinstance(error, UnknownIdError | UnknownNameError):
        return 404
    if isinstance(error, PluginError | MissingPackageError):
        return 502
    if isinstance(error, DiskError):
        return 507
    return 422 if isinstance(error, InputError) else 500


def told(error: Exception) -> dict[str, Any]:
    """An error as the API tells it: code, message, hint. What is no WhyrecError came out of a plugin."""
    if isinstance(error, WhyrecError):
        where = f"{error.where}: " if error.where else ""
        return {"code": error.code, "message": f"{where}{error.message}", "hint": error.hint}
    return {"code": PluginError.code, "message": f"{type(error).__name__}: {error}", "hint": None}
