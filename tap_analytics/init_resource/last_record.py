"""Whether a list goes on behind a record: then the ID of a page's last one leads to the next page.

No response names such a cursor. It is found by what the API is asked for with the ID of a record
whose successors are known: the first one of a page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.records.json import value_at
from tap_analytics.rest.response.signs import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tap_analytics.init_resource.requests import TrialResponse
    from tap_analytics.rest.response.signs import Sign

    Records = list[dict[str, Any]]
    Ask = Callable[[Mapping[str, object]], TrialResponse | None]

WITH_FLAG = "starting_after"
"""The parameter that takes an ID where a response says by a flag that there is more: Stripe's."""

_ID = re.compile(r"_?id|[ugs]u?id|ts|key|\w+(_id|Id|ID)", re.ASCII)
_MOST_FIELDS = 3
_LEAST_SHOWN = 2
"""So many records that follow in order are no chance."""


class LastRecord(Struct, frozen=True):
    """Where the cursor stands, and the parameter that takes it."""

    cursor_path: str
    cursor_param: str


def cursors_of_records(
    ask: Ask, selector: str, records: Records, sized: Mapping[str, int], param: str
) -> Iterator[LastRecord]:
    """The cursors that a parameter takes, as the API shows.

    Args:
        ask: Sends a request with parameters; None where it is refused.
        selector: Where the records are.
        records: A first page.
        sized: What asks for as many.
        param: The parameter.
    """
    for field in id_fields(records):
        ids = [value_at(record, field) for record in records]

        def behind(record_id: object, field: str = field) -> list[object] | None:
            response = ask({**sized, param: record_id})
            found = response.records(selector) if response else None
            return None if found is None else [value_at(record, field) for record in found]

        second = behind(ids[0])
        shown = min(len(second or []), len(ids) - 1)
        if second is None or shown < _LEAST_SHOWN or second[:shown] != ids[1 : shown + 1]:
            continue
        following = behind(ids[-1])
        if following is not None and not {*map(str, following)} & {*map(str, ids)}:
            yield LastRecord(path_of_last(selector, field), param)


def id_fields(records: Records) -> list[str]:
    """The fields that may be IDs: called like one, in every record, and each time another.

    Args:
        records: Those of a page.
    """
    if not records:
        return []
    fields = [path for path in _paths(records[0]) if _ID.fullmatch(path.rpartition(".")[2])]
    found = [path for path in fields if _differs(value_at(record, path) for record in records)]
    # The record's own one comes first.
    return sorted(found, key=lambda path: path not in {"id", "_id"})[:_MOST_FIELDS]


def path_of_last(selector: str, field: str) -> str:
    """Where a field of the last record of a response is."""
    return f"{selector.removesuffix('[*]')}[-1].{field}"


def flag_of_more(signs: Iterable[Sign]) -> bool:
    """Whether a response says by a flag in its body that there is more."""
    return any(
        sign.kind is Kind.MORE and sign.value and not (sign.header or sign.tells_of_query)
        for sign in signs
    )


def _paths(record: Mapping[str, Any]) -> Iterator[str]:
    """The fields of a record, and those of the objects in it."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)
        else:
            yield name


def _differs(values: Iterable[object]) -> bool:
    found = [*values]
    plain = all(isinstance(value, str | int) and not isinstance(value, bool) for value in found)
    return plain and len({*map(str, found)}) == len(found)
