"""Changes to the data while somebody reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .catalog import RESOURCES, Resource, format_modified
from .data.values import EPOCH, SECOND, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .store import Found, Store, View


@dataclass(frozen=True)
class Edit:
    """What to delete, touch and insert, all positions as they are before the edit.

    A record is named by its position in the order that the reader sees, or by its key. A record is
    inserted before a position (none: at the end) when the reader's order is that of insertion
    or of keys; in any other order it lands where its contents put it. What is touched or
    inserted was modified now, or at the instant `at`, and has `fields` if there are any.
    """

    delete: Sequence[int | str] = ()
    touch: Sequence[int | str] = ()
    insert: Sequence[int | None] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    at: str | None = None


def apply(store: Store, view: View, edit: Edit) -> dict[str, list[str | None]]:
    """Change the data of a view's stream; return the keys that were deleted, touched, inserted."""
    with store.lock:
        gone = [store.find(view, which) for which in edit.delete]
        changed = [store.find(view, which) for which in edit.touch]
        size = store.count(view)
        places = sorted((size if place is None else place for place in edit.insert), reverse=True)
        inserted = [_insert(store, view, place, edit) for place in places]
        for found in changed:
            _touch(store, view, found, edit)
        for found in gone:
            store.remove(found.number)
    return {
        "deleted": [found.key for found in gone],
        "touched": [found.key for found in changed],
        "inserted": inserted,
    }


def _touch(store: Store, view: View, found: Found, edit: Edit) -> None:
    resource = RESOURCES[view.stream]
    record, micros = loads(found.body), _instant(resource, edit.at)
    if resource.modified and micros is not None:
        record[resource.modified] = format_modified(resource, 1, micros)
    record.update(edit.fields or {resource.touched: f"touched {next(store.fresh)}"})
    store.rewrite(found.number, dumps(record), _seen(resource, edit, micros))


def _insert(store: Store, view: View, position: int, edit: Edit) -> str | None:
    resource = RESOURCES[view.stream]
    before = store.find(view, position - 1) if position > 0 else None
    after = store.find(view, position) if position < store.count(view) else None
    fresh, micros = next(store.fresh), _instant(resource, edit.at)
    key = _key(before, after) if view.order == "key" else store.factory.fresh_key(fresh)
    row = store.factory.new(view.stream, fresh, key if resource.key else None, micros)
    if edit.fields:
        body = dumps({**loads(row.body), **edit.fields})
        row = row._replace(body=body, modified=_seen(resource, edit, micros))
    place = store.last_place(view.stream) + 1
    if view.order == "place" and after:
        place = (before.place + after.place) / 2 if before else after.place - 1
    store.add(view.stream, place, row)
    return row.key


def _seen(resource: Resource, edit: Edit, micros: int | None) -> int | None:
    """Return the modification time that filters see: none when the fields take it away."""
    return None if edit.fields.get(str(resource.modified), "") is None else micros


def _key(before: Found | None, after: Found | None) -> str:
    """Return a key that sorts between two records."""
    low = UUID(before.key).int if before and before.key else 0
    high = UUID(after.key).int if after and after.key else 2**128 - 1
    return str(UUID(int=(low + high) // 2))


def _instant(resource: Resource, at: str | None) -> int | None:
    """Return an instant in microseconds, as finely as the resource's API can say it."""
    if resource.modified is None:
        return None
    instant = datetime.fromisoformat(at) if at else datetime.now(UTC)
    since = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - EPOCH
    micros = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
    return micros - micros % 1_000 if resource.api == "accounting" else micros
