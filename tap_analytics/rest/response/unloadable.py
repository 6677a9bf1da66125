"""What no target can load, such as NUL and bytes that are no text: taken out or escaped, counted.

msgspec refuses to read some of them, and two names may differ in nothing else. So they are marked
in a body before it is decoded, and cleaned in each record after it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tap_analytics.records.scalars import MOST_DIGITS

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON

MARK = rb"\ufdd0"
"""How a marked character begins in a body."""

_MAYBE_UNLOADABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\\u[fF][dD]{2}0")
# Compiled at its first use: few bodies have any of it.
_ESCAPES = (
    rb"\\(?:\\"  # an escaped backslash: what follows it is text
    rb"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair, as it should be
    rb"|u(0000|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF][dD]{2}0))"  # NUL, half a pair, or the mark
    rb"|(\xef\xb7\x90)"  # the mark itself
)
_MARKED = "\ufdd0"
"""A noncharacter. It stands before four others that spell, in sixteens, what was there."""

_DIGITS = "".join(map(chr, range(0xFDE0, 0xFDF0)))
_AS_HEXADECIMAL = str.maketrans(_DIGITS, "0123456789abcdef")
_UNLOADABLE = re.compile(f"{_MARKED}([{_DIGITS}]{{4}})|[\0\ud800-\udfff]")
_RAW_MARK = _MARKED.encode()
_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_TOO_LONG = b"0" * (MOST_DIGITS + 1)
_STEP = 30
_SEVERAL = b"0" * (len(_TOO_LONG) // _STEP)
_TOO_LARGE = 10**MOST_DIGITS
_MARKS_FIRST_BYTE = _RAW_MARK[:1]


def with_marks(body: bytes) -> bytes:
    """A body in which what cannot be loaded is marked."""
    # One byte is found in a hundredth of the time that an expression takes.
    if (b"\\" in body and _MAYBE_UNLOADABLE.search(body)) or (
        _MARKS_FIRST_BYTE in body and _RAW_MARK in body
    ):
        return re.sub(_ESCAPES, _marked, body)
    return body


def _marked(escape: re.Match[bytes]) -> bytes:
    """What no target can load and msgspec refuses to read, as characters that say what it was.

    Two names that differ in such characters stay two names, so that none of them is lost before
    `Cleaning` takes the characters out and counts them.
    """
    if escape[2]:
        code = b"fdd0"
    elif escape[1]:
        code = escape[1]
    else:
        return escape[0]
    return MARK + b"".join(rb"\ufde%x" % int(chr(digit), 16) for digit in code)


def needs_cleaning(raw: bytes) -> bool:
    """Whether records in a body with marks have, or may have, what `Cleaning` is there for."""
    # One byte is found in a thirtieth of the time; and so long an integer has a digit at each of
    # several steps, which is soon seen.
    return (MARK[:1] in raw and MARK in raw) or (
        _SEVERAL in raw[::_STEP].translate(_DIGITS_AS_ZEROS)
        and _TOO_LONG in raw.translate(_DIGITS_AS_ZEROS)
    )


class Cleaning(Struct):
    """Cleans records of what targets cannot load: NUL, half surrogate pairs, bytes of no text.

    Integers that no double holds become text: targets read them as infinity.
    """

    removed: Counter[str] = field(default_factory=Counter)
    """Counts the characters taken out of values and names, by the path of their field."""

    escaped: Counter[str] = field(default_factory=Counter)
    """Counts the values and names with bytes that are not UTF-8, alike."""

    originals: dict[str, str] | None = None
    """Where somebody needs them, the texts that something was taken out of, alike."""

    def clean(self, value: JSON, path: str = "") -> JSON:
        """A value without what cannot be loaded.

        A name that is another field's by now gets ` (invalid)` behind it, so that no field
        overwrites another.

        Args:
            value: Decoded JSON, in which bytes that are not UTF-8 are surrogates of Python's;
                containers are changed in place.
            path: Where the value stands.
        """
        if isinstance(value, str):
            cleaned, *found = _cleaned(value)
            self._count(path, *found)
            if self.originals is not None and cleaned != value:
                self.originals[path] = _UNLOADABLE.sub(_original, value)
            return cleaned
        if isinstance(value, dict):
            for name in list(value):
                cleaned, *found = _cleaned(name)
                inner = f"{path}.{cleaned}" if path else cleaned
                self._count(inner, *found)
                # Taken out and put back, so that the fields stay in their order.
                item = self.clean(value.pop(name), inner)
                while cleaned != name and cleaned in value:
                    cleaned += " (invalid)"
                value[cleaned] = item
        elif isinstance(value, list):
            for index, item in enumerate(value):
                value[index] = self.clean(item, f"{path}[]")
        elif value.__class__ is int and not -_TOO_LARGE < value < _TOO_LARGE:
            return str(value)
        return value

    def _count(self, path: str, removed: int, escaped: int) -> None:
        if removed:
            self.removed[path] += removed
        if escaped:
            self.escaped[path] += 1


def _original(found: re.Match[str]) -> str:
    """What a marked character was, or a character that is as it came."""
    return chr(int(found[1].translate(_AS_HEXADECIMAL), 16)) if found[1] else found[0]


def _cleaned(text: str) -> tuple[str, int, int]:
    """A text that can be loaded, how many characters were taken out, and how many bytes escaped."""
    removed = escaped = 0

    def replacement(found: re.Match[str]) -> str:
        nonlocal removed, escaped
        if found[1] and found[1].translate(_AS_HEXADECIMAL) == "fdd0":
            return _MARKED
        if "\udc80" <= found[0] <= "\udcff":
            # A byte that may stand for any character. Half a pair that came as an escape is marked.
            escaped += 1
            return f"\\x{ord(found[0]) - 0xDC00:02x}"
        removed += 1
        return ""

    return _UNLOADABLE.sub(replacement, text), removed, escaped
