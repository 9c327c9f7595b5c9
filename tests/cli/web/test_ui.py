"""``whyrec ui`` as a process: the address that it prints, what it refuses, and how it ends."""

import builtins
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from whyrec_cli.web.guard import HEADERS, Token, is_own_host
from whyrec_cli.web.serve import address_of, is_loopback, listening

SHOP = '[data]\nuse = "storefront"\nusers = 30\nitems = 40\n[[recommender]]\nuse = "popular"\n'


@pytest.fixture
def started(tmp_path):
    """Starts ``whyrec ui`` and gives its process and its address."""
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    running = []

    def start(*args):
        heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a background job ignores it
        code = f"{heard}; from whyrec_cli.main import main; main()"
        command = [sys.executable, "-c", code, "ui", "shop.toml", "--port", "0"]
        process = subprocess.Popen(
            [*command, *args], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        )
        running.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_the_address_lets_in_and_nothing_else_does(started):
    process, address = started()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", address)
    base = address.partition("/?")[0]
    with httpx.Client(base_url=base) as client:
        assert client.get("/").status_code == 401
        assert client.get(address).status_code == 303
        shown = client.get("/")  # by the cookie
        assert shown.status_code == 200
        assert {name: shown.headers[name] for name in HEADERS} == HEADERS
        assert "server" not in shown.headers
        assert client.get("/api/about").json()["read_only"] is True  # WHYREC_STORE=none here
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")


def test_what_is_no_http_gets_the_headers_too(started):
    _, address = started("--host", "localhost")
    found = urlsplit(address)
    assert found.hostname == "localhost"
    for sent in (b"what is this?\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET /x HTTP/1.0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", found.port), timeout=10) as connection:
            connection.sendall(sent)
            answer = b"".join(iter(lambda c=connection: c.recv(4096), b"")).decode("latin-1")
        assert re.match(r"HTTP/1.1 4(00|21) ", answer)
        for name, value in HEADERS.items():
            assert f"{name}: {value}\r\n" in answer


def test_a_chunked_body_that_never_ends_is_refused(started):
    _, address = started()
    found = urlsplit(address)
    head = (
        f"POST /api/list HTTP/1.1\r\nHost: 127.0.0.1:{found.port}\r\nAuthorization: Bearer {found.query[6:]}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    with socket.create_connection(("127.0.0.1", found.port), timeout=10) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(20_000):
                connection.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            pytest.fail("80 MB were taken in")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--host", "0.0.0.0"), "--host 0.0.0.0: the page is for this machine only"),
        (("--host", "example.com"), "--host example.com: the page is for this machine only"),
        (("--recommender", "populr"), "did you mean 'popular'?"),
        (("--explainer", "shapely"), "did you mean 'shapley' or"),
        (("--lang", "xx"), "unknown language 'xx'"),
        (("--recommender", "popular", "--model", "m"), "leave --recommender out"),
    ],
)
def test_what_is_refused(args, words, run, tmp_path):
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    from whyrec import Registry

    result = run("ui", tmp_path / "shop.toml", "--port", "0", *args, registry=Registry.discover())
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_port_that_is_taken(run, config):
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        result = run("ui", config, "--port", port)
        assert result.exit_code == 2
        assert f"port {port} of 127.0.0.1 cannot be had" in result.stderr
        assert "--port 0 takes any that is free" in result.stderr
        assert address_of("::1", taken) == f"http://[::1]:{port}"


def test_without_the_extra_it_says_which(run, config, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr("whyrec_cli.ui.find_spec", lambda name: None if name == "starlette" else real(name))
    bring = builtins.__import__

    def no_starlette(name, *rest, **more):
        assert not name.startswith("starlette")
        return bring(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_starlette)
    result = run("ui", config, "--port", "0")
    assert result.exit_code == 2
    assert result.stderr == "error: the page needs starlette\n  pip install 'whyrec[ui]' [WR-N003]\n"


def test_a_saved_model_is_shown_without_fitting(started, tmp_path, run):
    from whyrec import Registry

    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    registry = Registry.discover()
    assert run("train", tmp_path / "shop.toml", "-o", tmp_path / "kept", registry=registry).exit_code == 0
    _, address = started("--model", "kept", "--lang", "zh")
    with httpx.Client(base_url=address.partition("/?")[0]) as client:
        client.get(address)
        assert client.get("/api/about").json()["recommenders"][0]["ready"]
        assert '<html lang="zh"' in client.get("/").text


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("127.255.255.255:1", True), ("[::1]", True), ("LocalHost:65535", True),
        ("127.0.0.256", False), ("127.0.0", False), ("127.1", False), ("2130706433", False), ("localhost.", False),
        ("", False), ("127.0.0.1:", False), ("127.0.0.1:80:80", False), ("a@127.0.0.1", False), ("::1", False),
        ("[::ffff:127.0.0.1]", False), ("127.0.0.1 ", False), ("127.0.0.١", False), ("127.0.0.1\n", False),
    ],
)  # fmt: skip
def test_hosts_of_our_own(host, own):
    assert is_own_host(host) is own


def test_addresses_of_this_machine():
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.3.2.1", "::1", "localhost"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.168.0.1", "example.com", "169.254.169.254", ""))


def test_tokens_differ_and_so_do_their_cookies():
    one, other = Token(), Token()
    assert one.value != other.value
    assert one.cookie != other.cookie
    assert one.value not in one.cookie
    assert one.fits(one.value)
    assert not any(one.fits(wrong) for wrong in ("", other.value, one.value[:-1], one.value + "x", "\ud800"))


def test_a_ticket_lets_in_once(sites):
    """A browser's command line can be read by others: what stands there is worth nothing afterwards."""
    page = sites.open_site(SHOP)
    ticket = page.token.ticket()
    assert not page.token.fits(ticket)
    assert page.stranger(authorization=f"Bearer {ticket}").get("/api/about").status_code == 401
    assert page.stranger().get(f"/?token={ticket}x").status_code == 401
    let_in = page.stranger().get(f"/?token={ticket}")
    assert let_in.status_code == 303
    assert ticket not in let_in.headers["set-cookie"]
    assert page.stranger().get(f"/?token={ticket}").status_code == 401
    assert page.stranger().get(f"/?token={page.token.value}").status_code == 303


def test_the_store_is_named_by_its_option(started):
    _, address = started("--store", "kept.db")
    with httpx.Client(base_url=address.partition("/?")[0]) as client:
        client.get(address)
        assert client.get("/api/about").json()["read_only"] is False
    assert os.environ["WHYREC_STORE"] == "none"
