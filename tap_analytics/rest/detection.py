"""What a first response tells of how its resource pages: from the signs in it to a paginator."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from tap_analytics.rest.signs import Kind, named_next

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_analytics.rest.signs import Sign

PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
PAGE_PARAMS = ("page", "page_number", "pageNumber")
CURSOR_PARAMS = (
    "cursor",
    "after",
    "page_token",
    "pageToken",
    "next_token",
    "starting_after",
    "offset",
)

Way = Literal["header_link", "json_link", "cursor", "page_number", "single_page", "unknown"]


class Detected(Struct, frozen=True):
    """How a resource pages, as far as one response tells it."""

    way: Way
    sign: str = ""
    """What tells it, for the log: `meta.next_cursor`."""

    path: str | None = None
    """Where the address, the cursor or the number of pages stands in the body."""

    header: str | None = None
    """The header that holds it instead."""

    params: tuple[str, ...] = ()
    """The parameters that may lead on, the likeliest first."""


def detect(signs: Sequence[Sign], records: int) -> Detected:
    """Find out how a resource pages.

    Args:
        signs: Those of the first response.
        records: How many records it has.

    Returns:
        The way that the signs tell; `single_page` where they tell that there is no more;
        `unknown` where they tell nothing.
    """
    for sign in signs:
        if sign.kind is Kind.NEXT and sign.is_address:
            way: Way = "header_link" if sign.header else "json_link"
            return _detected(way, sign)
    for sign in signs:
        leads = sign.kind is Kind.NEXT or (sign.kind is Kind.CURSOR and named_next(sign.path))
        if leads and sign.value is not False:
            return _detected("cursor", sign, tuple(_params(sign)))
    for sign in signs:
        if sign.kind is Kind.PAGES and sign.value > 1:
            return _detected("page_number", sign, PAGE_PARAMS[:1])
    return Detected("single_page" if _says_end(signs, records) else "unknown")


def spelled(path: Sequence[str]) -> str:
    """The path of some keys as a selector: `a.b`, or a JSONPath where it must be."""
    if all(PLAIN_KEY.fullmatch(name) for name in path):
        return ".".join(path) or "$"
    quoted = (name.replace("\\", "\\\\").replace("'", "\\'") for name in path)
    return "$" + "".join(f"['{name}']" for name in quoted)


def _detected(way: Way, sign: Sign, params: tuple[str, ...] = ()) -> Detected:
    if sign.header:
        return Detected(way, sign.name, None, sign.name, params)
    path = sign.path
    return Detected(way, sign.name, spelled(path), None, params)


def _params(sign: Sign) -> Iterator[str]:
    """The parameters that may take what a sign names."""
    usual = PAGE_PARAMS[:1] if isinstance(sign.value, int) or str(sign.value).isdigit() else ()
    name = sign.path[-1]
    plain = re.sub(r"^(x-)?next[_-]?", "", name, flags=re.IGNORECASE)
    own = [plain[:1].lower() + plain[1:]] if plain and not sign.header else []
    yield from dict.fromkeys((*usual, *own, "cursor", *([] if sign.header else [name]), *_OTHERS))


_OTHERS = (*CURSOR_PARAMS, *PAGE_PARAMS[:1])


def _says_end(signs: Sequence[Sign], records: int) -> bool:
    """Whether a response tells that there is no more than it holds."""
    return any(
        sign.value is False
        or (sign.kind is Kind.TOTAL and sign.value == records)
        or (sign.kind is Kind.PAGES and sign.value == 1)
        for sign in signs
    )
