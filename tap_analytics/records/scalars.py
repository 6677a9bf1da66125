"""Numbers, booleans and text: what is one, and what becomes one."""

from __future__ import annotations

import re
from decimal import MAX_PREC, Context, Decimal, Overflow, Subnormal

import msgspec

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_LARGEST = 2**63 - 1
_exact = msgspec.json.Encoder(decimal_format="number")

MOST_DIGITS = 308
"""An integer of so many digits still fits into a double."""

exact_decimal = Context(
    prec=MAX_PREC, Emin=-323, Emax=MOST_DIGITS - 1, traps=[Overflow, Subnormal]
).create_decimal
"""A decimal, digit for digit; an `ArithmeticError` where a double would make it infinite or 0."""


class NonConformingValue(ValueError):  # noqa: N818  # a fact about a value
    """A value is not what the schema calls it."""


def number(value: object) -> object:
    """A number, digit for digit; one that came as a string becomes one.

    Raises:
        NonConformingValue: It is none.
        ArithmeticError: No double holds it, so that a target would read another number.
    """
    if value.__class__ is int or value.__class__ is Decimal:
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return exact_decimal(value.strip())
    raise NonConformingValue


def integer(value: object) -> int:
    """An integer of at most 64 bits, from an integer, an integral decimal or a string of one."""
    if value.__class__ is int and -_LARGEST - 1 <= value <= _LARGEST:
        return value
    exact = number(value)
    # The range first: the integer of 1e999999999 would fill the memory.
    if not isinstance(exact, int | Decimal) or not -_LARGEST - 1 <= exact <= _LARGEST:
        raise NonConformingValue
    if exact != int(exact):
        raise NonConformingValue
    return int(exact)


def boolean(value: object) -> bool:
    """A boolean, from `true`, `false`, 1, 0 or a string of one of these."""
    truth = {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
    if truth is None:
        raise NonConformingValue
    return truth


def to_text(value: object) -> str:
    """A scalar's digits as they came, or the JSON of anything else."""
    return value if isinstance(value, str) else _exact.encode(value).decode()
