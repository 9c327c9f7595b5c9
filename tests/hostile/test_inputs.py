"""Forty kinds of bad input through the command line: refused with the place, or set aside and counted; nothing is lost.

The last line of pytest's summary counts them: ``inputs 40/40``. The number of a case is its place in the list: config
1 to 12, data file 13 to 24 (here), rows 25 to 34 and ids 35 to 40 (test_inputs_rows.py, test_inputs_ids.py).
"""

import gzip
import io
import os
import zipfile

import pytest

CONFIG = """\
[data]
use = "events"
path = "events.csv"

[[recommender]]
use = "ease"
l2 = 50

[[recommender]]
use = "popular"

[[explainer]]
use = "weights"

[run]
users = 5
k = 2
"""
EVENTS = "user_id,item_id\n" + "".join(f"u{i % 7},i{i % 5}\n" for i in range(35))
SAMPLE = """
  a config names its data and its models, such as:
    [data]
    use = "storefront"
    [[recommender]]
    use = "ease"
  docs/examples has whole ones"""


def changed(old, new):
    """The config with one part of it replaced."""
    assert CONFIG.count(old) == 1
    return CONFIG.replace(old, new)


def zipped(name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, EVENTS)
    return buffer.getvalue()


def refused(whyrec, folder, *args, process=False):
    """What is said: exit code 2, nothing on stdout, and no file made, changed or gone."""
    before = folder.state()
    answer = whyrec(*args, process=process)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert folder.state() == before
    return answer.stderr


# Number and name; the config; the message. Those marked run in a process of their own.
CONFIGS = [
    (
        "01-unclosed table", changed("[data]", "[data"),
        "c.toml:1:6: not TOML: expected ']' at the end of a table declaration [WR-C003]",
    ),
    (
        "02-unknown key", changed("l2 =", "max_itms ="),
        "c.toml:7:1: ease has no setting 'max_itms'\n"
        "  did you mean 'max_items'? [WR-C011]",
    ),
    (
        "02-unknown key of run", changed("users =", "user ="),
        "c.toml:16:1: [run] has no key 'user'\n"
        "  did you mean 'users'? [WR-C011]",
    ),
    (
        "03-unknown section", changed("[[explainer]]", "[[explaner]]"),
        "c.toml:12:3: unknown section [explaner]\n"
        "  did you mean 'explainer'? [WR-C008]",
    ),
    (
        "04-duplicate key", changed("l2 = 50", "l2 = 50\nl2 = 60"),
        "c.toml:8:1: duplicate key 'l2'\n"
        "  it stands already at line 7, column 1 [WR-C004]",
    ),
    ("05-wrong type", changed("l2 = 50", 'l2 = "50"'), "c.toml:7:1: l2 = '50': should be a valid number [WR-C012]"),
    ("06-out of range, 0", changed("l2 = 50", "l2 = 0"), "c.toml:7:1: l2 = 0: should be greater than 0 [WR-C012]"),
    (
        "06-out of range, -1", changed("k = 2", "k = -1"),
        "c.toml:17:1: run.k = -1: should be greater than or equal to 1 [WR-C012]",
    ),
    (
        "06-out of range, 10^12", changed("users = 5", "users = 1_000_000_000_000"),
        "c.toml:16:1: run.users = 1000000000000: should be less than or equal to 10000000 [WR-C012]",
    ),
    (
        "07-unknown plugin, near names", changed('"popular"', '"populr"'),
        "c.toml:10:1: unknown recommender 'populr'\n"
        "  did you mean 'popular'? [WR-N001]",
    ),
    (
        "07-unknown plugin, all names", changed('"weights"', '"zzzz"'),
        "c.toml:13:1: unknown explainer 'zzzz'\n"
        "  known explainers: ",
    ),
    (
        "08-two models with one id", changed('"popular"', '"ease"'),
        "c.toml:9:3: two recommenders have the id 'ease'; the first stands at c.toml:5:3\n"
        '  give one of them another name: id = "ease-2" [WR-C014]',
    ),
    (
        "09-missing data path", changed('"events.csv"', '"data/evnts.csv"'),
        "c.toml:3:1: data.path: there is no file or folder '{here}/data/evnts.csv' [WR-C015]",
    ),
    ("10-empty file", "", f"c.toml:1:1: the config is empty{SAMPLE} [WR-C005]"),
    ("10-only comments", "# nothing\n", f"c.toml:1:1: the config holds nothing but comments{SAMPLE} [WR-C005]"),
    (
        "11-20,000 brackets", changed("l2 = 50", "l2 = " + "[" * 20_000),
        "c.toml:7:1: the config is nested more than 64 levels deep\n"
        "  are brackets left open? [WR-C007]",
    ),
    (
        "11-20,000 braces", changed("l2 = 50", "l2 = " + "{a=" * 20_000),
        "c.toml:7:190: the config is nested more than 64 levels deep\n"
        "  are brackets left open? [WR-C007]",
    ),
    (
        "11-20,000 dots", changed("l2 = 50", "a" + ".a" * 20_000 + " = 1"),
        "c.toml:7:127: the config is nested more than 64 levels deep\n"
        "  are brackets left open? [WR-C007]",
    ),
    (
        "11-20,000 dots in a header", f"{CONFIG}[{'a.' * 20_000}a]",
        "c.toml:18:128: the config is nested more than 64 levels deep\n"
        "  are brackets left open? [WR-C007]",
    ),
    (
        "12-not UTF-8", CONFIG.encode() + b"# caf\xe9\n",
        "c.toml:18:6: byte 0xe9 is not UTF-8\n"
        "  save the file as UTF-8 [WR-C006]",
    ),
    (
        "12-UTF-16", CONFIG.encode("utf-16"),
        "c.toml:1:1: the config is UTF-16; TOML is UTF-8\n"
        "  save the file as UTF-8 [WR-C006]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [pytest.param(*c[1:], id=c[0]) for c in CONFIGS])
def test_a_config_that_cannot_be_followed(text, said, whyrec, folder):
    folder.write({"c.toml": text, "events.csv": EVENTS})
    for command in (("config", "check"), ("compare",)):
        answer = refused(whyrec, folder, *command, "c.toml")
        assert answer.startswith("error: " + said.replace("{here}", str(folder.path)))
        assert said.endswith(": ") or answer.endswith("]\n")


@pytest.mark.parametrize("case", ["01-", "06-", "11-", "12-"])
def test_as_a_user_meets_it(case, whyrec, folder):
    name, text, said = next(c for c in CONFIGS if c[0].startswith(case))
    folder.write({"c.toml": text, "events.csv": EVENTS})
    assert refused(whyrec, folder, "compare", "c.toml", process=True) == f"error: {said}\n", name


def test_all_names_are_listed_where_none_is_near(whyrec, folder, registry):
    folder.write({"c.toml": changed('"ease"', '"zzzzzz"'), "events.csv": EVENTS})
    said = refused(whyrec, folder, "config", "check", "c.toml")
    assert f"known recommenders: {', '.join(registry.names('recommender')[:20])}" in said


@pytest.mark.parametrize("number", ["12"])
def test_a_config_may_begin_with_a_byte_order_mark(number, whyrec, folder):
    folder.write({"c.toml": b"\xef\xbb\xbf" + CONFIG.encode(), "events.csv": EVENTS})
    assert whyrec("config", "check", "c.toml").exit_code == 0


def loop(folder):
    (folder.path / "events.csv").symlink_to("events.csv")


# Number and name; the bytes of events.csv; the message after its name.
FILES = [
    (
        "13-missing column", EVENTS.replace("user_id", "usr_id"),
        ":1:1: no column 'user_id'; wanted: user_id, item_id; found: usr_id, item_id\n"
        "  say what it is called here: user = \"…\"; did you mean 'usr_id'? [WR-D018]",
    ),
    (
        "14-duplicate column", EVENTS.replace("user_id,", "user_id,item_id,"),
        ":1:17: column 'item_id' stands twice, as field 2 and field 3\n  rename or remove one of them [WR-D015]",
    ),
    ("15-empty", "", ":1:1: the file is empty [WR-D008]"),
    ("15-empty, gzipped", gzip.compress(b"\n"), ":1:1: the file is empty [WR-D008]"),
    ("16-header only", "user_id,item_id\n", ":2:1: the file has a header and no rows [WR-D009]"),
    (
        "18-GB18030", (EVENTS + "u1,用户甲\n").encode("gb18030"),
        ':37:4: byte 0xd3 is not utf-8\n  encoding = "gb18030"? [WR-D016]',
    ),
    (
        "19-wrong delimiter", EVENTS.replace(",", ";"),
        ":1:8: the first line has one field, 'user_id;item_id': ',' does not divide it\n  delimiter = \";\" [WR-D011]",
    ),
    (
        "20-unclosed quote", EVENTS + 'u1,"i1\nu2,i2\n',
        ":37:4: a quote opens here and is not closed as it should be\n"
        "  close it; a quote within a field is written twice; quotes that mean nothing: quoted = false [WR-D012]",
    ),
    (
        "21-a field over the limit", EVENTS + f"u1,{'x' * 200_000}\n",
        ":37:4: a field is longer than 131,072 characters\n  is this a table? [WR-D013]",
    ),
    (
        "22-gzip bomb", gzip.compress(b"a,b\n" + b"\0" * 90_000_000),
        ": 87,513 bytes unpack to more than 68,157,440: this looks like a decompression bomb\n"
        "  if it is not, unpack it by hand [WR-D006]",
    ),
    (
        "22-zip with ..", zipped("../events.csv"),
        ": the zip holds a name that leads out of it: '../events.csv'\n"
        "  nothing was read; do not trust this file [WR-D004]",
    ),
    (
        "23-truncated gzip", gzip.compress(EVENTS.encode())[:-20],
        ": the gzip file is truncated\n  download or copy it again [WR-D005]",
    ),
    (
        "24-a line of NULs", EVENTS + "\0" * 40 + "\n",
        ":37:1: a NUL character: this is no text, or a crash left it behind\n"
        "  restore the file, or remove that line [WR-D017]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), [pytest.param(*c[1:], id=c[0]) for c in FILES])
def test_a_data_file_that_is_no_table(content, said, whyrec, folder):
    folder.write({"c.toml": CONFIG, "events.csv": content})
    for command in (("data", "describe"), ("compare",)):
        assert refused(whyrec, folder, *command, "c.toml") == f"error: {folder.path}/events.csv{said}\n"


@pytest.mark.parametrize("case", ["18-", "22-", "24-"])
def test_a_data_file_as_a_user_meets_it(case, whyrec, folder):
    _, content, said = next(c for c in FILES if c[0].startswith(case))
    folder.write({"c.toml": CONFIG, "events.csv": content})
    said = f"error: {folder.path}/events.csv{said}\n"
    assert refused(whyrec, folder, "compare", "c.toml", process=True) == said


@pytest.mark.parametrize("kind", ["17-a folder", "17-a pipe", "17-unreadable", "17-a link to itself"])
def test_what_is_no_file_to_read(kind, whyrec, folder):
    path = folder.path / "events.csv"
    said = f"{path}: this is a pipe or a device, not a file [WR-D003]"
    if kind == "17-a folder":
        folder.write({"events.csv/inside.txt": "x"})
        said = f"{path}: this is a folder, not a file\n  it holds: inside.txt [WR-D003]"
    elif kind == "17-a pipe":
        os.mkfifo(path)
    elif kind == "17-a link to itself":
        path.symlink_to(path)
        said = f"c.toml:3:1: data.path: there is no file or folder '{path}' [WR-C015]"
    else:
        folder.write({"events.csv": EVENTS})
        path.chmod(0)
        said = f"{path}: cannot be read: Permission denied [WR-D003]"
        if os.access(path, os.R_OK):
            pytest.skip("root reads every file")
    folder.write({"c.toml": CONFIG})
    before = sorted(p.name for p in folder.path.rglob("*"))
    answer = whyrec("data", "describe", "c.toml")
    assert (answer.exit_code, answer.stderr) == (2, f"error: {said}\n")
    assert sorted(p.name for p in folder.path.rglob("*")) == before
