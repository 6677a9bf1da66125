"""Names that an object has twice: JSON allows it, and decoding keeps the last value only.

Nearly no server sends them but one that joins two tables with a column of the same name, and then
each of its records has them: so the first ones of a stream are looked at, and no other.
"""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from tap_analytics.rest.response.document import RawRecords

LOOKED_AT = 20
"""How many records are looked at: a fifth of a millisecond for them all."""


def repeated_names(records: RawRecords) -> set[str]:
    """The names that an object in one of the first records has with several values.

    Args:
        records: Those of a page.
    """
    found: set[str] = set()

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        last = dict(pairs)
        if len(last) < len(pairs):
            found.update(name for name, value in pairs if value != last[name])
        return last

    for item in islice(records.items, LOOKED_AT):
        if isinstance(item, msgspec.Raw):
            # What is no JSON by this parser has its sentence elsewhere.
            with suppress(ValueError, RecursionError):
                text = bytes(item).decode(errors="replace")
                json.loads(text, object_pairs_hook=members, parse_constant=str)
    return found
