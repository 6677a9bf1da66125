"""Paths into an answer: plain keys (`a.b.c`) or a JSONPath."""

from __future__ import annotations

import re

_KEYS = re.compile(r"(\$\.)?[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*|\$")


def path_problem(path: str | None) -> str | None:
    """Say what is wrong with a path.

    Args:
        path: Plain keys or a JSONPath, or `None`.

    Returns:
        The end of a sentence that begins with the path's place, or `None` where all is well.
    """
    if path is None or _KEYS.fullmatch(path):
        return None
    # Plain keys are what nearly every API needs; the parser is slow to load.
    from jsonpath_ng.exceptions import JSONPathError  # noqa: PLC0415 - see above
    from jsonpath_ng.ext.parser import parse  # noqa: PLC0415 - see above

    try:
        parse(path)
    except JSONPathError as error:
        reason = str(error).splitlines()[0].rstrip("!.")
        return f"must be keys joined by dots (`a.b.c`) or a JSONPath, and is neither: {reason}."
    return None
