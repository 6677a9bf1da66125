"""What sample responses suggest for a declared resource: selector, key and replication key.

Nothing here is proven by a sample, so every proposal says how sure it is and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from tap_analytics.rest.detection import spelled

Confidence = Literal["certain", "likely", "guess"]
Records = Sequence[Mapping[str, Any]]

_ENOUGH = 50
"""So many different values of a field with an identifier's name are hardly chance."""

_WHOLE_NAMES = ("id", "uuid", "guid")
_ID_NAME = re.compile(r".*(?:[a-z0-9](?:ID|Id|UUID|Uuid|UID)|_(?:id|uuid|guid|key))|ID|Id")
_EDITED = re.compile(r"updat|modif|chang|edited", re.IGNORECASE)
_MADE = re.compile(r"creat|insert|added", re.IGNORECASE)


class Proposal(Struct, frozen=True):
    """A field proposed for a purpose, or none (`field` is `None`), with the reason."""

    field: str | None
    confidence: Confidence
    reason: str


def find_records(document: object) -> list[tuple[str, int]]:
    """Find the lists of objects in a response.

    Args:
        document: The decoded response.

    Returns:
        The data selector of each list and how many objects it has, longest first. An empty list
        counts: nothing says what it would hold. Lists within records are not looked at.
    """
    return sorted(_lists(document, ()), key=lambda found: -found[1])


def _lists(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    if isinstance(value, list):
        if all(isinstance(item, dict) for item in value):
            yield spelled(path), len(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _lists(item, (*path, name))


def propose_key(records: Records, resource: str | None = None) -> Proposal:
    """Propose a primary key: a field whose values are present, different and named like one.

    Args:
        records: The sample.
        resource: The resource's name: `BankTransactionID` is the key of `bank_transactions`,
            `ContactID` is not.

    Returns:
        The proposal, without a field where no single field identifies a record.
    """
    unique = [name for name in _names(records) if _identifies(name, records)]
    named = [name for name in unique if name.lower() in _WHOLE_NAMES or _ID_NAME.fullmatch(name)]
    own = [name for name in named if _belongs_to(name, resource)]
    count = f"{len(records)} sample record{'s' if len(records) != 1 else ''}"
    if not named:
        reason = f"no field named like an identifier is present and different in all {count}"
        return Proposal(None, "guess", reason)
    field = (own or named)[0]
    reason = f"`{field}` is present and different in all {count}"
    others = ", ".join(f"`{name}`" for name in named if name != field)
    if len(records) < 2:  # noqa: PLR2004 - one record shows no difference
        return Proposal(field, "guess", f"`{field}` is named like a key, but there is only {count}")
    if others and not own:
        return Proposal(field, "guess", f"{reason}, but so are {others}")
    if len(records) < _ENOUGH:
        return Proposal(field, "likely", reason)
    return Proposal(field, "certain" if own else "likely", reason)


def _names(records: Records) -> list[str]:
    """Return the names of the fields, in the order in which they first appear."""
    return list(dict.fromkeys(name for record in records for name in record))


def _identifies(name: str, records: Records) -> bool:
    """Tell whether a field is present in every record, and nowhere twice."""
    values = [record.get(name) for record in records]
    if any(isinstance(value, bool) or not isinstance(value, (int, str)) for value in values):
        return False
    return "" not in values and len(set(values)) == len(values)


def _belongs_to(name: str, resource: str | None) -> bool:
    """Tell whether a name is that of the record's own identifier, not of another's."""
    if name.lower() in _WHOLE_NAMES:
        return True
    stem = re.sub(r"(_?(id|uuid|guid|uid|key))$", "", name, flags=re.IGNORECASE)
    plural = re.sub(r"[^a-z0-9]", "", (resource or "").lower())
    stem = re.sub(r"[^a-z0-9]", "", stem.lower())
    return bool(stem) and plural in {stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies"}


def propose_replication_key(records: Records, schema: Mapping[str, Any]) -> Proposal:
    """Propose a replication key: a date-time that is named for the time of the last change.

    Args:
        records: The sample.
        schema: The stream's schema; only its date-times are considered.

    Returns:
        The proposal, without a field where no field tells of changes. It is never certain: no
        sample shows that the API moves the date-time on every change.
    """
    moments = [
        name
        for name, node in schema.get("properties", {}).items()
        if node.get("format") == "date-time"
    ]
    edited = [name for name in moments if _EDITED.search(name)]
    made = [name for name in moments if _MADE.search(name)]
    full = [name for name in edited if all(record.get(name) is not None for record in records)]
    if full:
        others = ", ".join(f"`{name}`" for name in full[1:])
        reason = f"`{full[0]}` is a date-time in every record, named for the last change"
        if others:
            return Proposal(full[0], "guess", f"{reason}, but so are {others}")
        return Proposal(full[0], "likely" if records else "guess", reason)
    if edited:
        reason = f"`{edited[0]}` is a date-time named for the last change, but not in every record"
        return Proposal(edited[0], "guess", reason)
    if made:
        reason = f"only `{made[0]}` tells of time, and it does not move when a record is changed"
        return Proposal(None, "likely", reason)
    return Proposal(None, "likely", "no date-time is named for the last change")
