"""JSON that people write: read with bounds, and refused in a phrase that quotes nothing of it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON

DEEPEST = 100
"""The most objects and lists within each other: what works on them goes level by level."""

MOST_DIGITS = 300
"""The most digits of a whole number: one of 309 digits fits into no float."""


def decode(text: str) -> JSON:
    """Decode a JSON text.

    Args:
        text: What was read.

    Returns:
        The value.

    Raises:
        ValueError: It is not JSON, or beyond the bounds. The message is the end of a sentence
            such as "The file is ...", and quotes nothing of the text.
    """
    try:
        value: JSON = json.loads(text, parse_int=_integer)
    except json.JSONDecodeError as error:
        message = f"not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        # The cause would carry the whole text with its secrets.
        raise ValueError(message) from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if problem := bounds_problem(value):
        raise ValueError(problem)
    return value


_TOO_DEEP = f"nested too deeply: {DEEPEST} levels are the most"
_TOO_MANY_DIGITS = f"not usable: a number in it has more than {MOST_DIGITS} digits"


def bounds_problem(value: object) -> str | None:
    """Say what in a JSON value nothing can work with.

    Args:
        value: Plain values.

    Returns:
        The end of a sentence; None where all is well.
    """
    level = [value]
    for _ in range(DEEPEST + 1):
        for item in level:
            if isinstance(item, float) and not math.isfinite(item):
                return "not usable: a number in it is infinite or NaN"
            if isinstance(item, int) and abs(item) >= 10**MOST_DIGITS:
                return _TOO_MANY_DIGITS
            if isinstance(item, str) and not _is_text(item):
                return "not usable: a text in it has half a character, such as \\ud800"
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in ((*item, *item.values()) if isinstance(item, dict) else item)
        ]
        if not level:
            return None
    return _TOO_DEEP


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= MOST_DIGITS + 1 else _refuse()


def _refuse() -> NoReturn:
    raise ValueError(_TOO_MANY_DIGITS)
