"""Which part of a child's state belongs to which record of its parent.

A part is found by what the child is asked for with, and by the parent's key where that is not all
of it: two parents may have the same value, and each is read from its own bookmark on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from tap_analytics.records.added_fields import ROW_HASH
from tap_analytics.records.encoding import encode
from tap_analytics.records.scalars import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk.helpers.types import Context

    from tap_analytics.records.json import JSON

    Texts = tuple[str, ...]
    Part = dict[str, Any]


class _StateManager(Protocol):
    is_flushed: bool


class _Child(Protocol):
    """What the parts need of a child stream."""

    @property
    def parent_params(self) -> Mapping[str, str]: ...
    @property
    def include_from_parent(self) -> Mapping[str, str]: ...
    @property
    def state_partitioning_keys(self) -> Sequence[str] | None: ...
    @property
    def stream_state(self) -> dict[str, Any]: ...
    @property
    def state_manager(self) -> _StateManager: ...
    def get_context_state(self, context: Context | None) -> dict[str, Any]: ...


def in_state(context: Context) -> dict[str, Any]:
    """What a state may hold of a parent: a NUL or half a character as the escape that JSON has."""
    return {name: _in_state(value) for name, value in context.items()}


def _in_state(value: JSON) -> JSON:
    try:
        if b"\\u0000" not in encode(value):
            return value
    except UnicodeEncodeError:
        pass
    return json.dumps(value, default=str)


class ParentParts:
    """The parts of one child's state, while it is read for one parent after the other."""

    def __init__(self, child: _Child) -> None:
        """Await parents."""
        self._child = child
        self._held: dict[Texts, list[Part]] = {}
        """What the state had when the run began, by what the child is asked for with."""
        for part in child.stream_state.get("partitions") or ():
            if part["context"].keys() >= child.parent_params.keys():
                self._held.setdefault(self._values(part["context"]), []).append(part)
        self._read: set[int] = set()
        """Hashes of the contexts that the child was read for."""
        self._taken_over: dict[Texts, Part] = {}
        """Parts of an earlier version, which had one for all parents with the same values."""
        self._hashes = [n for n, key in child.include_from_parent.items() if key == ROW_HASH]
        self._first: dict[Texts, tuple[object, Part]] = {}
        """For parents without a key: which came first, and from where it was read."""

    def is_new(self, context: Context) -> bool:
        """Whether the child has not been read for this parent yet; from now on it has."""
        read = hash(json.dumps(context, default=str, sort_keys=True))
        if read in self._read:
            return False
        self._read.add(read)
        return True

    def open(self, context: Context) -> None:
        """A parent's part is read now: see to it that it begins at that parent's own bookmark."""
        self._take_over(context)
        if self._hashes:
            values, part = self._values(context), self._child.get_context_state(context)
            first, before = self._first.setdefault(values, (self._hash(context), dict(part)))
            if first != self._hash(context):
                self._put_back(part, before)

    def close(self, context: Context) -> None:
        """It has been read: what parents without a key share begins where it did for the first."""
        if self._hashes:
            first, before = self._first[self._values(context)]
            if first != self._hash(context):
                self._put_back(self._child.get_context_state(context), before)

    def _take_over(self, context: Context) -> None:
        """Give a parent the part that the state has under fewer names, or in another spelling."""
        names = self._child.state_partitioning_keys or ()
        wanted = in_state({name: context[name] for name in names})
        values = self._values(context)
        parts = self._held.get(values, ())
        if any(part["context"] == wanted for part in parts):
            return
        if (shared := self._taken_over.pop(values, None)) is not None:
            # Nobody knows whose bookmark it was: the parent that took it is read anew next time.
            self._put_back(shared, {"context": shared["context"]})
        texts = {name: to_text(value) for name, value in wanted.items()}
        for part in parts:
            held = part["context"]
            if all(to_text(value) == texts.get(name) for name, value in held.items()):
                if held.keys() != wanted.keys():
                    self._taken_over[values] = part
                part["context"] = wanted
                return

    def _put_back(self, part: Part, before: Part) -> None:
        if part != before:
            part.clear()
            part.update(before)
            self._child.state_manager.is_flushed = False

    def _values(self, context: Context) -> Texts:
        return tuple(to_text(_in_state(context[param])) for param in self._child.parent_params)

    def _hash(self, context: Context) -> object:
        return [context[name] for name in self._hashes]
