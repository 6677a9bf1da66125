"""Paths into a response: plain keys (`a.b.c`) or a JSONPath."""

from __future__ import annotations

import re

_KEYS = re.compile(r"(\$\.)?[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*|\$")

_IN_BRACKETS = re.compile(r"""\[(['"])([^'"]*)\1\]""")


def dotted(path: str) -> str:
    """Names in brackets, as in `$.a['b']`, as names joined by dots."""
    return _IN_BRACKETS.sub(r".\2", path).removeprefix("$").removeprefix(".")


def jsonpath_problem(path: str | None) -> str | None:
    """Check a path into a response.

    Args:
        path: Plain keys or a JSONPath, or `None`.

    Returns:
        What is wrong with it, as the end of a sentence that begins with the key that holds it; or
        `None` where nothing is.
    """
    if path is None or _KEYS.fullmatch(path):
        return None
    # Plain keys are what nearly every API needs; the parser is slow to load.
    from jsonpath_ng.exceptions import JSONPathError  # noqa: PLC0415  # see above
    from jsonpath_ng.ext.parser import parse  # noqa: PLC0415  # see above

    try:
        parse(path)
    except JSONPathError as error:
        reason = str(error).splitlines()[0].rstrip("!.")
        return f"must be keys joined by dots (`a.b.c`) or a JSONPath, and is neither: {reason}."
    return None


def offset_problem(path: str | None) -> str | None:
    """What is wrong with a selector where pages are told by offsets; as `jsonpath_problem`."""
    if path is None or _KEYS.fullmatch(path):
        return None
    from tap_analytics.records.json_paths import tells_page_size  # noqa: PLC0415  # see above

    if tells_page_size(path):
        return None
    return (
        "finds records in several lists, so that nobody knows how many of them a page holds and "
        "which offset is next: name one list, or another `paginator`."
    )
