"""Say whether a test run passed in full: `passed.py REPORT.xml` fails if a test failed, was skipped, or none ran.

A skipped test has shown nothing, so it does not count as passed. Exit codes: 0 all passed, 1 not, 2 no report.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree


def shortcomings(report: str) -> list[str]:
    """What keeps this JUnit report from being a full pass, a line each; ParseError if it is not XML."""
    found = []
    ran = 0
    for case in ElementTree.fromstring(report).iter("testcase"):  # noqa: S314 - the report is our own
        ran += 1
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        for verdict in case:
            if verdict.tag in ("failure", "error", "skipped"):
                found.append(f"{verdict.tag}: {name}: {verdict.get('message', '')}".strip())
    if not ran:
        found.append("no test was run")
    return found


def main(arguments: list[str]) -> int:
    """Read the report named on the command line, print what is wrong with it, and return the exit code."""
    try:
        (path,) = arguments
        wrong = shortcomings(Path(path).read_text(encoding="utf-8"))
    except (ValueError, OSError, ElementTree.ParseError) as error:
        sys.stderr.write(f"passed: there is no report to read: {error}\n")
        return 2
    for line in wrong:
        sys.stderr.write(f"passed: {line}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
