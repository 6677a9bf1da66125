"""How a resource pages, found out by comparing its second page with its first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from tap_analytics.records.encoding import encode
from tap_analytics.rest.detection import CURSOR_PARAMS, PAGE_PARAMS, spelled
from tap_analytics.rest.signs import Kind, is_address, kind_in_body, kind_of_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.init_resource.proposals import Confidence
    from tap_analytics.init_resource.requests import Path, TrialRequests, TrialResponse

Records = list[dict[str, Any]]

SIZE_PARAMS = ("page_size", "limit", "per_page", "pageSize", "size")
OFFSET_PARAMS = ("offset", "skip", "start")
_ENOUGH = 50
"""Records of a page that are compared with those of another."""

_FAR = 1_000_000
"""A page that no resource has."""


class PaginatorProposal(Struct, frozen=True):
    """A paginator that is proposed."""

    paginator: dict[str, Any]
    confidence: Confidence
    reason: str


class PaginatorDetector:
    """Tries one way of paging after the other until one leads to another page."""

    def __init__(self, asker: TrialRequests, selector: str, first: TrialResponse) -> None:
        """Begin.

        Args:
            asker: Sends the requests.
            selector: Where the records are.
            first: The response to a request without any parameter of a paginator.
        """
        self._ask = asker.attempt
        self._selector = selector
        self._all = first.records(selector) or []
        self._size_param, self._one = self._halved(first)
        self._size = {self._size_param: self._half} if self._size_param else {}
        self._page = self._one.records(selector) or []
        self._seen = {encode(record) for record in self._page}

    @property
    def _half(self) -> int:
        return min(len(self._all) // 2, _ENOUGH)

    def paging(self, limit: int) -> PaginatorProposal:
        """The paginator that fits, or the one that is left when none does.

        Args:
            limit: The page size to propose.
        """
        found = next(self._fitting(), None)
        if found is None:
            return self._single()
        if self._size_param is None:
            reason = f"{found.reason}; no parameter for the page size was found"
            return PaginatorProposal(found.paginator, found.confidence, reason)
        kind, *rest = found.paginator.items()
        size = {"limit": limit, "limit_param": self._size_param}
        reason = f"{found.reason}; `{self._size_param}` is heeded"
        return PaginatorProposal(dict([kind, *size.items(), *rest]), found.confidence, reason)

    def _fitting(self) -> Iterator[PaginatorProposal]:
        yield from self._cursors()
        declared = self._page_count() or self._total()
        if not declared:
            yield from self._links()
        yield from self._numbers()
        yield from self._offsets()
        if declared:
            yield from self._links()

    def _halved(self, first: TrialResponse) -> tuple[str | None, TrialResponse]:
        """The parameter that makes pages half as long, and the response to it."""
        for name in SIZE_PARAMS if self._half else ():
            response = self._ask({name: self._half})
            if response and len(response.records(self._selector) or []) == self._half:
                return name, response
        return None, first

    def _cursors(self) -> Iterator[PaginatorProposal]:
        places: list[tuple[dict[str, Any], str, Any]] = [
            ({"cursor_path": spelled(path)}, f"`{spelled(path)}` in the body", value)
            for path, value in self._one.scalars()
            if kind_in_body(path) is Kind.CURSOR or _is_cursor(path, value)
            if isinstance(value, (str, int)) and value
        ]
        places += [
            ({"cursor_key": name}, f"the header `{name}`", value)
            for name, value in self._one.response.headers.items()
            if kind_of_header(name) is Kind.CURSOR
        ]
        for place, described, value in places:
            for param in CURSOR_PARAMS:
                if confidence := self._follows(self._ask({**self._size, param: value})):
                    reason = f"{described}, handed back as `{param}`, led to page 2"
                    yield PaginatorProposal(
                        {"type": "cursor", **place, "cursor_param": param}, confidence, reason
                    )

    def _links(self) -> Iterator[PaginatorProposal]:
        header = self._one.response.links.get("next", {}).get("url")
        if header and (confidence := self._follows(self._ask({}, header))):
            reason = "the header `Link` led to page 2"
            yield PaginatorProposal({"type": "header_link"}, confidence, reason)
        for path, value in self._one.scalars():
            if _is_link(path, value) and (confidence := self._follows(self._ask({}, value))):
                at = spelled(path)
                reason = f"the address at `{at}` led to page 2"
                yield PaginatorProposal(
                    {"type": "json_link", "next_url_path": at}, confidence, reason
                )

    def _numbers(self) -> Iterator[PaginatorProposal]:
        params = dict.fromkeys((*self._param_of_links(), *PAGE_PARAMS))
        for param in params:
            for base in (1, 0):
                confidence = self._follows(self._ask({**self._size, param: base + 1}))
                if not (confidence and self._starts(self._ask({**self._size, param: base}))):
                    continue
                end, told = self._end_of_numbers()
                if not told:
                    end, confidence = self._end_beyond({**self._size, param: _FAR}, confidence)
                reason = f"`{param}={base + 1}` has other records than `{param}={base}`; {end}"
                yield PaginatorProposal(
                    {"type": "page_number", "page_param": param, "base_page": base, **told},
                    confidence,
                    reason,
                )

    def _offsets(self) -> Iterator[PaginatorProposal]:
        for param in OFFSET_PARAMS:
            confidence = self._follows(self._ask({**self._size, param: len(self._page)}))
            if not confidence:
                continue
            total = self._total()
            told = {"total_path": spelled(total)} if total else self._more()
            end = f"its end is told by `{next(iter(told.values()), '')}`"
            if not told:
                end, confidence = self._end_beyond({**self._size, param: _FAR}, confidence)
            reason = f"`{param}={len(self._page)}` has the records after the first page; {end}"
            yield PaginatorProposal(
                {"type": "offset", "offset_param": param, **told}, confidence, reason
            )

    def _single(self) -> PaginatorProposal:
        reason = (
            f"no page number, offset, cursor or link led beyond the {len(self._all)} records that "
            "came; compare that number with what there should be"
        )
        return PaginatorProposal({"type": "single_page"}, "guess", reason)

    def _follows(self, response: TrialResponse | None) -> Confidence | None:
        """How sure it is that a response is page 2; None where it is not."""
        records = (response.records(self._selector) if response else None) or []
        size = len(self._page)
        if not records or not self._seen.isdisjoint(map(encode, records)):
            return None
        continued = self._all[size : size + len(records)]
        return "certain" if continued and continued == records[: len(continued)] else "likely"

    def _starts(self, response: TrialResponse | None) -> bool:
        return response is not None and response.records(self._selector) == self._page

    def _end_of_numbers(self) -> tuple[str, dict[str, Any]]:
        pages = self._page_count()
        if pages:
            path = spelled(pages)
            return f"`{path}` says how many pages there are", {"total_path": path}
        total, more = self._total(), self._more()
        counted = {"records_total_path": spelled(total)} if total else {}
        told = {**counted, **more}
        return f"its end is told by `{'` and `'.join(told.values())}`", told

    def _end_beyond(self, params: dict[str, Any], confidence: Confidence) -> tuple[str, Confidence]:
        """What is past the end, where nothing tells of it before."""
        response = self._ask(params)
        if response is None or not response.records(self._selector):
            return "its end is an empty page, or a 404", confidence
        return (
            "but a page far past the end has records, so that its end is not seen: set "
            "`maximum_page` or `maximum_offset`"
        ), "guess"

    def _page_count(self) -> Path | None:
        """Where the number of pages stands: it must be above one where pages are halved."""
        return self._number(Kind.PAGES, 2)

    def _total(self) -> Path | None:
        """Where the number of all records stands: at least as many as have been seen."""
        return self._number(Kind.TOTAL, len(self._all))

    def _number(self, kind: Kind, least: int) -> Path | None:
        if not self._size_param:
            # Only a page that is shorter than it could be shows what a number counts.
            return None
        for path, value in self._one.scalars():
            if kind_in_body(path) is kind and type(value) is int and value >= least:
                return path
        return None

    def _more(self) -> dict[str, Any]:
        """Where a response says whether there is more: a flag, or an address not followed."""
        for path, value in self._one.scalars():
            if (kind_in_body(path) is Kind.MORE and value is True) or _is_link(path, value):
                return {"has_more_path": spelled(path)}
        return {}

    def _param_of_links(self) -> list[str]:
        """The parameters that hold a 2 in an address of the next page."""
        links = [str(value) for path, value in self._one.scalars() if _is_link(path, value)]
        links += [link["url"] for link in self._one.response.links.values() if "url" in link]
        pairs = [pair for link in links for pair in parse_qsl(urlsplit(link).query)]
        return [name for name, value in pairs if value == "2" and name not in self._size]


def _is_link(path: Path, value: object) -> bool:
    # `links.next` and `next.href` are both in use.
    return is_address(value) and kind_in_body(path) is Kind.NEXT


def _is_cursor(path: Path, value: object) -> bool:
    """Whether what is named next is a cursor, as Datasette's is."""
    return isinstance(value, str) and kind_in_body(path) is Kind.NEXT and not is_address(value)
