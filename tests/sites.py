"""Sites for tests: the app of ``whyrec ui`` in this process, on a small storefront, and a client that may ask it."""

import warnings
from dataclasses import dataclass
from typing import Any

from whyrec import Registry
from whyrec.config.load import load_config
from whyrec_cli.request import load_data
from whyrec_cli.web.app import app_of
from whyrec_cli.web.build import site_of
from whyrec_cli.web.guard import Token

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # newer Starlettes want another client than httpx
    from starlette.testclient import TestClient

BASE = "http://127.0.0.1:8765"
SHOP = """\
[data]
use = "storefront"
users = 40
items = 60
[[recommender]]
use = "ease"
[[recommender]]
use = "content"
[[recommender]]
use = "popular"
[[explainer]]
use = "weights"
[[explainer]]
use = "shapley"
[[explainer]]
use = "leave-one-out"
"""


@dataclass
class Opened:
    """A site, its token, and a client that brings it."""

    site: Any
    token: Token
    client: TestClient

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/{path}", json=body)

    def good(self, path: str, **body: Any) -> Any:
        answer = self.post(path, **body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(f"/api/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stranger(self, **headers: str) -> TestClient:
        """A client without the token."""
        return TestClient(self.client.app, base_url=BASE, headers=headers, follow_redirects=False)


def open_site(
    text: str = SHOP, *, registry: Registry | None = None, config: Any = None, fit: bool = True, **how: Any
) -> Opened:
    """A site of a config; ``stored`` and the other settings are those of ``site_of``."""
    found = registry or Registry.discover()
    asked = config or load_config(text=text, registry=found)
    site = site_of(found, asked, load_data(asked), **how)
    if fit:
        site.models.fit_all()
    token = Token()
    client = TestClient(
        app_of(site, token),
        base_url=BASE,
        headers={"authorization": f"Bearer {token.value}"},
        follow_redirects=False,
        raise_server_exceptions=False,
    )
    return Opened(site, token, client)
