"""An entry of the setting `resources` while it is written, with what is to be said beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_analytics.records.json import JSON

PLACE = ("endpoint",)
"""Where most of an entry is."""

_ORDER = (
    "name",
    "api",
    "primary_key",
    "key_order_param",
    "key_order_value",
    "key_order_value_desc",
    "write_disposition",
    "endpoint",
    "schema",
)
_SPREAD = {("endpoint",), ("schema",), ("schema", "properties")}
"""The objects that have a line for each of their keys."""

_INDENT = "  "
LONGEST_NOTE = 1_000


class ResourceEntry:
    """One resource: values, and notes on how sure each is."""

    def __init__(self, name: str) -> None:
        """Begin with a name."""
        self.name = name
        self._value: dict[str, Any] = {"name": name}
        self._notes: dict[tuple[str, ...], list[str]] = {}
        self._others: list[dict[str, Any]] = []

    def set(
        self,
        place: tuple[str, ...],
        key: str,
        value: JSON,
        confidence: str = "",
        reason: str = "",
    ) -> None:
        """Write a value, and why it is thought to be right.

        Args:
            place: The keys that lead to the object that gets it.
            key: Its key there.
            value: The value.
            confidence: How sure it is; empty where that is no question.
            reason: Why.
        """
        holder = self._value
        for step in place:
            holder = holder.setdefault(step, {})
        holder[key] = value
        if reason:
            self._notes.setdefault((*place, key), []).append(_note(f"{confidence}: {reason}"))

    def get(self, place: tuple[str, ...], key: str) -> Any:  # noqa: ANN401  # whatever the key takes
        """What has been written; None where nothing has."""
        holder = self._value
        for step in place:
            holder = holder.get(step) or {}
        return holder.get(key)

    def note(self, place: tuple[str, ...], key: str, text: str) -> None:
        """Write a further note beside a value."""
        self._notes.setdefault((*place, key), []).append(text)

    def comment(self, place: tuple[str, ...], text: str) -> None:
        """Write a note at the beginning of an object."""
        self._notes.setdefault((*place, ""), []).append(_note(text))

    def drop(self, place: tuple[str, ...], key: str | None) -> None:
        """Take a value out again, where there is one, and what held nothing else."""
        holder = self.get(place[:-1], place[-1])
        if holder and key in holder:
            del holder[key]
            if not holder:
                del self._value[place[0]][place[-1]]

    def leave_out(self, streams: Iterable[str]) -> None:
        """Say that other streams, which the entry brings along, are not selected."""
        self._others = [{"name": name, "selected": False} for name in streams]

    def setting(self) -> dict[str, Any]:
        """The setting `resources` with this one entry, and those that leave streams out."""
        order = [key for key in _ORDER if key in self._value]
        return {"resources": [{key: self._value[key] for key in order}, *self._others]}

    def as_yaml(self) -> str:
        """The same as YAML, each note as a comment above what it is about."""
        entry = self.setting()["resources"][0]
        first, *lines = self._lines(entry, (), "")
        others = [f"- {_flow(each)}" for each in self._others]
        note = (
            ["# Streams of the same API; without these lines they are read, too."] if others else []
        )
        own = [f"{_INDENT}{line}" for line in lines]
        return "\n".join(["resources:", f"- {first}", *own, *note, *others])

    def _lines(
        self, value: Mapping[str, Any], place: tuple[str, ...], indent: str
    ) -> Iterator[str]:
        for index, (key, item) in enumerate(value.items()):
            if index == (0 if place else 1):
                # Behind the name, which begins the entry.
                yield from (f"{indent}# {comment}" for comment in self._notes.get((*place, ""), ()))
            yield from (f"{indent}# {comment}" for comment in self._notes.get((*place, key), ()))
            if (*place, key) in _SPREAD:
                yield f"{indent}{_flow(key)}:"
                yield from self._lines(item, (*place, key), indent + _INDENT)
            else:
                yield f"{indent}{_flow(key)}: {_flow(item)}"


def _flow(value: JSON) -> str:
    """A value on one line."""
    # Only this command needs YAML, and it is slow to load.
    import yaml  # noqa: PLC0415

    class Dumper(yaml.SafeDumper):
        """Writes text that cannot be seen as escapes: no terminal obeys it, and YAML reads it."""

    def write_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
        style = None if text.isprintable() else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)

    Dumper.add_representer(str, write_text)
    text: str = yaml.dump(
        value,
        Dumper=Dumper,
        default_flow_style=True,
        width=float("inf"),
        allow_unicode=True,
        sort_keys=False,
    )
    line = text.removesuffix("\n").removesuffix("\n...")
    # What YAML takes for text that can be seen, and terminals do not: they stand within quotes.
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in line)


def _note(text: str) -> str:
    """A comment is one line that ends no comment."""
    return shown(text, LONGEST_NOTE)
