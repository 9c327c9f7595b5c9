"""A real browser, and a real ``whyrec ui`` beside it; what every tab must hold is checked when it is closed."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SHOP = """\
[data]
use = "storefront"
users = 60
items = 120

[split]
by = "random"
share = 0.2

[[recommender]]
use = "ease"

[[recommender]]
use = "content"

[[recommender]]
use = "popular"

[[explainer]]
use = "weights"
players = ["history", "features"]

[[explainer]]
use = "shapley"

[[explainer]]
use = "lime"
samples = 60

[[explainer]]
use = "random"

[[explainer]]
use = "search"
id = "search-del"
metric = "del"

[[metric]]
use = "lxr11"

[[metric]]
use = "ndcg"

[run]
users = 8
k = 2
bootstrap = 50
"""
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "phone-zh": {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"},
    "zh": {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN"},
}


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser: missing it fails in CI, and skips elsewhere."""
    if CHROMIUM.exists():
        return str(CHROMIUM)
    missing = f"{CHROMIUM} is not there: install the package chromium (.ci/run does)"
    if os.environ.get("CI"):
        pytest.fail(missing)
    return pytest.skip(missing)


@pytest.fixture(scope="module")
def browser(chromium):
    """A headless browser with a fresh profile.

    It is closed with its module: its driver is a child of the tests' process, and runs an event loop in their thread.
    """
    expect.set_options(timeout=40_000)
    with sync_playwright() as tools:
        opened = tools.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Where pictures of the pages go: the folder WHYREC_SCREENSHOTS, else one that the tests clear away."""
    given = os.environ.get("WHYREC_SCREENSHOTS")
    folder = Path(given) if given else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def tab(browser, request):
    """Opens an address in a new tab with the looks named; at the end nothing but that place may have been asked,
    nothing said on the console, no dialog opened.

    ``quiet=False``: the console is not looked at, since the browser itself tells of errors that a test asks for.
    """
    opened = []

    def open_(url, looks="light", *, quiet=True, **more):
        context = browser.new_context(**LOOKS[looks], **more)
        page = context.new_page()
        page.set_default_timeout(40_000)
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asking: asked.append(asking.url))
        page.goto(url)
        opened.append((context, url, said, asked, quiet))
        if url.startswith("http") and more.get("java_script_enabled", True):
            page.wait_for_selector("#start button")  # the script stands ready
        return page

    yield open_
    for context, url, said, asked, quiet in opened:
        context.close()
        home = re.match(r"https?://[^/]+/|.*", url)[0]
        assert [one for one in asked if not one.startswith((home, "data:"))] == []
        assert len(asked) >= 1
        if quiet:
            assert said == []


def whyrec(*args, folder):
    """A command in a process of its own, in a folder."""
    command = [sys.executable, "-c", "from whyrec_cli.main import main; main()", *map(str, args)]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=120, check=False)


@contextmanager
def served(folder, *args):
    """A running ``whyrec ui``: the address with its token."""
    command = [sys.executable, "-c", "from whyrec_cli.main import main; main()", "ui", *map(str, args)]
    log = folder / "ui.log"
    with (
        log.open("w", encoding="utf-8") as told,
        subprocess.Popen(
            [*command, "--port", "0", "--no-open"], cwd=folder, stdout=subprocess.PIPE, stderr=told, text=True
        ) as running,
    ):
        try:
            found = re.search(r"http://\S+", running.stdout.readline())
            assert found, log.read_text(encoding="utf-8")
            yield found[0]
        finally:
            running.terminate()
            running.wait(20)


@pytest.fixture(scope="session")
def shop(tmp_path_factory, chromium):
    """A folder with a small shop, a comparison of it in the store, and its report."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.toml").write_text(SHOP, encoding="utf-8")
    for args in (
        ("compare", "shop.toml", "--isolation", "none", "--store", "whyrec.db"),
        ("report", "--store", "whyrec.db", "-o", "report.html", "--lang", "zh"),
    ):
        done = whyrec(*args, folder=folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def ui(shop):
    """The address of ``whyrec ui`` on the shop."""
    with served(shop, "shop.toml", "--store", "whyrec.db", "--lang", "en") as url:
        yield url


@pytest.fixture(scope="session")
def serve():
    """Starts ``whyrec ui`` in a folder, for a with block."""
    return served


@pytest.fixture(scope="session")
def flaws():
    """What is wrong with how a page looks now: a list of sentences."""
    script = Path(__file__).with_name("flaws.js").read_text(encoding="utf-8")
    return lambda page: page.evaluate(script)
