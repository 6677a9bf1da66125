"""Finds in a response what tells of more: the signs that `sign_names.py` names.

`init-resource` looks here for what leads to the next page; a reading that ends is held against it.
Only an envelope is looked at, never a record.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from tap_analytics.http.links import NEXT, is_link, parse_links, relations
from tap_analytics.rest.response.counts import whole_number
from tap_analytics.rest.response.document import MISSING
from tap_analytics.rest.response.envelope import is_tuple, members_at
from tap_analytics.rest.response.key_paths import ListIndex, spelled
from tap_analytics.rest.response.sign_kinds import kind_of_header, kind_of_name, kinds_in
from tap_analytics.rest.response.sign_names import (
    CONTAINERS,
    ESTIMATES,
    HINTS,
    HINTS_OF_LAST,
    HINTS_OF_MORE,
    IN_GEOJSON,
    SIZES,
    Kind,
    plain_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.response.document import JSONBody

__all__ = [
    "Hint",
    "Kind",
    "Sign",
    "find_hints",
    "find_signs",
    "is_address",
    "is_estimated",
    "named_next",
    "says_no",
    "spelled",
    "tells_of_query",
]

Path = tuple[str, ...]


_WRAPPED = ("href", "url", "uri", "value")
_TELLING = {
    *("offset", "continue", "continuationtoken", "resumptiontoken", "lastevaluatedkey"),
    *("xcontinuationtoken", "xmscontinuationtoken", "xmscontinuation"),
}
"""Cursors that are there only where more follows, though they are not named next."""

_OF_QUERY = {"truncated", "incompleteresults"}
_OWN_COUNTS = {"count", "resultcount", "results", "items"}
"""Names of counts that in some APIs count the records of the page."""

_TEXTS = {"resumptiontoken"}
"""Those that an object in their place does not make: it holds the size of the list, too."""

_DEPTH = 3
"""How deep signs stand, below the objects that hold the records."""

_NO_MORE = {"", "0", "false", "null", "none"}
_NO = _NO_MORE | {"no", "n", "off"}
_YES = {"1", "true", "yes", "y", "on"}
_RANGE = re.compile(r"(?!bytes)[\w-]+ (?:\d+-\d+|\*)/(\d{1,18})|\d+-\d+/(\d{1,18})", re.IGNORECASE)
_DIGITS = re.compile("[0-9]{1,19}")
_NAMED_NEXT = re.compile("x?(pagination)?next")
_NAMES_NEXT = re.compile(r"(?<![a-z])next")
_ADDRESS = re.compile(r"(https?:/)?/\S*|\?\S+", re.IGNORECASE)


_ESTIMATES = {plain_name(name): says for name, (says, _) in ESTIMATES.items()}
_CONTAINERS = {plain_name(name) for name in CONTAINERS}
_LEADS = re.compile(rf"[@$.]*({'|'.join(HINTS)})")
_MORE = re.compile(HINTS_OF_MORE)
_LAST = re.compile(HINTS_OF_LAST)
_LINKS = {"links", "link"}
_SAID_IN_HEADERS = {Kind.TOTAL, Kind.PAGES, Kind.MORE, Kind.LAST}


class Hint(Struct, frozen=True):
    """A member of an envelope that may tell of more, where nothing else tells anything."""

    name: str
    """`meta.nextKey`."""

    size: int | None = None
    """How many records the response says that a page has; None where it is no size."""


class Sign(Struct, frozen=True):
    """One sign that a response has, with what it says."""

    kind: Kind
    path: Path
    """The keys that lead to it in the body; of a header its name, and the relation in `Link`."""

    value: Any
    """A number, an address or a cursor; False where the response says that there is no more."""

    header: bool = False

    is_estimate: bool = False
    """Whether it is a count that is no exact one, by what stands beside it: it tells no end."""

    is_page_size: bool = False
    """Whether it is a count that equals the size of pages beside it."""

    place: str = ""
    """Where a paginator finds it in the body, if not at its path."""

    @property
    def selector(self) -> str:
        """Where a paginator finds it in the body: `links[?(@.rel=='next')].href`."""
        return self.place or spelled(self.path)

    @property
    def name(self) -> str:
        """`meta.total`, or `X-Total-Count`."""
        return ".".join(self.path)

    @property
    def is_address(self) -> bool:
        """Whether it is the address of a page."""
        return is_address(self.value) or (self.header and is_link(self.path[0]))

    @property
    def is_open(self) -> bool:
        """Whether it is a cursor that may lead on, or be this page's own: it tells neither."""
        return self.kind is Kind.CURSOR and self.value is not False and not named_next(self.path)

    @property
    def tells_of_query(self) -> bool:
        """Whether it says only if a query was cut off: where it was not, pages may follow."""
        return tells_of_query(self.path[-1])

    @property
    def may_count_page(self) -> bool:
        """Whether it may be the number of this page's records, whatever follows."""
        return self.kind is Kind.TOTAL and plain_name(self.path[-1]) in _OWN_COUNTS


def tells_of_query(name: str) -> bool:
    """Whether a member of that name says only if a query was cut off."""
    return plain_name(name) in _OF_QUERY


def wrapped(value: JSON) -> JSON:
    """What an object holds that wraps one value, as HAL's `{"href": ...}` does; else the value."""
    if isinstance(value, dict):
        return next((value[name] for name in _WRAPPED if name in value), value)
    return value


def is_address(value: object) -> bool:
    """Whether a value is an address, whole or relative."""
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def named_next(path: Path) -> bool:
    """Whether a cursor is named as that of the next page: only then does it tell of more."""
    names = [plain_name(name) for name in path[-2:]]
    return names[-1] in _TELLING or any(map(_NAMED_NEXT.match, names))


def says_no(value: JSON) -> bool:
    """Whether what tells of more, in whatever spelling, says that there is none."""
    if isinstance(value, dict):
        return not value
    return value in (None, False, 0) or str(value).strip().lower() in _NO


def is_estimated(body: JSONBody, members: Mapping[str, Any]) -> bool:
    """Whether the members of an object, a count among them, say that this is no exact one."""
    return any(
        says == str(body.scalar(value)).lower()
        for name, value in members.items()
        if (says := _ESTIMATES.get(plain_name(name)))
    )


def find_signs(
    body: JSONBody, headers: Mapping[str, str], records: Path, *, single: bool = False
) -> list[Sign]:
    """The signs of one response.

    Args:
        body: The response's.
        headers: The response's.
        records: The keys that lead to the records; of a JSONPath those in front of what it selects.
        single: Whether an object in that place is a record.
    """
    envelope = _envelope(body, records, single=single)
    return [*_in_envelope(body, envelope, (), records), *_in_headers(headers)]


def _envelope(body: JSONBody, records: Path, *, single: bool) -> dict[str, JSON]:
    """What stands at the root of a body beside the records, or around them."""
    # Where the body itself is the one record it has no envelope.
    return {} if records == () and single else members_at(body, body.raw(()), (), records)


def _in_envelope(
    body: JSONBody, envelope: Mapping[str, Any], at: Path, records: Path
) -> Iterator[Sign]:
    """The signs in one object of the envelope, and in those that it holds."""
    kinds = kinds_in(body, envelope)
    sizes = {
        whole_number(body.scalar(member))
        for name, member in envelope.items()
        if plain_name(name) in SIZES
    }
    for name, member in envelope.items():
        path, plain = (*at, name), plain_name(name)
        if path == records:
            continue
        kind, value = kinds.get(name), None
        if kind is not None:
            value, beside, place = body.scalar(member), envelope, ""
            if value is MISSING:
                # HAL and JSON:API write `next.href`, Elasticsearch `total.value`.
                beside = body.members(member)
                inner = ((key, body.scalar(beside[key])) for key in beside if key in _WRAPPED)
                key, value = next(inner, ("", value))
                place = spelled((*path, key))
            for sign in _sign(kind, path, value):
                counts = sign.kind in {Kind.TOTAL, Kind.PAGES}
                yield replace(
                    sign,
                    is_estimate=counts and is_estimated(body, beside),
                    is_page_size=counts and sign.value in sizes,
                    place=place if counts else "",
                )
        within: list[Sign] = []
        if _holds_signs(path, records):
            members = members_at(body, member, path, records)
            if plain == "properties":
                told = filter(lambda each: plain_name(each) in IN_GEOJSON, members)
                members = {each: members[each] for each in told}
            if plain in _LINKS and not members:
                within += _in_list(body, member, path)
            within += _in_envelope(body, members, path, records)
        yield from within
        if kind in {Kind.NEXT, Kind.CURSOR} and not within and value is MISSING:
            yield from _whole(body.decoded(member), path)


def _holds_signs(path: Path, records: Path) -> bool:
    """Whether an object of the envelope is one that may hold signs."""
    if isinstance(path[-1], ListIndex) and is_tuple(path[:-1], records):
        return True
    plain = plain_name(path[-1])
    if path == ("properties",):
        return True
    # openFDA has its counts in `meta.results`.
    is_nested = plain == "results" and len(path) > 1 and plain_name(path[-2]) in _CONTAINERS
    holds = plain in _CONTAINERS or plain == "next" or is_nested or records[: len(path)] == path
    return holds and len(path) < _DEPTH + max(0, len(records) - 1)


def find_hints(body: JSONBody, records: Path, *, single: bool = False) -> list[Hint]:
    """What may tell of more in one response by how its name begins, though it is in no list.

    Args:
        body: The response's.
        records: The keys that lead to the records; of a JSONPath those in front of what it selects.
        single: Whether an object in that place is a record.
    """
    return list(_hints(body, _envelope(body, records, single=single), (), records))


def _hints(body: JSONBody, envelope: Mapping[str, Any], at: Path, records: Path) -> Iterator[Hint]:
    """The hints in one object of the envelope, and in those that it holds."""
    for name, member in envelope.items():
        path, plain = (*at, name), plain_name(name)
        if path == records:
            continue
        if _holds_signs(path, records):
            yield from _hints(body, members_at(body, member, path, records), path, records)
        value = body.scalar(member)
        if plain == "maxresults" and any(plain_name(each) == "startposition" for each in envelope):
            # QuickBooks counts the page's own records by it.
            continue
        if plain in SIZES and (size := whole_number(value)):
            yield Hint(".".join(path), size)
        elif kind_of_name(plain) is None and _may_tell(plain, value):
            yield Hint(".".join(path))


def _may_tell(plain: str, value: JSON) -> bool:
    """Whether a member of that name may say that more follows."""
    text = str(value).strip().lower()
    if value is MISSING:
        return False
    if text in _YES:
        return _MORE.match(plain) is not None
    if text in _NO or value is None:
        return text in {"false", "no", "n"} and _LAST.match(plain) is not None
    return _LEADS.match(plain) is not None


def _whole(value: JSON, path: Path) -> Iterator[Sign]:
    """An object or a list that is named next and holds anything: it leads on as a whole."""
    held = value.values() if isinstance(value, dict) else value
    leads = named_next(path) and plain_name(path[-1]) not in _TEXTS
    if leads and any(item not in (None, "", False) for item in held):
        yield Sign(Kind.CURSOR, path, json.dumps(value, default=str))


def _in_list(body: JSONBody, member: Any, path: Path) -> Iterator[Sign]:  # noqa: ANN401  # any JSON
    """The sign in a list of links that name their relation."""
    links = body.decoded(member)
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and NEXT in relations([link.get("rel"), link.get("relation")]):
            address = "href" if "href" in link else "url"
            place = next(_places(path, link, address), "")
            for sign in _sign(Kind.NEXT, (*path, "next"), link.get(address, MISSING)):
                yield replace(sign, place=place)


def _places(path: Path, link: dict[str, JSON], address: str) -> Iterator[str]:
    """The JSONPath of an address in a list of links, by its relation as it is written there."""
    for name in ("rel", "relation"):
        told = link.get(name)
        texts = {name: told}
        if isinstance(told, list):
            texts = {f"{name}[{place}]": text for place, text in enumerate(told)}
        for key, text in texts.items():
            if isinstance(text, str) and NEXT in relations(text):
                wanted = text.replace("\\", "\\\\").replace("'", "\\'")
                yield f"{spelled(path)}[?(@.{key}=='{wanted}')].{address}"


def _in_headers(headers: Mapping[str, str]) -> Iterator[Sign]:
    for name, text in headers.items():
        kind = kind_of_header(name)
        if kind is None:
            continue
        if is_link(name):
            yield from _in_link(name, text)
            continue
        if name.lower() == "x-pagination":
            yield from _in_object(name, text)
            continue
        value: Any = text.strip()
        if name.lower() == "content-range":
            counted = _RANGE.fullmatch(value)
            value = MISSING if counted is None else counted[1] or counted[2]
        yield from _sign(kind, (name,), value, header=True)


def _in_link(name: str, text: str) -> Iterator[Sign]:
    """The link to the next page in the header of that name; else those named somehow like it."""
    links = list(parse_links(text))
    for link in links:
        if NEXT in link.relations:
            yield Sign(Kind.NEXT, (name,), link.url, header=True)
            return
    for link in links:
        for relation in filter(_NAMES_NEXT.search, sorted(link.relations)):
            yield Sign(Kind.NEXT, (name, relation), link.url, header=True)


def _in_object(name: str, text: str) -> Iterator[Sign]:
    """The counts and flags in a header that holds an object; its links are no headers."""
    try:
        members = json.loads(text)
    except ValueError:
        return
    for member, value in members.items() if isinstance(members, dict) else ():
        kind = kind_of_name(plain_name(member))
        if kind in _SAID_IN_HEADERS:
            yield from _sign(kind, (name, member), value, header=True)


def _sign(kind: Kind, path: Path, value: JSON, *, header: bool = False) -> Iterator[Sign]:
    """A sign, as far as the value can be one."""
    if value is MISSING or isinstance(value, dict | list):
        return
    text = str(value).strip().lower()
    if kind is Kind.CURSOR and text == "0" and not _leads_by_name(path):
        # The first page's own offset, or cursor, tells no end.
        return
    if kind in {Kind.LAST, Kind.PAGES} and text in {"true", "false"}:
        # What is not the last page says so; the last one says that there is no more.
        yield Sign(Kind.LAST, path, text == "false" and text, header=header)
    elif kind in {Kind.TOTAL, Kind.PAGES, Kind.LAST}:
        kind = Kind.PAGES if kind is Kind.LAST else kind
        if number := whole_number(value):
            yield Sign(kind, path, number, header=header)
    elif not _is_zero_cursor(kind, path, value) and (
        value in (None, False, 0) or text in (_NO if kind is Kind.MORE else _NO_MORE)
    ):
        yield Sign(kind, path, value=False, header=header)
    elif _tells(kind, path, value):
        if kind is Kind.NEXT and isinstance(value, str) and not is_address(value):
            # Datasette's `next` is a cursor, GitLab's `X-Next-Page` a number.
            kind = kind if _DIGITS.fullmatch(value) else Kind.CURSOR
        yield Sign(kind, path, value, header=header)


def _is_zero_cursor(kind: Kind, path: Path, value: JSON) -> bool:
    """Whether a cursor is the text "0": as such it leads on, and as an offset back to the start."""
    is_offset = plain_name(path[-1]).endswith("offset")
    return kind is Kind.CURSOR and not is_offset and value == "0"


def _leads_by_name(path: Path) -> bool:
    """Whether a cursor is no page's own, whatever it is: an `offset` that is a number is one."""
    return named_next(path) and plain_name(path[-1]) != "offset"


def _tells(kind: Kind, path: Path, value: JSON) -> bool:
    """Whether a value is one that its kind may have."""
    text = str(value).strip().lower()
    if kind is Kind.MORE:
        return text in _YES or bool(whole_number(value))
    # A number is the offset of the page itself.
    return not (kind is Kind.CURSOR and plain_name(path[-1]) == "offset" and text.isdigit())
