"""The header `Link` (RFC 8288, section 3), and the relations that links name.

Neither requests nor httpx reads several relations of one link, names in other letters, or `;` and
`,` in a quoted text. What they read beyond the RFC is read here, too: single quotes, an address
without `<>`, a blank in the place of `;`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

NEXT = "next"
"""The relation of the next page."""

_REGISTERED = "http://www.iana.org/assignments/relation/"
"""Stands before a relation that is registered, where it is spelled as an address (RFC 4287)."""

_TARGET = re.compile(r"[\s,]*(?:<([^>]*)>|([^\s;<]+))")
_PARAMETER = re.compile(
    r"[\s;]+([^\s=;,\"<>]+)"  # its name
    r"(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?"  # a quoted text
    r"|((?:[^;,]|,(?!\s*(?:[,<]|$)))*)))?"  # or one up to `;`, or up to the next link
)
_FURTHER_LINK = re.compile(r",(?=\s*<)")


class Link(Struct, frozen=True):
    """One link of a header."""

    url: str
    """Where it leads, as it is written there: whole or relative."""

    relations: frozenset[str]
    """Its relations, in small letters; none where it says that nothing is there (Sentry)."""


def is_link(name: str) -> bool:
    """Whether a header of that name is `Link`."""
    return name.lower() == "link"


def parse_links(text: str) -> Iterator[Link]:
    """The links of a header `Link`; several lines of it are joined by commas."""
    place = 0
    while target := _TARGET.match(text, place):
        place = target.end()
        said: dict[str, str] = {}
        while parameter := _PARAMETER.match(text, place):
            place = parameter.end()
            name, quoted, plain = parameter.groups()
            value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            if value is not None:
                # A second `rel` of a link is to be ignored.
                said.setdefault(name.lower(), value)
        url = (target[1] if target[2] is None else target[2]).strip()
        leads = said.get("results", "").strip("'\" ").lower() != "false"
        yield Link(url, relations(said.get("rel")) if leads else frozenset())
        further = _FURTHER_LINK.search(text, place)
        if further is None:
            return
        place = further.end()


def relations(rel: object) -> frozenset[str]:
    """The relations that a text names, or a list of texts; they differ by more than letters."""
    if isinstance(rel, list):
        return frozenset[str]().union(*map(relations, rel))
    names = rel.strip("'\" ").lower().split() if isinstance(rel, str) else ()
    return frozenset(name.removeprefix(_REGISTERED) for name in names)
