"""How responses write a count: `25`, `"1,040"`, `"25 items"`, `"1 of 6"`, `"1-10 of 60"`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON

_LARGEST = 2**63 - 1
_NUMBER = r"(?:\d{1,3}(?:[,' _\u2019\u00a0\u202f]\d{3})+|\d{1,19})(?:\.0{1,2})?"
_OF = rf"(?:[a-z]+ )?{_NUMBER}(?: ?(?:-|\u2013|to) ?{_NUMBER})? ?(?:of|/|out of) ?({_NUMBER})"
_PLACE = re.compile(rf"{_OF}(?: [a-z]+)?", re.IGNORECASE)
_COUNT = re.compile(rf"({_NUMBER})(?: [a-z]+)?", re.IGNORECASE)


def whole_number(value: JSON) -> int | None:
    """The count that a value is, in whatever spelling: `25`, `"25 "`, `25.0`; else None.

    Of a place among all, such as `"1 of 6"`, it is their number.
    """
    if isinstance(value, str):
        text = value.strip()
        found = _COUNT.fullmatch(text) or _PLACE.fullmatch(text)
        value = None if found is None else int(re.sub(r"\..*|\D", "", found[1]))
    counts = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not counts or not 0 <= value <= _LARGEST or value != int(value):
        return None
    return int(value)


def is_place(value: JSON) -> bool:
    """Whether a value is a place among all, such as `"1 of 6"`."""
    return isinstance(value, str) and _PLACE.fullmatch(value.strip()) is not None
