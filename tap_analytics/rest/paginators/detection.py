"""What a first response tells of how its resource pages: from the signs in it to a paginator."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from tap_analytics.rest.response.contradictions import FLAGS, telling
from tap_analytics.rest.response.next_params import PAGE_PARAMS, params_for
from tap_analytics.rest.response.signs import Kind, named_next

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_analytics.rest.response.signs import Sign

Way = Literal["header_link", "json_link", "cursor", "page_number", "single_page", "unknown"]

LINKS = frozenset({"header_link", "json_link"})
LEADING = LINKS | {"cursor"}
"""Ways that only the page before tells."""


class Detected(Struct, frozen=True):
    """How a resource pages, as far as one response tells it."""

    way: Way
    sign: str = ""
    """What tells it, for the log: `meta.next_cursor`."""

    path: str | None = None
    """Where the address, the cursor or the number of pages stands in the body."""

    header: str | None = None
    """The header that holds it instead; of a link in `Link` its relation, if that is not next."""

    params: tuple[str, ...] = ()
    """The parameters that may lead on, the likeliest first."""

    value: Any = None
    """What the response says there."""

    is_open: bool = False
    """Whether it may lead nowhere: then only the first parameter, its own name, shows an end."""


def detect(signs: Sequence[Sign], records: int) -> Detected:
    """Find out how a resource pages.

    Args:
        signs: Those of the first response.
        records: How many records it has.

    Returns:
        The way that the signs tell; `single_page` where they tell that there is no more; the
        cursor that may be this page's own where there is one; `unknown` where they tell nothing.
    """
    for found in candidates(signs):
        return replace(found, params=tuple(_without_leaps(found, records)))
    if _says_end(signs, records):
        return Detected("single_page")
    for found in candidates(signs, any_cursor=True):
        # A number of another meaning would leap over pages, or behind all of them.
        params = tuple(param for param in found.params if param not in COUNTING)
        return replace(found, params=params[:_MOST_OPEN], is_open=True)
    return Detected("unknown")


def candidates(signs: Sequence[Sign], *, any_cursor: bool = False) -> Iterator[Detected]:
    """Every way that the signs of a response tell, the likeliest first.

    Args:
        signs: Those of the first response.
        any_cursor: Whether a cursor that may be this page's own is one, too.
    """
    for sign in signs:
        if sign.kind is Kind.NEXT and sign.is_address:
            way: Way = "header_link" if sign.header else "json_link"
            yield _detected(way, sign)
    for sign in signs:
        names_next = sign.kind is Kind.CURSOR and (any_cursor or named_next(sign.path))
        leads = names_next or (sign.kind is Kind.NEXT and not sign.is_address)
        if leads and sign.value is not False:
            yield _detected("cursor", sign, tuple(params_for(sign)))
    for sign in signs:
        if sign.kind is Kind.PAGES and sign.value > 1:
            yield _detected("page_number", sign, PAGE_PARAMS[:1])


def _detected(way: Way, sign: Sign, params: tuple[str, ...] = ()) -> Detected:
    path = None if sign.header else sign.selector
    header = sign.path[-1] if sign.header else None
    return Detected(way, sign.name, path, header, params, sign.value)


def _without_leaps(found: Detected, records: int) -> Iterator[str]:
    """The parameters but those that count, where the value is not what they count to.

    As a page's number or an offset a cursor of digits would leap over pages, or behind all; so
    would a text that begins with some, where a server reads no further. A text is no number where
    the response itself has the parameter's name, and some APIs call a cursor of any text an offset.
    """
    text = str(found.value)
    for param in found.params:
        counted = (1, 2) if param in PAGE_PARAMS else (records,) if param == "offset" else None
        if text.isdecimal():
            leads = counted is None or int(text) in counted
        else:
            is_text = param == "offset" and not _NUMBERED.match(text)
            leads = counted is None or is_text or param == found.params[0]
        if leads:
            yield param


_NUMBERED = re.compile(r"[\s+-]*\d")
"""How a text begins that some servers read as a number."""

_MOST_OPEN = 3
"""Parameters to try of a cursor that may lead nowhere."""

COUNTING = {"offset", *PAGE_PARAMS}


def _says_end(signs: Sequence[Sign], records: int) -> bool:
    """Whether a response tells that there is no more than it holds."""
    told = telling(signs, records)
    if any(sign.kind in FLAGS and sign.value is not False for sign in told):
        return False
    if any(sign.value is False or (sign.kind is Kind.PAGES and sign.value == 1) for sign in told):
        return True
    # Of two counts the higher one is no page's own.
    return max((sign.value for sign in told if sign.kind is Kind.TOTAL), default=0) == records
