"""Serve: the socket on the loopback, and uvicorn on it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from whyrec.errors import InputError
from whyrec_cli.web.guard import HEADERS, Guard

_BACKLOG = 128
_HEADER = 32 * 1024
"""The largest head of a request, in bytes: one line of an address and all its headers."""


class Protocol(H11Protocol):
    """uvicorn's, whose answer to what is no HTTP has the headers of every other answer."""

    def send_400_response(self, msg: str) -> None:
        text = msg.encode("ascii", "replace")
        headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close"), *HEADERS.items()]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=text), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def listening(host: str, port: int) -> socket.socket:
    """A socket on the loopback; port 0: any that is free. Raises InputError."""
    if not is_loopback(host):
        raise InputError(f"--host {host}: the page is for this machine only", hint="leave --host out, or 127.0.0.1")
    address = "127.0.0.1" if host.lower() == "localhost" else host
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio sets TCP_NODELAY
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((address, port))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise InputError(
            f"port {port} of {host} cannot be had: {error.strerror or error}", hint="--port 0 takes any that is free"
        ) from None
    return found


def address_of(host: str, found: socket.socket) -> str:
    """``http://127.0.0.1:8765``"""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{found.getsockname()[1]}"


def run(app: Guard, found: socket.socket, ready: Callable[[], None]) -> None:
    """Answer until a signal ends it."""
    settings: dict[str, Any] = {
        "http": Protocol,
        "ws": "none",
        "log_level": "warning",
        "access_log": False,  # addresses hold the token
        "server_header": False,
        "proxy_headers": False,
        "lifespan": "off",
        "h11_max_incomplete_event_size": _HEADER,
        "timeout_graceful_shutdown": 3,
    }
    Server(uvicorn.Config(app, **settings), ready).run(sockets=[found])
