"""What stands in a body around the records, or beside them: where signs of more are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.rest.response.key_paths import ListIndex

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON
    from tap_analytics.rest.response.document import JSONBody

    Path = tuple[str, ...]


def members_at(body: JSONBody, value: JSON, at: Path, records: Path) -> dict[str, JSON]:
    """What `value` holds that may be an envelope, by its name; nothing where it holds none.

    Of a list only the item that leads to the records; all, where one of them is their list: then
    it holds them and what tells of them, as the World Bank's does.

    Args:
        body: The response's.
        value: What `raw` returned.
        at: The keys that lead there.
        records: The keys that lead to the records.
    """
    if not is_tuple(at, records) and not _leads_through(at, records):
        return body.members(value)
    items: dict[str, JSON] = {}
    for place, item in enumerate(body.items(value)):
        items[ListIndex(place)] = item
    if is_tuple(at, records):
        return items
    key = records[len(at)]
    return {key: items[key]} if key in items else {}


def is_tuple(at: Path, records: Path) -> bool:
    """Whether a list stands there of which one item is the list of the records."""
    return _leads_through(at, records) and len(records) == len(at) + 1


def _leads_through(at: Path, records: Path) -> bool:
    """Whether a list stands there, and an item of it leads to the records."""
    in_front = len(at) < len(records) and records[: len(at)] == at
    return in_front and isinstance(records[len(at)], ListIndex)
