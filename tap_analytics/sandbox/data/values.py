"""Seeded random numbers and formats: values that are the same whenever the seed is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

Record = dict[str, Any]

ABSENT: Any = object()
"""Stands for a key that a record does not have."""

# A float cannot carry 12345678901234.5678: numbers travel as marked text until they are written.
_OPEN, _CLOSE = "#=", "=#"
_ASCII = json.JSONEncoder(separators=(",", ":"))
_UNICODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
FIRST_CHANGE = int((datetime(2024, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) * SECOND
CHANGES_SPAN = 500 * 86_400
OFFSETS = (-6, 0, 2)
_DAYS = [(EPOCH + timedelta(days=19_723 + day)).strftime("%Y-%m-%d") for day in range(500)]


def number(text: str) -> str:
    """Mark a text as a number that is to be written digit for digit."""
    return f"{_OPEN}{text}{_CLOSE}"


_AMOUNTS = [f"{cents // 100}.{cents % 100:02d}" for cents in range(7, 10_000_000, 9_973)]


class SeededRandom(Random):
    """Random numbers that depend on the seed, the stream and the record, and on nothing else."""

    def __init__(self, seed: int, stream: str, index: int | str) -> None:
        """Start the generator of one record."""
        digest = blake2b(f"{seed}/{stream}/{index}".encode(), digest_size=8).digest()
        super().__init__(int.from_bytes(digest, "big"))

    def uuid(self) -> str:
        """Return a UUID."""
        return str(UUID(int=self.getrandbits(128)))

    def pick(self, *choices: Any) -> Any:  # noqa: ANN401 -- whatever is given comes back
        """Return one of the choices."""
        return choices[int(self.random() * len(choices))]

    def flip(self) -> bool:
        """Return true or false."""
        return self.random() * 2 < 1

    def below(self, end: int) -> int:
        """Return an integer from 0 up to `end`, which is left out."""
        return int(self.random() * end)

    def amount(self) -> str:
        """Return an amount with two decimals as text."""
        return _AMOUNTS[int(self.random() * len(_AMOUNTS))]

    def money(self) -> str:
        """Return an amount with two decimals, as a marked number."""
        return number(self.amount())

    def rate(self) -> str:
        """Return a rate with ten decimals, as a marked number."""
        return number(f"{self.below(3)}.{self.below(10**10):010d}")

    def day(self) -> str:
        """Return a date without a time."""
        return _DAYS[int(self.random() * 500)]


def identity(seed: int, stream: str, index: int | str) -> str:
    """Return the key of a record: a UUID, so that the order of keys is not that of insertion."""
    digest = blake2b(f"{seed}/{stream}/{index}/key".encode(), digest_size=16).digest()
    return str(UUID(bytes=digest))


def dumps(record: Mapping[str, Any], *, escaped: bool = True) -> str:
    """Write a record as JSON, marked numbers digit for digit.

    What is not ASCII is escaped, or stands as it is; a lone surrogate can only be escaped.
    """
    text = (_ASCII if escaped else _UNICODE).encode(record)
    if not escaped and not _encodes(text):
        return dumps(record)
    return text.replace(f'"{_OPEN}', "").replace(f'{_CLOSE}"', "")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def loads(text: str | bytes) -> Record:
    """Read a record so that `dumps` writes the same digits again."""
    record: Record = json.loads(text, parse_float=number)
    return record


def modification_time(seed: int, stream: str, index: int) -> int:
    """Return when a record was last changed, in microseconds since 1970.

    Records 8 and 9 of every ten lean on record 0: half a second later, and the very same instant.
    """
    lean = index % 10 if index % 10 in {8, 9} else 0
    anchor = index - lean
    rng = SeededRandom(seed, stream, f"{anchor}/modification_time")
    micros = FIRST_CHANGE + rng.below(CHANGES_SPAN) * SECOND
    if anchor % 10:
        micros += rng.below(SECOND) if anchor % 3 else rng.below(1_000) * 1_000
    return micros + (SECOND // 2 if lean == 8 else 0)  # noqa: PLR2004 -- see the docstring


def iso(micros: int, *, offset: int = 0, zone: bool = True) -> str:
    """Format an instant as ISO 8601 with 0, 3 or 6 digits, whatever it takes."""
    local = (EPOCH + timedelta(microseconds=micros)).astimezone(timezone(timedelta(hours=offset)))
    timespec = (
        "seconds" if not micros % SECOND else "microseconds" if micros % 1_000 else "milliseconds"
    )
    text = local.replace(tzinfo=None).isoformat(timespec=timespec)
    if not zone:
        return text
    return text + (local.strftime("%z")[:3] + ":00" if offset else "Z")


def slash_date(micros: int, *, zone: bool = True) -> str:
    """Format an instant as the accounting API does, in milliseconds."""
    return f"/Date({micros // 1_000}{'+0000' if zone else ''})/"
