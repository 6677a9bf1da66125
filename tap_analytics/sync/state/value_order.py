"""In which order replication values lie that are no date-times.

Numbers lie in theirs. Of text only dates have an order of which everybody is sure, as long as all
are written alike: nobody knows whether an API that is asked for what comes after `9` finds `10`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable
    from collections.abc import Set as AbstractSet

Value = str | int | Decimal

NUMBER, DIGITS, TEXT = "a number", "a number as text", "text"

_DIGITS = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?", re.ASCII)
_DATE = re.compile(
    r"\d{4}-\d\d(?:-\d\d(?:(?P<separator>[T ])\d\d:\d\d(?::\d\d)?(?:\.\d+)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?)?",
    re.ASCII,
)


def form_of(value: Value) -> Hashable:
    """How a value is written: text that sorts as time does only among its like is told apart."""
    if not isinstance(value, str):
        return NUMBER
    date = _DATE.fullmatch(value)
    if date is not None:
        return (len(value), date["separator"], date["zone"])
    return DIGITS if _DIGITS.fullmatch(value) else TEXT


def is_sure(forms: AbstractSet[Hashable]) -> bool:
    """Whether values of these forms lie in an order that no API sees otherwise."""
    return len(forms) <= 1 and not forms & {DIGITS, TEXT}


def is_comparable(forms: AbstractSet[Hashable]) -> bool:
    """Whether values of these forms lie in some order: else none of them is the highest."""
    return len(forms) <= 1 or forms <= {NUMBER, DIGITS}


def before_or_at(one: Value, other: Value) -> bool:
    """Whether a value comes no later than another: numbers as numbers, though they are text."""
    if {form_of(one), form_of(other)} <= {NUMBER, DIGITS}:
        return Decimal(one) <= Decimal(other)
    return str(one) <= str(other)
