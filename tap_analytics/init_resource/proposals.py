"""What sample responses suggest for a declared resource: selector, key and replication key.

Nothing here is proven by a sample, so every proposal says how sure it is and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, product
from typing import Any, Literal

from msgspec import Struct

from tap_analytics.records.names import listed
from tap_analytics.rest.response.signs import spelled

Confidence = Literal["certain", "likely", "guess"]
Records = Sequence[Mapping[str, Any]]

MOST_LISTS = 20
"""So many lists of a response are named."""

_ENOUGH = 50
"""So many different values of a field with an identifier's name are hardly chance."""

_WHOLE_NAMES = ("id", "uuid", "guid")
_LIKELY_NAMES = ("key", "name", "code", "slug")
_ID_NAME = re.compile(r".*(?:[a-z0-9](?:ID|Id|UUID|Uuid|UID)|_(?:id|uuid|guid|key))|ID|Id")
_BESIDE_AN_ID = re.compile(
    r".*(?:line|position|number|index|seq|sequence|version|revision|date|day|week|month|year|period"
    r"|currency|locale|language|lang|type|kind|code|name|slug)(?:_?(?:no|nr))?",
    re.IGNORECASE,
)
"""What tells records with the same identifier apart, as the line of an order does."""

_EDITED = re.compile(r"updat|modif|chang|edited", re.IGNORECASE)
_BY_WHOM = re.compile(r"by|_id|Id|ID|count", re.ASCII)
_VERSION = re.compile(
    r"(?:row_?)?(?:version|revision|seq|sequence|sequence_?(?:id|number))", re.IGNORECASE
)
_EPOCH = 1_000_000_000
"""Seconds since 1970 are more than that, and so are milliseconds."""

_MADE = re.compile(r"creat|insert|added", re.IGNORECASE)


class Proposal(Struct, frozen=True):
    """Fields proposed for a purpose, or none, with the reason."""

    fields: tuple[str, ...]
    confidence: Confidence
    reason: str

    @property
    def field(self) -> str | None:
        """The one field; None where there is none."""
        return self.fields[0] if self.fields else None


def find_records(document: object) -> list[tuple[str, int]]:
    """Find the lists of objects in a response.

    Args:
        document: The decoded response.

    Returns:
        The data selector of each list and how many objects it has, longest first. An empty list
        counts: nothing says what it would hold. Lists within records are not looked at.
    """
    return sorted(_lists(document, ()), key=lambda found: -found[1])


def likeliest_list(
    lists: Sequence[tuple[str, int]], resource: str, usual: str | None
) -> tuple[str, Confidence, str]:
    """The list of several that holds the records.

    Beside them stand others that may be longer: related objects, authors, facets.

    Args:
        lists: The data selectors of those that there are, and their lengths, longest first.
        resource: The resource's name.
        usual: The data selector of the only one that may be it by its name; None where there is
            none, or several.

    Returns:
        Its data selector, how sure that is, and why.
    """
    names = listed([selector for selector, _ in lists], MOST_LISTS)
    if len(lists) == 1:
        return lists[0][0], "certain", "the one list of objects in the response"
    full = [selector for selector, length in lists if length]
    plain = re.sub(r"[^a-z0-9]", "", resource.lower())
    alike = [each for each in full if re.sub(r"[^a-z0-9]", "", each.lower()).endswith(plain)]
    if plain and len(alike) == 1:
        return alike[0], "likely", f"the list with the resource's name; there are {names}"
    if usual in full:
        return (
            str(usual),
            "likely",
            f"by its name no list that stands beside the records; there are {names}",
        )
    reason = f"the longest of the lists of objects in the response: {names}"
    return lists[0][0], "guess", reason


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
        The proposal: one field, or two where no single one identifies a record, or none.
    """
    unique = [name for name in _names(records) if _identify((name,), records)]
    named = [name for name in unique if _is_named_as_key(name)]
    own = [name for name in named if _belongs_to(name, resource)]
    count = f"{len(records)} sample record{'s' if len(records) != 1 else ''}"
    plain = [name for name in unique if name.lower() in _LIKELY_NAMES]
    if not named and plain:
        reason = f"`{plain[0]}` is present and different in all {count}"
        return Proposal((plain[0],), "guess", reason)
    if not named:
        return _pair_of_keys(records, count)
    field = (own or named)[0]
    reason = f"`{field}` is present and different in all {count}"
    others = ", ".join(f"`{name}`" for name in named if name != field)
    if len(records) < 2:  # noqa: PLR2004 - one record shows no difference
        reason = f"`{field}` is named like a key, but there is only {count}"
        return Proposal((field,), "guess", reason)
    if others and not own:
        return Proposal((field,), "guess", f"{reason}, but so are {others}")
    if len(records) < _ENOUGH:
        return Proposal((field,), "likely", reason)
    return Proposal((field,), "certain" if own else "likely", reason)


def _pair_of_keys(records: Records, count: str) -> Proposal:
    """Two fields that identify a record together: two identifiers, or one and what is beside it."""
    names = _names(records)
    keys = [name for name in names if _is_named_as_key(name)]
    beside = [name for name in names if name not in keys and _BESIDE_AN_ID.fullmatch(name)]
    for pair in (*combinations(keys, 2), *product(keys, beside)):
        if len(records) > 1 and _identify(pair, records):
            together = f"`{pair[0]}` and `{pair[1]}` together are different in all {count}"
            return Proposal(pair, "guess", f"{together}, and no field named like a key is alone")
    reason = f"no field named like an identifier is present and different in all {count}"
    return Proposal((), "guess", reason)


def _is_named_as_key(name: str) -> bool:
    return name.lower() in _WHOLE_NAMES or _ID_NAME.fullmatch(name) is not None


def _names(records: Records) -> list[str]:
    """Return the names of the fields, in the order in which they first appear."""
    return list(dict.fromkeys(name for record in records for name in record))


def _identify(names: tuple[str, ...], records: Records) -> bool:
    """Tell whether fields are present in every record, and together nowhere twice."""
    keys = [tuple(record.get(name) for name in names) for record in records]
    for value in chain.from_iterable(keys):
        if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
            return False
    return len(set(keys)) == len(keys)


def _belongs_to(name: str, resource: str | None) -> bool:
    """Tell whether a name is that of the record's own identifier, not of another's."""
    if name.lower() in _WHOLE_NAMES:
        return True
    stem = re.sub(r"(_?(id|uuid|guid|uid|key))$", "", name, flags=re.IGNORECASE)
    plural = re.sub(r"[^a-z0-9]", "", (resource or "").lower())
    stem = re.sub(r"[^a-z0-9]", "", stem.lower())
    return bool(stem) and plural in {stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies"}


def propose_replication_key(records: Records, schema: Mapping[str, Any]) -> Proposal:
    """Propose a replication key: a date-time or a number named for the time of the last change.

    Args:
        records: The sample.
        schema: The stream's schema.

    Returns:
        The proposal, without a field where no field tells of changes. It is never certain: no
        sample shows that the API moves the value on every change.
    """
    properties = schema.get("properties", {})
    times = [name for name, node in properties.items() if node.get("format") == "date-time"]
    numbers = [name for name, node in properties.items() if is_integer(node)]
    made = [name for name in times if _MADE.search(name)]
    dated = [name for name in times if _EDITED.search(name)]
    epochs = [name for name in numbers if _EDITED.search(name) and _counts_time(name, records)]
    for edited, what in ((dated, "a date-time"), (epochs, "a time in numbers")):
        full = [name for name in edited if all(record.get(name) is not None for record in records)]
        others = ", ".join(f"`{name}`" for name in full[1:])
        if full:
            reason = f"`{full[0]}` is {what} in every record, named for the last change"
            if others:
                return Proposal((full[0],), "guess", f"{reason}, but so are {others}")
            return Proposal((full[0],), "likely" if records else "guess", reason)
        if edited:
            reason = f"`{edited[0]}` is {what} named for the last change, but not in every record"
            return Proposal((edited[0],), "guess", reason)
    if versions := [name for name in numbers if _VERSION.fullmatch(name)]:
        reason = f"`{versions[0]}` is a number that may grow with every change"
        return Proposal((versions[0],), "guess", reason)
    if made:
        reason = f"only `{made[0]}` tells of time, and it does not move when a record is changed"
        return Proposal((), "likely", reason)
    return Proposal((), "likely", "no date-time is named for the last change")


def is_integer(node: Mapping[str, Any]) -> bool:
    """Whether a field's schema takes whole numbers, and nothing else but null."""
    types = node.get("type", ())
    return "integer" in types and {*([types] if isinstance(types, str) else types)} <= {
        "integer",
        "null",
    }


def _counts_time(name: str, records: Records) -> bool:
    """Whether a number is a time since 1970, not the number of whoever made the change."""
    values = [value for record in records if (value := record.get(name)) is not None]
    return _BY_WHOM.search(name) is None and all(value >= _EPOCH for value in values)
