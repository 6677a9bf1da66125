"""Numbers, booleans and text: what is one, and what becomes one."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_LARGEST = 2**63 - 1
_DOUBLE_DIGITS = 308
_DOUBLE_BITS = 1023
_exact = msgspec.json.Encoder(decimal_format="number")


class NonConformingValue(ValueError):  # noqa: N818  # a fact about a value
    """A value is not what the schema calls it."""


def number(value: object) -> object:
    """A number, digit for digit; one that came as a string becomes one."""
    if value.__class__ is int or value.__class__ is Decimal:
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    raise NonConformingValue


def integer(value: object) -> int:
    """An integer of at most 64 bits, from an integer, an integral decimal or a string of one."""
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


def write_huge_numbers_as_text(aside: dict[str, JSON]) -> None:
    """Turn numbers that no double can hold into their digits: targets read such JSON as infinity.

    Args:
        aside: Fields without a type of their own; changed in place.
    """
    containers: list[JSON] = [aside]
    while containers:
        container = containers.pop()
        items = container.items() if container.__class__ is dict else enumerate(container)
        for key, value in items:
            kind = value.__class__
            if kind is dict or kind is list:
                containers.append(value)
            elif (kind is Decimal and value.adjusted() >= _DOUBLE_DIGITS) or (
                kind is int and value.bit_length() > _DOUBLE_BITS
            ):
                container[key] = str(value)
