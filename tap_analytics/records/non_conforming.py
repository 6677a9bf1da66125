"""Values that their fields cannot hold: what is said of one, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tap_analytics.records.json import JSON, json_type_name

if TYPE_CHECKING:
    from collections.abc import Sequence

OnInvalid = Literal["keep", "null", "fail"]
"""What becomes of a value that its field cannot hold. The field is null, and the value is kept in
`additional_properties` or gone; or the stream fails."""

WANTED = {
    "string": "a string",
    "number": "a number",
    "integer": "an integer of at most 64 bits",
    "boolean": "a boolean",
    "object": "an object",
    "array": "a list",
}
"""A schema's types in words."""

FINER = "a date-time finer than a microsecond"
SIX_DIGITS = "a date-time of six fractional digits"


class NonConforming(NamedTuple):
    """A value that its field cannot hold."""

    path: str
    """The field, without the indexes of lists: `lines[].price`."""

    place: str
    """The same with them: `lines[3].price`."""

    value: JSON
    """The value as it came. It is neither redacted nor cut: that is for whoever tells it."""

    came: str
    """The value's type in words: "a string"."""

    wanted: str
    """The field's type in words: "a number"."""

    instead: str | None = None
    """What the field has now: null, or the date-time rounded down."""


class InvalidValueError(Exception):
    """A value that its field cannot hold came where the stream is to fail for it.

    It is no `ValueError`: nothing on its way up may take it for a value to be put aside.
    """

    def __init__(self, found: NonConforming) -> None:
        """Say what was found where."""
        super().__init__(f"{found.place} is {found.came}, not {found.wanted}")
        self.found = found


class Field(NamedTuple):
    """Where a field stands in its schema, and what it wants."""

    pieces: tuple[str, ...]
    """Its path, cut where a list's index stands: `("lines", ".price")`."""

    wanted: str

    @property
    def path(self) -> str:
        """Its path without indexes."""
        return "[]".join(self.pieces)

    def holds_not(self, value: JSON, indexes: Sequence[int]) -> NonConforming:
        """What is to be said of a value that it cannot hold.

        Args:
            value: The value as it came.
            indexes: For each list on the way to the field, from the outside, which item it is.
        """
        first, *others = self.pieces
        place = first + "".join(
            f"[{index}]{piece}" for index, piece in zip(indexes, others, strict=False)
        )
        return NonConforming(self.path, place, value, json_type_name(value), self.wanted)
