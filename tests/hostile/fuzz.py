"""A fuzz target for the readers: ``python tests/hostile/fuzz.py config|events --seconds 60 --seed 1``.

Inputs of a corpus are spoilt at random, from a seed. Whatever comes of one must be a result, or an error of whyrec with
a place, within two seconds of the processor; anything else is written to a file, and the run fails.
"""

import argparse
import gzip
import io
import random
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from whyrec import Dataset, InputError, Registry, read_table
from whyrec.config.load import default_text, load_config

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 2.0
EVENTS = "user_id,item_id,weight,timestamp\n" + "".join(f"u{i % 5},i{i % 3},{i},{10**9 + i}\n" for i in range(20))
SCRAPS = [
    b"", b"\0", b"\n", b"\r", b'"', b"'", b'"""', b",", b";", b"::", b"[", b"]", b"[[", b"{", b"}", b"=", b".", b"#",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"\xc3\x28", "用户".encode(), "\u202e".encode(), b"-0", b"1e999", b"NaN",
    b"99999999999999999999", b"9" * 4400, b"true", b"2024-01-01", b"\\u0000", b"PK\x03\x04", b"\x1f\x8b", b"use",
    b"[" * 100, b"a." * 100, b"x" * 140_000,
]  # fmt: skip


class HangError(Exception):
    """An input took too long."""


def configs():
    """The configs of the docs, and the default one."""
    return [default_text().encode(), *(p.read_bytes() for p in sorted((ROOT / "docs" / "examples").glob("*.toml")))]


def events():
    """One small table in every form that is read, but Parquet: some damage there makes polars end the process."""
    text = EVENTS.encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("e.csv", EVENTS)
    quoted = b'user_id,item_id\n"a ""b""","x\ny"\nc,d\n'
    return [text, quoted, EVENTS.encode("utf-16"), gzip.compress(text), archive.getvalue()]


def spoilt(corpus, rng):
    """One of the corpus, changed in one to eight places."""
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.randint(1, 8)):
        at, size = rng.randrange(len(data) + 1), rng.choice([0, 1, 1, 2, 8, 64])
        kind = rng.randrange(5)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[at : at + size]
        elif kind == 2:
            data[at:at] = data[at : at + size] * rng.choice([1, 2, 50])
        elif kind == 3:
            data[at : at + size] = rng.choice(SCRAPS)
        else:
            other = rng.choice(corpus)
            start = rng.randrange(len(other))
            data[at : at + size] = other[start : start + size]
    return bytes(data)


def read_config(path, registry):
    load_config(path, registry=registry)


def read_events(path, registry):
    data = Dataset.from_frame(read_table(path), max_rejected=1.0)
    report = data.report
    if report.read != report.kept + sum(report.rejected.values()):
        raise AssertionError(f"rows were lost: {report}")


TARGETS = {"config": (configs, read_config, ".toml"), "events": (events, read_events, ".csv")}


def judged(read, path, registry):
    """How one input ended: ``read`` or the error's code. Raises for whatever should never happen."""
    begun = time.process_time()
    try:
        read(path, registry)
        ended = "read"
    except InputError as error:
        if error.where is None or not str(error.where):
            raise AssertionError(f"no place: {error}") from error
        ended = error.code
    if (took := time.process_time() - begun) > SECONDS:
        raise HangError(f"{took:.1f} s")
    return ended


def fuzz(target, *, seconds, seed, keep):
    """Inputs until the time is over; how often each ending came. A bad input is written into the folder ``keep``."""
    corpus, read, suffix = TARGETS[target]
    inputs, rng, registry = corpus(), random.Random(seed), Registry.discover()
    endings = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"input{suffix}"
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            data = spoilt(inputs, rng)
            path.write_bytes(data)
            try:
                ended = judged(read, path, registry)
            except BaseException:
                bad = Path(keep) / f"{target}-{seed}-{sum(endings.values())}{suffix}"
                bad.write_bytes(data)
                sys.stderr.write(f"this input: {bad}\n")
                raise
            endings[ended] = endings.get(ended, 0) + 1
    return dict(sorted(endings.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", default=".", help="the folder for an input that fails")
    given = parser.parse_args()
    seed = random.randrange(2**31) if given.seed is None else given.seed
    endings = fuzz(given.target, seconds=given.seconds, seed=seed, keep=given.keep)
    sys.stdout.write(f"seed {seed}: {sum(endings.values())} inputs: {endings}\n")


if __name__ == "__main__":
    main()
