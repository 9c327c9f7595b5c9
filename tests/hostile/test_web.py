"""The 24 web probes: hosts, origins, bodies, the token, ids, numbers, headers. The last line says ``web 24/24``."""

import json
import tracemalloc

import pytest

from whyrec_cli.web.guard import BODY, HEADERS

GOOD = {"recommender": "ease", "user": "u01"}


@pytest.fixture(scope="module")
def page(sites):
    return sites.open_site()


def told(answer, status, code):
    """An answer is that error, as the API tells errors, and has every header."""
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == code
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


# -- ten hosts ------------------------------------------------------------------------------------------------

HOSTS = {
    "01-localhost": ("localhost", 200),
    "02-localhost and a port": ("LOCALHOST:8765", 200),
    "03-the address, another port": ("127.0.0.1:9", 200),
    "04-another loopback address": ("127.8.9.250:8765", 200),
    "05-the address of IPv6": ("[::1]:8765", 200),
    "06-foreign": ("evil.example", 421),
    "07-foreign that begins like ours": ("localhost.evil.example:8765", 421),
    "08-foreign that begins like our address": ("127.0.0.1.evil.example", 421),
    "09-every address": ("0.0.0.0:8765", 421),
    "10-a cloud's metadata": ("169.254.169.254", 421),
}


@pytest.mark.parametrize("case", HOSTS)
def test_host(case, page):
    host, status = HOSTS[case]
    answer = page.client.get("/api/about", headers={"host": host})
    assert answer.status_code == status
    if status == 421:
        told(answer, 421, "WR-W009")
        assert page.stranger().get("/", headers={"host": host}).status_code == 421  # before the token


# -- eight combinations of headers ----------------------------------------------------------------------------

POSTS = {
    "11-own page": ({"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8765"}, 200),
    "12-no browser": ({}, 200),
    "13-cross-site": ({"sec-fetch-site": "cross-site"}, 403),
    "14-same-site": ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8765"}, 403),
    "15-foreign origin": ({"origin": "https://evil.example"}, 403),
    "16-null origin": ({"origin": "null"}, 403),
    "17-another port": ({"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8000"}, 403),
    "18-another name of ours": ({"sec-fetch-site": "same-origin", "origin": "http://localhost:8765"}, 403),
}


@pytest.mark.parametrize("case", POSTS)
def test_post(case, page):
    headers, status = POSTS[case]
    answer = page.client.post("/api/list", json=GOOD, headers=headers)
    assert answer.status_code == status
    if status == 403:
        told(answer, 403, "WR-W004")


# -- the rest -------------------------------------------------------------------------------------------------


def chunks(size):
    """A body that does not say how long it is."""
    yield b'{"recommender": "'
    for _ in range(0, size, 4096):
        yield b"x" * 4096
    yield b'"}'


def bodies_by_length(page):
    whole = json.dumps({**GOOD, "recommender": "x" * BODY})
    told(page.client.post("/api/list", content=whole, headers={"content-type": "application/json"}), 413, "WR-W007")
    fits = json.dumps(GOOD).ljust(BODY)
    assert page.client.post("/api/list", content=fits, headers={"content-type": "application/json"}).status_code == 200


def bodies_in_chunks(page):
    answer = page.client.post("/api/list", content=chunks(2 * BODY), headers={"content-type": "application/json"})
    assert "content-length" not in answer.request.headers
    told(answer, 413, "WR-W007")
    assert answer.headers["connection"] == "close"


def tokens(page):
    for headers in (
        {},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {page.token.value}x"},
        {"authorization": f"Basic {page.token.value}"},
        {"authorization": "Bearer \xe9"},
        {"cookie": f"{page.token.cookie}=false"},
        {"cookie": f"other={page.token.value}"},
    ):
        for path in ("/", "/api/about", "/static/page.css", "/api/openapi.json", "/nothing"):
            sent = {name: value.encode("latin-1") for name, value in headers.items()}
            told(page.stranger().get(path, headers=sent), 401, "WR-W003")
    for query in ("token=false", "token=", "xtoken=1", "token", "token=a&token=b", "lang=zh&Token=1", "%74oken=1"):
        told(page.stranger().get(f"/?{query}"), 401, "WR-W003")
    told(page.stranger().get(f"/?token=false&token={page.token.value}"), 401, "WR-W003")
    told(page.stranger().post(f"/api/list?token={page.token.value}", json=GOOD), 401, "WR-W003")
    told(page.stranger().get("/api/about", params={"token": page.token.value}), 401, "WR-W003")
    let_in = page.stranger().get("/", params={"token": page.token.value})
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/")
    cookie = let_in.headers["set-cookie"]
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert page.stranger(cookie=cookie.split(";")[0]).get("/").status_code == 200


def ids(page):
    for name in ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%252e%252e%252fapp.py", "....//app.py", "u01%00", "/"):
        told(page.client.get(f"/static/{name}"), 404, "WR-W006")
        told(page.post("list", recommender="ease", user=name), 404, "WR-N002")
        told(page.post("list", recommender="ease", history=[{"item": name}]), 404, "WR-N002")
        told(page.post("list", recommender=name, user="u01"), 404, "WR-N001")
        told(page.client.get("/api/feedback", params={"user": name}), 404, "WR-N002")
    twice = "%252e%252e%252f%252e%252e%252fapp.py"
    for path in (
        f"/static/{twice}",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/api/../static/x",
        "/templates/x",
    ):
        told(page.client.get(path), 404, "WR-W006")


def numbers(page):
    wrong = [0, -1, 101, 10**12, 10**400, 1.5, "5", None, True, [5]]
    tracemalloc.start()
    for k in wrong:
        told(page.post("list", **GOOD, k=k), 422, "WR-W002")
    for limit in ("0", "-1", "101", "1e12", "9" * 400, "nan", "five", ""):
        told(page.client.get("/api/users", params={"limit": limit}), 422, "WR-W002")
    told(page.post("feedback/undo", id=2**63), 422, "WR-W002")
    told(page.client.get("/api/comparison", params={"run": "9" * 30}), 422, "WR-W002")
    told(page.post("list", recommender="ease", history=[{"item": "i01"}] * 501), 422, "WR-W002")
    told(page.post("reasons", **GOOD, item="i01", explainers=["weights"] * 9), 422, "WR-W002")
    infinite = '{"recommender": "ease", "user": "u01", "k": 1e999}'
    answer = page.client.post("/api/list", content=infinite, headers={"content-type": "application/json"})
    told(answer, 422, "WR-W002")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


def headers(page):
    def broken(*_):
        raise RuntimeError("nobody thought of this")

    answers = {
        200: page.client.get("/"),
        201: None,
        303: page.stranger().get("/", params={"token": page.token.value}),
        400: page.client.post("/api/list", content="{", headers={"content-type": "application/json"}),
        401: page.stranger().get("/"),
        403: page.client.post("/api/list", json=GOOD, headers={"origin": "null"}),
        404: page.client.get("/nothing"),
        405: page.client.put("/api/about"),
        413: page.client.post("/api/list", content=b"x" * (BODY + 1)),
        415: page.client.post("/api/list", content=json.dumps(GOOD), headers={"content-type": "text/plain"}),
        421: page.client.get("/", headers={"host": "evil.example"}),
        422: page.post("list", **GOOD, k=0),
    }
    data = page.site.data
    try:
        page.site.data = None
        answers[500] = page.client.get("/api/data")
    finally:
        page.site.data = data
    assert "nobody" not in answers[500].text
    assert "Traceback" not in answers[500].text
    answers[0] = page.client.get("/static/page.css")
    for status, answer in answers.items():
        if answer is not None:
            assert answer.status_code == (status or 200), answer.text
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS, status
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in str(policy)


REST = {
    "19-a large body by its length": bodies_by_length,
    "20-a large body in chunks": bodies_in_chunks,
    "21-missing and false tokens": tokens,
    "22-traversal in ids, encoded twice": ids,
    "23-numbers out of bounds": numbers,
    "24-headers on every answer": headers,
}


@pytest.mark.parametrize("case", REST)
def test_rest(case, page):
    REST[case](page)
