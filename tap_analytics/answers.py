"""One answer's body: where its records are, and what it says about the whole.

The body is checked where it arrives, on a worker thread, but its records are decoded only when
their turn comes: what waits in between stays as small as it was sent.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from tap_analytics.conform import loadable
from tap_analytics.paging import Said

_KEY_PATH = re.compile(r"[\w-]+(\.[\w-]+)*")
_MAYBE_UNLOADABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPES = re.compile(
    rb"\\(?:\\"  # an escaped backslash: what follows it is text
    rb"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair, as it should be
    rb"|(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}))"  # NUL, or half a pair
)
_MARK = re.compile(rb"\\ufdd0")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_split = msgspec.json.Decoder(dict[str, msgspec.Raw])
_any = msgspec.json.Decoder(float_hook=Decimal)
_records = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal)
_length = msgspec.json.Decoder(list[msgspec.Raw])

ABSENT = object()
_NO_MORE = (None, False, 0, "", "false", "False")


class NotJSONError(ValueError):
    """The body is no JSON, or ended too soon to be any."""


class NoRecordsError(ValueError):
    """The body is JSON, but its records are not where the selector says."""


class Document:
    """A body, decoded no further than it is asked for."""

    def __init__(self, body: bytes) -> None:
        """Check a body.

        Raises:
            NotJSONError: It is no JSON.
        """
        body = body.removeprefix(_BYTE_ORDER_MARK)
        if _MAYBE_UNLOADABLE.search(body):
            body = _ESCAPES.sub(_marked, body)
        self._raw: Any
        try:
            self._raw = _split.decode(body)
        except msgspec.ValidationError:
            self._raw = msgspec.Raw(body)
            self.get(())
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._raw = _lenient(body)

    def raw(self, path: tuple[str, ...]) -> Any:  # noqa: ANN401  # any JSON
        """What stands at a path of keys, raw or decoded; `ABSENT` where nothing does."""
        value = self._raw
        for key in path:
            if isinstance(value, msgspec.Raw):
                try:
                    value = _split.decode(value)
                except msgspec.ValidationError:
                    return ABSENT
            if not isinstance(value, dict) or key not in value:
                return ABSENT
            value = value[key]
        return value

    def get(self, path: tuple[str, ...]) -> Any:  # noqa: ANN401  # any JSON
        """What stands at a path of keys, decoded; `ABSENT` where nothing does."""
        return self.decoded(self.raw(path))

    def decoded(self, value: Any) -> Any:  # noqa: ANN401  # any JSON
        """What `raw` returned, decoded."""
        if isinstance(value, msgspec.Raw):
            return _decoded(value, _any)
        if isinstance(value, dict):
            return {key: self.decoded(item) for key, item in value.items()}
        return value


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one page, not yet decoded."""

    raw: msgspec.Raw | list[Any]
    count: int

    @property
    def size(self) -> int:
        """Bytes, as far as they are known."""
        return len(memoryview(self.raw)) if isinstance(self.raw, msgspec.Raw) else 0

    def digest(self) -> int:
        """Stands for the contents of all records."""
        if isinstance(self.raw, msgspec.Raw):
            return hash(bytes(self.raw))
        return hash(repr(self.raw))

    def decode(self, removed: Counter[str] | None = None) -> list[dict[str, Any]]:
        """The records, decimals exact, without characters that targets cannot load.

        Args:
            removed: Counts the characters taken out, by field.

        Raises:
            NoRecordsError: A record is no object.
        """
        removed = Counter() if removed is None else removed
        if not isinstance(self.raw, msgspec.Raw):
            return _objects([loadable(record, removed) for record in self.raw])
        try:
            records = _records.decode(self.raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            records = _objects(_decoded(self.raw, _any))
            return [loadable(record, removed) for record in records]
        if _MARK.search(self.raw):
            for index, raw in enumerate(_length.decode(self.raw)):
                if _MARK.search(raw):
                    records[index] = loadable(records[index], removed)
        return records


class Reader:
    """Reads the answers of one stream; compiled once."""

    def __init__(
        self,
        data_selector: str,
        *,
        total_path: str | None = None,
        page_count_path: str | None = None,
        next_path: str | None = None,
        single: bool = False,
    ) -> None:
        """Compile a selector.

        Args:
            data_selector: Where the records are: `results`, `data.items`, a JSONPath, or `$`.
            total_path: Where the number of all records stands, if anywhere.
            page_count_path: Where the number of pages stands.
            next_path: Where the next page is named, or null on the last.
            single: Whether an object in the place of the list is the one record.
        """
        self._selector = data_selector
        self._select = selector(data_selector)
        self._single = single
        self._total = finder(total_path)
        self._page_count = finder(page_count_path)
        self._next = finder(next_path)

    def records(self, document: Document) -> Records:
        """The records of an answer.

        Raises:
            NoRecordsError: There is no list where the selector says.
        """
        found = self._select(document)
        if isinstance(found, msgspec.Raw):
            try:
                return Records(found, len(_length.decode(found)))
            except msgspec.ValidationError:
                found = _decoded(found, _any)
        if self._single and isinstance(found, dict):
            return Records([document.decoded(found)], 1)
        if not isinstance(found, list):
            what = "is not there" if found is ABSENT else f"holds {_named(found)}, not a list"
            message = f"`{self._selector}` {what}"
            raise NoRecordsError(message)
        return Records(found, len(found))

    def said(self, document: Document, records: int, following: Any = None) -> Said:  # noqa: ANN401
        """What an answer says about the whole.

        Args:
            document: The answer.
            records: How many records it has.
            following: What the paginator found of the next page in it.
        """
        named_next = self._next(document)
        return Said(
            records=records,
            total=_count(document, self._total),
            page_count=_count(document, self._page_count),
            has_next=None if named_next is ABSENT else named_next not in _NO_MORE,
            following=following,
        )


def selector(path: str) -> Callable[[Document], Any]:
    """A function that finds what a path names: a loop over keys where that is enough."""
    keys = path.removeprefix("$").removeprefix(".").removesuffix("[*]")
    if not keys:
        return lambda document: document.raw(())
    if _KEY_PATH.fullmatch(keys):
        names = tuple(keys.split("."))
        return lambda document: document.raw(names)
    # Imported where it is needed: it is slow to load, and few selectors are more than keys.
    from jsonpath_ng.ext.parser import parse  # noqa: PLC0415

    expression = parse(path)
    # Only a path that asks for any number of things may find none of them.
    several = re.search(r"[*?:,]|\.\.", path) is not None

    def find(document: Document) -> Any:  # noqa: ANN401  # any JSON
        found = [match.value for match in expression.find(document.get(()))]
        one = found[0] if len(found) == 1 else None
        if isinstance(one, list) or (isinstance(one, dict) and not several):
            return one
        return found if found or several else ABSENT

    return find


def finder(path: str | None) -> Callable[[Document], Any]:
    """A function that finds the one value which a path names; `ABSENT` where there is none."""
    if path is None:
        return lambda _: ABSENT
    find = selector(path)

    def value(document: Document) -> Any:  # noqa: ANN401  # any JSON
        found = document.decoded(find(document))
        if isinstance(found, list):
            # A JSONPath finds a list of matches.
            return found[0] if found else ABSENT
        return found

    return value


def _count(document: Document, find: Callable[[Document], Any]) -> int | None:
    value = find(document)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _marked(escape: re.Match[bytes]) -> bytes:
    """A noncharacter in place of what no target can load and msgspec refuses to read.

    U+FDD0 stands for nothing by definition, so that `loadable` finds it again and counts it.
    """
    return rb"\ufdd0" if escape[1] else escape[0]


def _decoded(raw: msgspec.Raw, decoder: msgspec.json.Decoder[Any]) -> Any:  # noqa: ANN401
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _lenient(bytes(raw))


def _lenient(body: bytes) -> Any:  # noqa: ANN401  # any JSON
    """What msgspec refuses but servers send: broken UTF-8, NaN.

    Broken bytes become lone surrogates and NaN a string, so that both are found and counted later.
    """
    try:
        return json.loads(
            body.decode("utf-8", errors="surrogateescape"),
            parse_float=Decimal,
            parse_constant=str,
        )
    except (ValueError, RecursionError) as error:
        message = "the body is no JSON, or ended too soon"
        raise NotJSONError(message) from error


def _objects(records: list[Any]) -> list[dict[str, Any]]:
    for index, record in enumerate(records):
        if not isinstance(record, Mapping):
            message = f"record {index + 1} of the page is {_named(record)}, not an object"
            raise NoRecordsError(message)
    return records


def _named(value: object) -> str:
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}.get(
        type(value), "a number"
    )
