"""App: the routes, how a request is read, and how answers and errors are written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from whyrec import WhyrecError, __version__
from whyrec_cli.output import cleaned
from whyrec_cli.web.about import about
from whyrec_cli.web.api import ENDPOINTS, Endpoint, openapi
from whyrec_cli.web.asked import Asked, Nothing, Query
from whyrec_cli.web.errors import (
    WebError,
    malformed,
    no_token,
    not_json,
    nothing_there,
    out_of_bounds,
    status_of,
    told,
    too_large,
    wrong_method,
)
from whyrec_cli.web.guard import BODY, Guard, Token
from whyrec_cli.web.line import Line
from whyrec_cli.web.site import Site
from whyrec_cli.web.words import WORDS

HERE = Path(__file__).parent
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LANGUAGE = "lang"
"""The cookie of the language that was chosen."""
_STATIC = re.compile(r"[a-z0-9_-]+\.(css|js|svg)", re.A)
_JSON = re.compile(r"application/json\s*(;\s*charset=\"?utf-8\"?\s*)?", re.I | re.A)
_YEAR = 365 * 24 * 3600


class Desk:
    """Takes requests in and gives answers out."""

    def __init__(self, site: Site, token: Token) -> None:
        self.site, self.token = site, token
        self.heavy = Line(max(2, os.cpu_count() or 1))
        self.light = Line(4)
        self.pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)
        self.document = openapi()

    def routes(self) -> list[Route]:
        found = [Route(one.path, self._api(one), methods=[one.method]) for one in ENDPOINTS]
        found.append(Route("/api/openapi.json", self._openapi, methods=["GET"]))
        found.append(Route("/static/{name}", self._static, methods=["GET"]))
        found.append(Route("/", self._page, methods=["GET"]))
        return found

    def _api(self, one: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        line = self.heavy if one.heavy else self.light

        async def answer(request: Request) -> Response:
            asked = await read(request, one.asks)
            lang = self._language(request, asked.lang)
            found = await line.run(partial(one.gives, self.site, asked, lang))
            return as_json(found, one.status)

        return answer

    async def _openapi(self, request: Request) -> Response:
        return as_json(self.document)

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not _STATIC.fullmatch(name) or not (path := HERE / "static" / name).is_file():
            raise nothing_there("GET", request.url.path)
        return Response(path.read_bytes(), media_type=TYPES[path.suffix])

    async def _page(self, request: Request) -> Response:
        chosen = request.query_params.get(LANGUAGE)
        if tokens := request.query_params.getlist("token"):
            if not all(self.token.spend(token) for token in tokens):
                raise no_token()
            answer: Response = RedirectResponse("/", 303)
            answer.set_cookie(self.token.cookie, self.token.value, httponly=True, samesite="strict", path="/")
        else:
            answer = await self._shell(self._language(request, chosen))
        if chosen in self.site.words:
            answer.set_cookie(LANGUAGE, chosen, httponly=True, samesite="strict", path="/", max_age=_YEAR)
        return answer

    async def _shell(self, lang: str) -> Response:
        said = await self.light.run(partial(about, self.site, Nothing(), lang))
        text = self.pages.get_template("page.html").render(
            language=lang,
            languages=[(one["name"], one["label"]) for one in said["languages"]],
            words=page_words(lang),
            about=said,
            version=__version__,
        )
        return Response(text, media_type="text/html")

    def _language(self, request: Request, named: str | None) -> str:
        """The language named, else the cookie's, else the one of the start. An unknown one is not followed."""
        for tag in (named, request.cookies.get(LANGUAGE)):
            if tag in self.site.words:
                return tag
        return self.site.language


def page_words(lang: str) -> Mapping[str, str]:
    """The page's texts in a language; what it lacks in English."""
    return {**WORDS["en"], **WORDS.get(lang, {})}


def app_of(site: Site, token: Token) -> Guard:
    """The whole app, guarded."""
    desk = Desk(site, token)
    handlers: Any = {
        WhyrecError: _known,
        HTTPException: _http,
        ClientDisconnect: _gone,
        Exception: _unknown,
    }
    return Guard(Starlette(routes=desk.routes(), exception_handlers=handlers), token)


async def read(request: Request, kind: type[Asked]) -> Asked:
    """What was asked, checked. Raises WebError for whatever cannot be taken."""
    try:
        if issubclass(kind, Query):
            return kind.model_validate(dict(request.query_params))
        given = request.headers.get("content-type", "")
        if not _JSON.fullmatch(given.strip()):
            raise not_json(given)
        return kind.model_validate_json(await _body(request))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise malformed(first["msg"]) from None
        where = ".".join(str(part) for part in first["loc"]) or "the request"
        raise out_of_bounds(where, first["msg"]) from None


async def _body(request: Request) -> bytes:
    """The body, read no further than the limit, whatever length it claims to have."""
    found = bytearray()
    async for chunk in request.stream():
        if len(found) + len(chunk) > BODY:
            raise too_large(BODY)
        found += chunk
    return bytes(found)


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON in UTF-8; a number that is not defined is null."""
    text = json.dumps(cleaned(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status, headers=headers, media_type="application/json")


async def _known(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, WhyrecError) else WhyrecError(str(error))
    more = known.more if isinstance(known, WebError) else {}
    headers = known.headers if isinstance(known, WebError) else {}
    return as_json({"error": told(known), **more}, status_of(known), headers)


async def _http(request: Request, error: Exception) -> Response:
    """The router's own: no such address, or not with this method."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        found = wrong_method(request.method, request.url.path)
        found.headers.update(error.headers or {})
        return await _known(request, found)
    return await _known(request, nothing_there(request.method, request.url.path))


async def _gone(request: Request, error: Exception) -> Response:
    """Nobody reads this any more."""
    return await _known(request, malformed("the request was broken off"))


async def _unknown(request: Request, error: Exception) -> Response:
    """A bug of ours: the traceback goes to the log, not to the reader."""
    text = WhyrecError("something went wrong inside", hint="this is a bug; the terminal of `whyrec ui` shows where")
    return as_json({"error": told(text)}, 500)
