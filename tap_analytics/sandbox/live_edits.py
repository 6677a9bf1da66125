"""A table that somebody works with: a seeded script of edits, so many for each page request."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import edits
from .catalog import RESOURCES
from .store import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .store import Store

WHEN = ("before", "between", "after")


class LoggedEdit(NamedTuple):
    """An edit that was made: at which request for a page of the stream, what, of which record."""

    stream: str
    request: int
    kind: str
    key: str | None


@dataclass
class LiveEdits:
    """Edits of one stream, made while its pages are read.

    Args:
        stream: whose records change.
        per_page: edits for each page request; 0.1 is one edit for ten requests.
        touch: the weight of changes to records that are there; so `insert` and `delete`.
        insert: new records, at the end in the order of insertion, with a random key.
        delete: records that go.
        seed: what decides which records they are.
        late: a change bears a time up to so many seconds before the moment it shows.
        when: `before` the page is read, `between` its count and its records, or `after` it.
        requests: the numbers of the page requests that bring edits, from 1; none: every one.
        most: after so many edits it is quiet; none: never.
        seconds: so much time passes on the server's clock with each page request.
    """

    stream: str
    per_page: float
    touch: float = 60
    insert: float = 30
    delete: float = 10
    seed: int = 1
    late: float = 0.0
    when: str = "before"
    requests: Sequence[int] | None = None
    most: int | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Begin with the first request."""
        if RESOURCES.get(self.stream) is None or RESOURCES[self.stream].key is None:
            message = f"The sandbox has no stream {self.stream!r} with a key."
            raise ValueError(message)
        if self.when not in WHEN:
            message = f"Live edits happen {', '.join(WHEN)} a page, not {self.when!r}."
            raise ValueError(message)
        self._random = random.Random(self.seed)
        self._due = 0.0
        self._request = 0
        self._made = 0
        self._keys: list[str] | None = None

    def count(self) -> int:
        """Count a page request; return how many edits it brings."""
        self._request += 1
        if self.requests is not None and self._request not in self.requests:
            return 0
        # Ten times 0.1 is a little less than 1.
        self._due += self.per_page + 1e-9
        number = int(self._due)
        self._due -= number
        return number if self.most is None else min(number, self.most - self._made)

    def make(self, store: Store, number: int) -> list[LoggedEdit]:
        """Make so many edits; return what they were."""
        with store.lock:
            if self._keys is None:
                self._keys = store.keys(self.stream)
            made = [self._one(store, self._keys) for _ in range(number)]
        self._made += number
        return made

    def _one(self, store: Store, keys: list[str]) -> LoggedEdit:
        weights = (self.touch, self.insert, self.delete) if keys else (0, 1, 0)
        (kind,) = self._random.choices(("touch", "insert", "delete"), weights)
        late = self._random.uniform(0, self.late) if self.late else 0.0
        view = View(self.stream, archived=True)
        if kind == "insert":
            (key,) = edits.apply(store, view, edits.Edit(insert=[None], late=late))["inserted"]
            keys.append(str(key))
            return LoggedEdit(self.stream, self._request, kind, key)
        place = self._random.randrange(len(keys))
        key = keys[place]
        if kind == "delete":
            keys[place] = keys[-1]
            keys.pop()
        touched, deleted = ([key], []) if kind == "touch" else ([], [key])
        change = edits.Edit(touch=touched, delete=deleted, late=late)
        try:
            edits.apply(store, view, change)
        except LookupError:
            # Somebody else deleted that record: take another one.
            keys[:] = store.keys(self.stream)
            return self._one(store, keys)
        return LoggedEdit(self.stream, self._request, kind, key)
