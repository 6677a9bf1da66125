"""Changes to the data while somebody reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .catalog import RESOURCES
from .data.values import SECOND, Record, dumps, loads
from .dialect import micros_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .store import Found, Store, View


@dataclass(frozen=True)
class Edit:
    """What to delete, touch, alter and insert, all positions as they are before the edit.

    A record is named by its position in the order that the reader sees, or by its key. A record
    is inserted before a position or a key (none: at the end) when the reader's order is that of
    insertion or of keys; in any other order it lands where its contents put it.

    What is touched or inserted was modified now, at the instant `at`, or `late` seconds ago: a
    change that shows later than the time it bears. What is altered keeps its modification time.
    All have `fields`, lose the fields in `remove` and get the new names in `rename`, if any.
    """

    delete: Sequence[int | str] = ()
    touch: Sequence[int | str] = ()
    alter: Sequence[int | str] = ()
    insert: Sequence[int | str | None] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    remove: Sequence[str] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    at: str | None = None
    late: float = 0.0

    def contents(self, record: Record) -> Record:
        """Return a record with the edit's fields and names."""
        record = {**record, **self.fields}
        return {
            self.rename.get(name, name): value
            for name, value in record.items()
            if name not in self.remove
        }


def apply(store: Store, view: View, edit: Edit) -> dict[str, list[str | None]]:
    """Change the data of a view's stream; return the keys that were deleted, touched, inserted."""
    with store.lock:
        gone = [store.find(view, which) for which in edit.delete]
        touched = [store.find(view, which) for which in edit.touch]
        altered = [store.find(view, which) for which in edit.alter]
        inserted = [_insert(store, view, place, edit) for place in _places(store, view, edit)]
        for found in touched:
            _touch(store, view, found, edit)
        for found in altered:
            record = edit.contents(loads(found.body))
            _rewrite(store, view, found, record, found.modified)
        for found in gone:
            store.remove(found.number)
    return {
        "deleted": [found.key for found in gone],
        "touched": [found.key for found in (*touched, *altered)],
        "inserted": inserted,
    }


def _places(store: Store, view: View, edit: Edit) -> list[int | None]:
    """Return the positions to insert at, the last first, so that none moves another."""
    keys = []
    if any(isinstance(place, str) for place in edit.insert):
        keys = [found.key for found in store.found(view, 0, store.count(view))]
    places = [keys.index(place) if isinstance(place, str) else place for place in edit.insert]
    ends = [place for place in places if place is None]
    return [*ends, *sorted((place for place in places if place is not None), reverse=True)]


def _touch(store: Store, view: View, found: Found, edit: Edit) -> None:
    resource = RESOURCES[view.stream]
    record, micros = loads(found.body), _instant(store, view.stream, edit)
    time_format = store.factory.time_format(view.stream)
    if resource.modified and micros is not None:
        if edit.late and found.modified is not None:
            # A change that shows late is still later than the change before it.
            micros = max(micros, found.modified + time_format.step)
        record[resource.modified] = time_format.write(1, micros)
    if edit.fields or edit.remove or edit.rename:
        record = edit.contents(record)
    else:
        record[resource.touched] = f"touched {next(store.fresh)}"
    _rewrite(store, view, found, record, micros)


def _rewrite(store: Store, view: View, found: Found, record: Record, micros: int | None) -> None:
    store.rewrite(found.number, dumps(record), _seen(view, record, micros))


def _insert(store: Store, view: View, position: int | None, edit: Edit) -> str | None:
    resource = RESOURCES[view.stream]
    by_key = view.order == "key"
    if position is None and by_key:
        position = store.count(view)
    before = store.find(view, position - 1) if position else None
    after = None
    if position is not None and position < store.count(view):
        after = store.find(view, position)
    fresh, micros = next(store.fresh), _instant(store, view.stream, edit)
    key = _key_between(before, after) if by_key else store.factory.fresh_key(fresh)
    row = store.factory.new(view.stream, fresh, key if resource.key else None, micros)
    if edit.fields or edit.remove or edit.rename:
        record = edit.contents(loads(row.body))
        row = row._replace(body=dumps(record), modified=_seen(view, record, micros))
    place = store.last_place(view.stream) + 1
    if view.order == "place" and after:
        place = (before.place + after.place) / 2 if before else after.place - 1
    store.add(view.stream, place, row)
    return row.key


def _seen(view: View, record: Record, micros: int | None) -> int | None:
    """Return the modification time that filters see: none when the record has none."""
    return None if record.get(str(RESOURCES[view.stream].modified)) is None else micros


def _key_between(before: Found | None, after: Found | None) -> str:
    """Return a key that sorts between two records."""
    low = UUID(before.key).int if before and before.key else 0
    high = UUID(after.key).int if after and after.key else 2**128 - 1
    return str(UUID(int=(low + high) // 2))


def _instant(store: Store, stream: str, edit: Edit) -> int | None:
    """Return when an edit says it was, in microseconds, as finely as the API can say it."""
    if RESOURCES[stream].modified is None:
        return None
    instant = datetime.fromisoformat(edit.at) if edit.at else store.now()
    return store.factory.time_format(stream).floor(micros_of(instant) - int(edit.late * SECOND))
