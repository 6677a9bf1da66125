"""Whether a response says that there is more than was read. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.http.links import is_link
from tap_analytics.http.urls import split_url
from tap_analytics.records.names import several, shown
from tap_analytics.rest.response.link_targets import with_mount
from tap_analytics.rest.response.next_params import likeliest_param
from tap_analytics.rest.response.sign_names import plain_name
from tap_analytics.rest.response.signs import Kind, Sign, named_next

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

COUNTS = (Kind.TOTAL, Kind.PAGES)
"""What a server may have counted before it filtered."""


FLAGS = (Kind.MORE, Kind.LAST)
"""What says whether there is more."""


class Ending(Struct, frozen=True):
    """What a reading has read when it ends."""

    distinct: int
    """The distinct keys of its records."""

    pages: int
    """The pages that held records."""

    key: Any
    """The last page, as its paginator names it."""

    url: str
    """The address of the last page."""

    page_count_path: str | None = None
    """Where the configuration says that the number of pages stands."""

    page_count: int | None = None
    """What the last response says there, if that page is empty."""

    empty_is_end: bool = False
    """Whether an empty page ended it that its paginator takes for the end, whatever its cursor."""

    listed: int | None = None
    """What the lists of the server's pages held, where records are a part of it or within it."""

    asked: Collection[tuple[str, str]] = ()
    """What the last page was asked for with: plain names of parameters, and their values."""

    says_no_more: bool = False
    """Whether the place that the configuration names says that there is no more."""


def contradictions(
    first: Sequence[Sign], last: Sequence[Sign], ending: Ending, ignored: Collection[str]
) -> list[Sign]:
    """The signs that there is more than was read.

    Args:
        first: The signs of the first page. A count speaks against the end only where the first and
            the last response agree that it is higher: rows may come and go meanwhile.
        last: The signs of the last page.
        ending: What was read.
        ignored: The names of signs that the configuration switches off.
    """
    off = {name.lower() for name in ignored}
    at_first = {sign.name: sign.value for sign in first if sign.kind in COUNTS}
    ends = [sign for sign in last if sign.value is False and not sign.tells_of_query]
    says_end = ending.says_no_more or any(sign.kind is not Kind.CURSOR for sign in ends)
    says_last = any(sign.kind is Kind.LAST for sign in ends)
    says_no_more = ending.says_no_more or any(sign.kind in FLAGS for sign in ends)
    found = [
        sign
        for sign in _with_named(last, ending)
        if sign.name.lower() not in off
        and _speaks_against(sign, at_first.get(sign.name), ending, says_end=says_end)
        # Where to ask again later, as exports have it, and Zendesk beside `has_more: false`.
        and not (
            sign.kind is Kind.NEXT
            and sign.is_address
            and (says_last or (says_no_more and not sign.header))
        )
    ]
    return list({sign.name: sign for sign in found}.values())


def telling(signs: Sequence[Sign], records: int) -> list[Sign]:
    """The signs of a page that tell whether more follows, less those that may be its own.

    A number that is lower than what the page holds counts something else, such as pages. Beside it,
    a cursor that may lead on, or a size of pages that it equals, a count that may be the page's is
    not believed, and an estimate that is not above what the page holds never is.

    Args:
        signs: Those of the page.
        records: How many records it holds.
    """
    lower = [sign for sign in signs if sign.kind is Kind.TOTAL and 1 < sign.value < records]
    is_open = [sign for sign in signs if sign.is_open or sign in lower]
    doubtful = [
        sign
        for sign in signs
        if (sign.may_count_page and sign.value == records and (is_open or sign.is_page_size))
        or (sign.is_estimate and (sign.kind is Kind.PAGES or sign.value <= records))
    ]
    return [sign for sign in signs if sign not in is_open and sign not in doubtful]


def _with_named(last: Sequence[Sign], ending: Ending) -> Iterator[Sign]:
    yield from last
    if ending.page_count is not None and ending.page_count_path:
        path = ending.page_count_path.removeprefix("$").removeprefix(".")
        yield Sign(Kind.PAGES, tuple(path.split(".")), ending.page_count)


def _speaks_against(sign: Sign, at_first: int | None, ending: Ending, *, says_end: bool) -> bool:
    if sign.value is False or (sign.kind in COUNTS and _is_echo(sign, ending)):
        return False
    if sign.kind is Kind.TOTAL:
        total = min(sign.value, at_first or sign.value)
        if ending.listed is not None:
            return bool(total > ending.listed and total != ending.distinct)
        return bool(total > ending.distinct)
    if sign.kind is Kind.PAGES:
        # Of an empty list many servers say that it has one page.
        return bool(min(sign.value, at_first or sign.value) > max(ending.pages, 1))
    if sign.kind is Kind.CURSOR:
        # Some servers repeat on the last page the cursor that they were sent.
        names_next = named_next(sign.path) and str(sign.value) != str(ending.key)
        return names_next and not (says_end or ending.empty_is_end)
    return sign.kind in FLAGS or not _is_current(sign, ending)


def _is_echo(sign: Sign, ending: Ending) -> bool:
    """Whether a count is what was asked for under the same name, as LinkedIn's `paging.count`."""
    return (plain_name(sign.path[-1]), str(sign.value)) in ending.asked


def _is_current(sign: Sign, ending: Ending) -> bool:
    """Whether a sign names the page itself, as some servers do on the last."""
    if not sign.is_address:
        return str(sign.value) == str(1 if ending.key is None else ending.key)
    link = with_mount(str(sign.value), ending.url)
    named, current = split_url(link, ending.url), split_url(ending.url)
    return named[1:4] == current[1:4]


def sentence(sign: Sign, ending: Ending, *, first: str | None) -> str:
    """What a sign says against the end, and what would follow it.

    Args:
        sign: The sign.
        ending: What was read.
        first: The setting of its first page, where the pages are numbers or offsets already.
    """
    value = f"{sign.value}".lower() if isinstance(sign.value, bool) else str(sign.value)
    named = "an address" if sign.is_address else "a cursor" if sign.kind is Kind.CURSOR else value
    name = shown(sign.name)
    what = {
        Kind.TOTAL: f", and {_counted(ending.distinct, 'record')} read",
        Kind.PAGES: f", and {_counted(ending.pages, 'page', ' with records')} read",
    }.get(sign.kind, ", so there is more")
    return (
        f"the last response says `{name}: {shown(named)}`{what}; {_advice(sign, first)}. "
        f"If it means something else, set `ignore_signs: [{name}]` for the stream"
    )


def _counted(number: int, noun: str, more: str = "") -> str:
    return f"{several(number, noun)}{more} {'was' if number == 1 else 'were'}"


def _advice(sign: Sign, first: str | None) -> str:
    """The paginator that would read on."""
    name, kind = shown(sign.name if sign.header else sign.selector), sign.kind
    if kind in COUNTS and first:
        return f"the first page may have another number (`{first}`), or be skipped"
    followers = {
        Kind.TOTAL: "`offset`, or of type `page_number`,"
        if sign.header
        else f"`offset` with `total_path: {name}`, or `page_number` with "
        f"`records_total_path: {name}`,",
        Kind.PAGES: "`page_number`" if sign.header else f"`page_number` with `total_path: {name}`",
        Kind.MORE: "`page_number`, or of type `offset`,"
        if sign.header
        else f"`page_number` or `offset` with `has_more_path: {name}`",
        Kind.LAST: "`page_number`, or of type `offset`,",
        Kind.CURSOR: _cursor(sign, name),
        Kind.NEXT: f"`page_number` with `has_more_path: {name}`",
    }
    follower = followers[kind]
    if kind is Kind.NEXT and sign.header and sign.is_address:
        follower = "`header_link`"
        if not is_link(name):
            follower += f" with `links_next_key: {shown(sign.path[-1])}`"
    elif kind is Kind.NEXT and (sign.header or not _counts_pages(sign)) and not sign.is_address:
        follower = _cursor(sign, name)
    elif kind is Kind.NEXT and sign.is_address:
        follower = f"`json_link` with `next_url_path: {name}`"
    return f"a paginator of type {follower} would read on"


def _counts_pages(sign: Sign) -> bool:
    """Whether what is named next is a page's number, and no offset."""
    return plain_name(sign.path[-1]).removeprefix("next") in {"", "page"}


def _cursor(sign: Sign, name: str) -> str:
    """The paginator that hands a value back, with the likeliest name of its parameter."""
    place = "cursor_key" if sign.header else "cursor_path"
    param = shown(likeliest_param(sign))
    return f"`cursor` with `{place}: {name}` and `cursor_param: {param}`, if the API calls it so,"
