"""The one comparison of good and bad plugins, and the line ``plugins n/12``."""

import re

ALL = 12
PASSED, FAILED = set(), set()


def pytest_runtest_logreport(report):
    found = re.search(r"test_a_bad_plugin_spoils_its_own_cells\[(\d+)-", report.nodeid)
    if found and (report.when == "call" or report.failed):
        (PASSED if report.passed else FAILED).add(int(found[1]))


def pytest_terminal_summary(terminalreporter):
    if PASSED | FAILED:
        terminalreporter.write_line(f"plugins {len(PASSED - FAILED)}/{ALL}")
