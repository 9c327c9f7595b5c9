"""Guard: what stands before every request: hosts, origins, the token; and the headers of every answer."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from whyrec_cli.web.errors import WebError, malformed, no_token, other_site, told, too_large, wrong_host

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY = 256 * 1024
"""The largest body, in bytes."""
HEADERS: dict[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""On every answer, whatever it is."""
_HOST = re.compile(r"(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?", re.I | re.A)
_OWN_SITE = ("same-origin", "none")
_SAFE = ("GET", "HEAD")


class Token:
    """The secret of one start. Its cookie has a name of its own, so that two pages on one machine do not mix."""

    def __init__(self, value: str | None = None) -> None:
        self.value = value or secrets.token_urlsafe(32)
        self.cookie = f"whyrec-{hashlib.sha256(self.value.encode()).hexdigest()[:8]}"
        self._ticket: str | None = None

    def fits(self, given: str) -> bool:
        """Whether it is the token; in constant time."""
        return _same(given, self.value)

    def ticket(self) -> str:
        """What lets in once, through the page's address: for a command line, which other users can read."""
        self._ticket = secrets.token_urlsafe(32)
        return self._ticket

    def opens(self, given: str) -> bool:
        """Whether it lets in through the page's address: the token, or a ticket that was not used yet."""
        return self.fits(given) or (self._ticket is not None and _same(given, self._ticket))

    def spend(self, given: str) -> bool:
        """As :meth:`opens`; a ticket is void afterwards."""
        opens = self.opens(given)
        if opens and not self.fits(given):
            self._ticket = None
        return opens


class Guard:
    """An ASGI app around another one, which only sees requests that may be answered."""

    def __init__(self, app: ASGIApp, token: Token) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with(message.get("headers", ()))}
            await send(message)

        try:
            self._check(scope)
        except WebError as error:
            await _refuse(error, safely, head=scope["method"] == "HEAD")
            return
        await self._app(scope, receive, safely)

    def _check(self, scope: Scope) -> None:
        headers = _read(scope)
        hosts = headers.get("host", [])
        if len(hosts) != 1 or not is_own_host(hosts[0]):
            raise wrong_host(", ".join(hosts))
        if scope["method"] not in _SAFE:
            _check_origin(headers, hosts[0])
        lengths = headers.get("content-length", [])
        if any(not re.fullmatch(r"\d{1,18}", length, re.A) for length in lengths):
            raise malformed(f"content-length is {', '.join(lengths)!r}")
        if any(int(length) > BODY for length in lengths):
            raise too_large(BODY)
        if self._token.fits(_given(headers, self._token.cookie)):
            return
        # The address that is printed; the page then sets the cookie.
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1")) if scope["path"] == "/" else []
        if not any(name == "token" and self._token.opens(value) for name, value in query):
            raise no_token()


def _same(given: str, right: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), right.encode())


def is_own_host(host: str) -> bool:
    """Whether a Host header names this machine's loopback, with any port."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    numbers = [int(part) for part in found[1].split(".")] if found[1][0] == "1" else []
    return all(number <= 255 for number in numbers)


def _check_origin(headers: dict[str, list[str]], host: str) -> None:
    """What changes or costs something is taken from the own page, or from a program that is no browser."""
    for site in headers.get("sec-fetch-site", []):
        if site.lower() not in _OWN_SITE:
            raise other_site(f"Sec-Fetch-Site is {site!r}")
    for origin in headers.get("origin", []):
        if origin.lower() != f"http://{host.lower()}":
            raise other_site(f"Origin is {origin!r}")


def _given(headers: dict[str, list[str]], cookie: str) -> str:
    """The token that a request brings, as a bearer or as a cookie; empty if none."""
    for line in headers.get("authorization", []):
        scheme, _, value = line.partition(" ")
        if scheme.lower() == "bearer":
            return value.strip()
    for line in headers.get("cookie", []):
        try:
            found = SimpleCookie(line).get(cookie)
        except CookieError:
            continue
        if found is not None:
            return found.value
    return ""


def _read(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _with(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The answer's headers, ours in place of others of the same name."""
    kept = [(name, value) for name, value in headers if name.decode("latin-1").lower() not in HEADERS]
    return [*kept, *((name.encode(), value.encode()) for name, value in HEADERS.items())]


async def _refuse(error: WebError, send: Send, *, head: bool) -> None:
    content = json.dumps({"error": told(error), **error.more}, ensure_ascii=True).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in error.headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else content})
