"""The ways in which a text can be written: what it says once its escapes are undone.

A server may echo a value as JSON, in a URL, in HTML, or one within the other. So a text is read
again with one layer of escapes less, until none is left.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_LAYERS = 8
"""The most layers of escapes that are undone: a long run of backslashes has one per halving."""

_ESCAPE = r"""(?xi)
    (?P<percent>(?:%[0-9a-f]{2})+)
  | (?P<bytes>(?:\\x[0-9a-f]{2})+)
  | (?P<units>(?:(?:\\|%)u[0-9a-f]{4})+)
  | (?P<octal>(?:\\[0-3][0-7]{2})+)
  | (?P<code>\\U[0-9a-f]{8}|\\[ux]\{[0-9a-f]{1,6}\})
  | (?P<sign>\\[\\/"'nrt])
  | (?P<entity>&(?:\#[0-9]{1,10}|\#x[0-9a-f]{1,8}|[a-z][a-z0-9]{1,31});?)
"""
_BEGINS_ESCAPE = "%\\&"
_BETWEEN = re.compile(r"<[^<>]{1,500}>|\s*[\r\n]\s*|[\u00ad\u200b-\u200f\u2060\ufeff]")
"""What may stand in the middle of a value without being a part of it: mark-up, a line's end."""

_BETWEEN_LETTERS = re.compile(r"(?:0x|[\W_])+")
"""What may stand between any two letters, such as the NULs of UTF-16, blanks, quotes of a list."""

_SIGNS = {"n": "\n", "r": "\r", "t": "\t"}


class Spelling(NamedTuple):
    """A text with some of its escapes undone."""

    text: str
    starts: Sequence[int]
    """Where each of its characters, and its end, was in the text as it came."""


def spellings(text: str) -> Iterator[Spelling]:
    """Read a text with all of its escapes, and with one layer less each time.

    Args:
        text: Any text.

    Yields:
        Each reading as it is, and without what may stand within a value.
    """
    found = Spelling(text, range(len(text) + 1))
    for _ in range(MOST_LAYERS + 1):
        yield found
        if _BETWEEN.search(found.text):
            yield _replaced(found, _BETWEEN, lambda _: [])
        # Compiled at its first use: few texts have anything like an escape in them.
        if not any(sign in found.text for sign in _BEGINS_ESCAPE) or not (
            escape := re.compile(_ESCAPE)
        ).search(found.text):
            return
        found = _replaced(found, escape, _meaning)


def letters_of(text: str) -> str:
    """What is left of a text where only letters and digits are read."""
    return _BETWEEN_LETTERS.sub("", text)


def with_letters_only(spelling: Spelling) -> Spelling:
    """A spelling of which only letters and digits are read."""
    return _replaced(spelling, _BETWEEN_LETTERS, lambda _: [])


def _replaced(
    found: Spelling, pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], list[str]]
) -> Spelling:
    """A spelling with something else for each match.

    Args:
        found: The spelling.
        pattern: What is looked for.
        meaning: What stands for a match: texts that share its characters evenly among them.
    """
    texts: list[str] = []
    starts: list[int] = []
    last = 0
    for match in pattern.finditer(found.text):
        begin, end = match.span()
        texts.append(found.text[last:begin])
        starts += found.starts[last:begin]
        parts = meaning(match)
        for number, part in enumerate(parts):
            texts.append(part)
            place = begin + (end - begin) * number // len(parts)
            starts += [found.starts[place]] * len(part)
        last = end
    texts.append(found.text[last:])
    starts += found.starts[last:]
    return Spelling("".join(texts), starts)


def _meaning(match: re.Match[str]) -> list[str]:
    """What an escape says, in texts of equal length as it is written."""
    written, kind = match[0], match.lastgroup
    if kind in {"percent", "bytes"}:
        return _decoded(bytes.fromhex(re.sub(r"%|\\x", "", written, flags=re.IGNORECASE)))
    if kind == "octal":
        return _decoded(bytes(int(octet, 8) for octet in written.split("\\")[1:]))
    if kind == "units":
        units = re.split(r"[\\%]u", written, flags=re.IGNORECASE)[1:]
        text = bytes.fromhex("".join(units)).decode("utf-16-be", "surrogatepass")
        return [part for letter in text for part in _padded(letter, 1 + (letter > "\uffff"))]
    if kind == "code":
        code = int(written[2:].strip("{}"), 16)
        return [chr(code) if code <= sys.maxunicode else written]
    if kind == "sign":
        return [_SIGNS.get(written[1], written[1])]
    import html  # noqa: PLC0415  # slow to load, and rarely needed

    return [html.unescape(written)]


def _decoded(octets: bytes) -> list[str]:
    """The text of some bytes, as many parts as there are bytes."""
    parts: list[str] = []
    for letter in octets.decode("utf-8", "surrogateescape"):
        raw = letter.encode("utf-8", "surrogateescape")
        # What is not UTF-8 is Latin-1, as far as anybody can tell.
        unknown = "\udc80" <= letter <= "\udcff"
        parts += _padded(raw.decode("latin-1") if unknown else letter, len(raw))
    return parts


def _padded(letter: str, length: int) -> list[str]:
    """A letter in so many parts: the others are empty."""
    return [letter, *[""] * (length - 1)]
