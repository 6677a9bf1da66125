"""A response's body, decoded no further than it is asked for, and the records in it.

A body is checked where it arrives, on a worker thread, but its records are decoded only when
their turn comes: what waits in between stays as small as it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from tap_analytics.records.json import JSON, json_type_name
from tap_analytics.records.scalars import MOST_DIGITS, exact_decimal
from tap_analytics.rest.response.key_paths import ListIndex
from tap_analytics.rest.response.unloadable import Cleaning, needs_cleaning, with_marks

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_split = msgspec.json.Decoder(dict[str, msgspec.Raw])
_any = msgspec.json.Decoder(float_hook=exact_decimal)
_record = msgspec.json.Decoder(dict[str, JSON], float_hook=exact_decimal)
_items = msgspec.json.Decoder(list[msgspec.Raw])

_REFUSED = (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError)
"""What decoding raises for what `_lenient` reads; the last for a number that no double holds."""

_PIECE = 256 * 1024
"""Bytes that are looked at together."""

MISSING = object()

_TOO_DEEP = "the JSON is nested too deeply to be read"


class NotJSONError(ValueError):
    """The body is no JSON, or ended too soon to be any."""


class NoRecordsError(ValueError):
    """The body is JSON, but its records are not where the selector says."""

    lacks = "no records"
    """What the response is without."""


class NoNextPageError(NoRecordsError):
    """The body says that there is a next page, and nothing that leads there."""

    lacks = "no next page"


class JSONBody:
    """A body, decoded no further than it is asked for."""

    def __init__(self, body: bytes) -> None:
        """Check a body.

        Raises:
            NotJSONError: It is no JSON.
            NoRecordsError: It is nested too deeply.
        """
        body = with_marks(body.removeprefix(_BYTE_ORDER_MARK))
        self._raw: JSON
        try:
            self._raw = _split.decode(body)
        except msgspec.ValidationError:
            self._raw = _no_object(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._raw = _lenient(body)
        except RecursionError as error:
            raise NoRecordsError(_TOO_DEEP) from error

    def raw(self, path: tuple[str, ...]) -> JSON:
        """What stands at a path, raw or decoded; `MISSING` where nothing does.

        Args:
            path: Names of members, and of items of lists each its `ListIndex`.
        """
        value = self._raw
        holder: dict[str, JSON] = {}
        for depth, key in enumerate(path):
            if isinstance(key, ListIndex):
                items, place = self.items(value), int(key)
                if not -len(items) <= place < len(items):
                    return MISSING
                holder, value = {}, items[place]
                continue
            if isinstance(value, msgspec.Raw):
                members = _members(value)
                if members is None:
                    return MISSING
                value = members
                # Kept, so that whoever looks there again need not split the whole body once more.
                holder[path[depth - 1]] = value
            if not isinstance(value, dict) or key not in value:
                return MISSING
            holder, value = value, value[key]
        return value

    def get(self, path: tuple[str, ...]) -> JSON:
        """What stands at a path of keys, decoded; `MISSING` where nothing does."""
        return self.decoded(self.raw(path))

    def members(self, value: JSON) -> dict[str, JSON]:
        """The members of an object that `raw` returned, not decoded; none where it is no object."""
        if isinstance(value, msgspec.Raw):
            return _members(value) or {}
        return value if isinstance(value, dict) else {}

    def items(self, value: JSON) -> list[JSON]:
        """The items of a list that `raw` returned, not decoded; none where it is no list."""
        found = RawRecords.from_json(value)
        return [] if found is None else found.items

    def scalar(self, value: JSON) -> JSON:
        """What `raw` returned, decoded; `MISSING` where it is a list or an object."""
        if isinstance(value, msgspec.Raw):
            if bytes(memoryview(value)[:1]) in {b"[", b"{"}:
                return MISSING
            return self.decoded(value)
        return MISSING if isinstance(value, list | dict) else value

    def decoded(self, value: JSON) -> JSON:
        """What `raw` returned, decoded."""
        if isinstance(value, msgspec.Raw):
            return _decoded(value, _any)
        if isinstance(value, dict):
            return {key: self.decoded(item) for key, item in value.items()}
        return value


class RawRecords(Struct, frozen=True):
    """The records of one page, not yet decoded."""

    items: list[JSON]
    """Each record: raw, or decoded where `together` is None."""

    together: msgspec.Raw | None = None
    single: bool = False
    """Whether they are one object in the place of a list."""

    held: list[JSON] | None = None
    """What the server's page holds, where a selector takes some of it; None where all of it is."""

    outer: Sequence[int] | None = None
    """A hash of each item of the page's outer list, where records are in lists within it."""

    frame: bool = False
    """Whether there are lists within others, and all of them are empty."""

    @classmethod
    def from_json(cls, found: JSON) -> RawRecords | None:
        """The records in what stands where they should; None where that is no list."""
        if isinstance(found, msgspec.Raw):
            try:
                return cls(_items.decode(found), found)
            except msgspec.ValidationError:
                return None
        return cls(found) if isinstance(found, list) else None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.items)

    @property
    def on_page(self) -> int:
        """How many the server's page holds, those among them that are not selected."""
        return len(self.items if self.held is None else self.held)

    @property
    def listed(self) -> int:
        """How many items the server's own list has on the page, which its counts may mean."""
        return self.on_page if self.outer is None else len(self.outer)

    @property
    def size(self) -> int:
        """Bytes, as far as they are known."""
        return 0 if self.together is None else len(memoryview(self.together))

    def digest(self) -> int:
        """Stands for the contents of all that the server's page holds."""
        if self.outer is not None:
            return hash(tuple(self.outer))
        if self.together is None:
            return hash(repr(self.items if self.held is None else self.held))
        return hash(tuple(map(hash, _pieces(self.together))))

    @property
    def all_equal(self) -> bool:
        """Whether each record is the same as the others, byte by byte."""
        if self.together is None:
            return all(item == self.items[0] for item in self.items)
        return len({bytes(item) for item in self.items}) == 1

    def decode(self) -> list[dict[str, JSON]]:
        """The records; see `each`."""
        return list[dict[str, JSON]](self.each())

    @property
    def _needs_cleaning(self) -> bool:
        found = self.together
        return found is not None and any(map(needs_cleaning, _pieces(found, MOST_DIGITS)))

    def read_by(self, read: Callable[[msgspec.Raw], T | None]) -> list[T | None]:
        """What is made of each record as it came; nothing where any may have to be cleaned."""
        if self.together is None or self._needs_cleaning:
            return []
        return list(map(read, self.items))

    def each(
        self, cleaning: Cleaning | None = None, found: Sequence[T | None] = ()
    ) -> Iterator[dict[str, JSON] | T]:
        """Decode one record after the other: all at once they take several times the memory.

        Args:
            cleaning: Counts what of the texts could not be loaded.
            found: What `read_by` returned.

        Yields:
            Each record, decimals exact, without characters that targets cannot load; or what has
            been found of it.

        Raises:
            NoRecordsError: A record is no object.
        """
        clean = (cleaning or Cleaning()).clean
        if self.together is None:
            for index, item in enumerate(self.items):
                yield clean(_object(index, item))
            return
        decode, marked = _record.decode, not found and self._needs_cleaning
        for index, item in enumerate(self.items):
            if found and (ready := found[index]) is not None:
                yield ready
                continue
            try:
                record = decode(item)
            except RecursionError as error:
                raise NoRecordsError(_TOO_DEEP) from error
            except _REFUSED:
                yield clean(_object(index, _decoded(item, _any)))
                continue
            if marked and needs_cleaning(bytes(item)):
                record = clean(record)
            yield record


def _no_object(body: bytes) -> JSON:
    """A body that is no object: as it came, or decoded where msgspec cannot take its list apart."""
    try:
        _any.decode(body)
    except RecursionError as error:
        raise NoRecordsError(_TOO_DEEP) from error
    except _REFUSED:
        decoded = _lenient(body)
        try:
            _items.decode(body)
        except msgspec.DecodeError:
            return decoded
    return msgspec.Raw(body)


def _members(raw: msgspec.Raw) -> dict[str, JSON] | None:
    """The members of an object, not decoded where that can be; None where it is no object."""
    try:
        return _split.decode(raw)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError):  # bytes in a name that are no text
        decoded = _lenient(bytes(raw))
        return decoded if isinstance(decoded, dict) else None


def _pieces(raw: msgspec.Raw, overlap: int = 0) -> Iterator[bytes]:
    """A text in pieces: a large page is not copied as a whole.

    Args:
        raw: The text.
        overlap: How many bytes of the piece before each one has, too.
    """
    whole = memoryview(raw)
    for start in range(0, len(whole), _PIECE):
        yield bytes(whole[max(0, start - overlap) : start + _PIECE])


def _decoded(raw: msgspec.Raw, decoder: msgspec.json.Decoder[JSON]) -> JSON:
    try:
        return decoder.decode(raw)
    except _REFUSED:
        return _lenient(bytes(raw))
    except RecursionError as error:
        raise NoRecordsError(_TOO_DEEP) from error


def _lenient(body: bytes) -> JSON:
    """What msgspec refuses but servers send: broken UTF-8, NaN, numbers that no double holds.

    Broken bytes become lone surrogates, so that they are found and escaped later. NaN and such
    numbers become text, as they came.
    """
    try:
        return json.loads(
            body.decode("utf-8", errors="surrogateescape"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=str,
        )
    except RecursionError as error:
        raise NoRecordsError(_TOO_DEEP) from error
    except ValueError as error:
        message = "the body is no JSON, or ended too soon"
        raise NotJSONError(message) from error


def _decimal(digits: str) -> Decimal | str:
    try:
        return exact_decimal(digits)
    except ArithmeticError:
        return digits


def _integer(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:  # beyond the interpreter's limit
        return digits


def _object(index: int, record: JSON) -> JSON:
    if not isinstance(record, Mapping):
        what = f"{json_type_name(record)}, not an object"
        message = f"record {index + 1} of the page is {what}: look at its `data_selector`"
        if record is None:
            message += ", where a filter such as `[?(@.id)]` leaves out what is null"
        raise NoRecordsError(message)
    return record
