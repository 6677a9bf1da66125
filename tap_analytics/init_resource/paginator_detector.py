"""How a resource pages, found out by comparing its second page with its first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from msgspec import Struct
from msgspec.structs import replace

from tap_analytics.http.links import is_link
from tap_analytics.http.urls import split_url
from tap_analytics.init_resource.end_detector import EndDetector
from tap_analytics.init_resource.last_record import (
    WITH_FLAG,
    cursors_of_records,
    flag_of_more,
    id_fields,
    path_of_last,
)
from tap_analytics.init_resource.page_size import PageSize
from tap_analytics.records.encoding import encode
from tap_analytics.rest.paginators.detection import candidates, detect
from tap_analytics.rest.response.contradictions import Ending, contradictions, sentence
from tap_analytics.rest.response.next_params import PAGE_PARAMS as AUTO_PARAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.init_resource.proposals import Confidence
    from tap_analytics.init_resource.requests import TrialRequests, TrialResponse
    from tap_analytics.rest.paginators.detection import Detected
    from tap_analytics.rest.paginators.paginator import Paginator
    from tap_analytics.rest.response.signs import Sign

Records = list[dict[str, Any]]

PAGE_PARAMS = (*AUTO_PARAMS, "pagination[page]")
OFFSET_PARAMS = (
    *("offset", "skip", "start", "_start", "startAt", "start_index", "page[offset]", "$skip"),
    *("startIndex", "$offset", "sysparm_offset", "_skip"),
)

_MOST_COMMON = 0.2
"""The part of two pages that may be the same where one follows the other."""


class PaginatorProposal(Struct, frozen=True):
    """A paginator that is proposed."""

    paginator: dict[str, Any] | None
    """None where none can be named."""

    confidence: Confidence
    reason: str
    params: dict[str, int] = {}
    """Parameters to send besides."""
    is_of_record: bool = False
    """Whether its cursor is a record's ID: one among the user's parameters says where to begin."""


class PaginatorDetector:
    """Tries one way of paging after the other until one leads to another page."""

    def __init__(
        self,
        asker: TrialRequests,
        selector: str,
        first: TrialResponse,
        given: Mapping[str, int] | None = None,
        cursor_param: str | None = None,
    ) -> None:
        """Prepare to look: `keeps` tries a paginator that is known, `paging` finds one.

        Args:
            asker: Sends the requests.
            selector: Where the records are.
            first: The response to a request without any parameter of a paginator.
            given: The user's own parameters that are whole numbers: each may be a page's number, an
                offset or a size.
            cursor_param: The parameter that takes a record's ID, as the user says.
        """
        self._cursor_param = cursor_param
        self._asker = asker
        self._ask = asker.attempt
        self._selector = selector
        self._given = {k: v for k, v in (given or {}).items() if k != cursor_param}
        self._first = first
        self._sizing = PageSize(asker, selector, first, self._given)
        self._all = self._sizing.records
        self._size = self._sizing.params
        self._one = self._sizing.shortened
        self._page = self._one.records(selector) or []
        self._signs = self._one.signs(selector)
        self._end = EndDetector(self._signs, len(self._all), shortened=bool(self._size))

    def keeps(self, paginator: Paginator) -> str | None:
        """Why a paginator that is known already is the right one; None where it is not.

        Args:
            paginator: That of the API; its keys are numbers.
        """
        size = self._sizing.half or None
        one, two = (self._ask(paginator.params(paginator.first + step, size)) for step in range(2))
        if one is None:
            return None
        page = one.records(self._selector) or []
        if two is None or not two.records(self._selector):
            whole = page == self._all and not self._contradictions()
            return "one page holds the whole list" if whole else None
        return "its second page has other records" if self._follows(two, page) else None

    def paging(self, limit: int | None) -> PaginatorProposal:
        """The paginator that fits; none where there is more than was found.

        Args:
            limit: The page size to propose; None for a usual one.
        """
        found = next(self._fitting(), None)
        if found is None or found.paginator is None:
            return self._nothing()
        reason = found.reason
        if self._sizing.param is None:
            reason += "; no parameter for the page size was found"
            return replace(found, reason=reason)
        kind, *rest = found.paginator.items()
        size = {"limit": self._sizing.limit(limit), "limit_param": self._sizing.param}
        reason += f"; `{self._sizing.param}` is heeded"
        if found.paginator["type"] == "page_number":
            offset = next(self._heeded_offsets(), None)
            reason += f"; `{offset[0]}` is heeded, too" if offset else "; no offset is"
        return replace(found, paginator=dict([kind, *size.items(), *rest]), reason=reason)

    def _fitting(self) -> Iterator[PaginatorProposal]:
        yield from self._behind_records(self._cursor_param)
        found = list(candidates(self._signs, any_cursor=True))
        links = [each for each in found if each.way in {"header_link", "json_link"}]
        cursors = [each for each in found if each.way == "cursor"]
        # A number may be a page's, which can be asked for without the page before.
        digits = [each for each in cursors if str(each.value).isdigit()]
        declared = self._end.is_declared
        yield from self._cursors([each for each in cursors if each not in digits])
        if not declared:
            yield from self._links(links)
        yield from self._numbers(links)
        yield from self._offsets()
        yield from self._cursors(digits)
        if declared:
            yield from self._links(links)
        if flag_of_more(self._signs):
            yield from self._behind_records(WITH_FLAG)

    def _behind_records(self, param: str | None) -> Iterator[PaginatorProposal]:
        """The ID of the last record, where a parameter takes it."""
        if param is None:
            return
        sized = {self._sizing.param: len(self._all)} if self._sizing.param else {}
        for found in cursors_of_records(self._ask, self._selector, self._all, sized, param):
            cursor = {"cursor_path": found.cursor_path, "cursor_param": param, **self._end.more()}
            reason = (
                f"asked with the ID of a record, as `{param}`, the list goes on behind that one; "
                f"`{found.cursor_path}` is that of the last one"
            )
            paginator = {"type": "cursor", **cursor}
            yield PaginatorProposal(paginator, "likely", reason, is_of_record=True)

    def _cursors(self, found: list[Detected]) -> Iterator[PaginatorProposal]:
        for each in found:
            place = {"cursor_key": each.header} if each.header else {"cursor_path": each.path}
            described = f"the header `{each.sign}`" if each.header else f"`{each.path}` in the body"
            for param in each.params:
                response = self._ask({**self._size, param: each.value})
                if confidence := self._follows(response, self._page):
                    reason = f"{described}, handed back as `{param}`, led to page 2"
                    yield PaginatorProposal(
                        {"type": "cursor", **place, "cursor_param": param}, confidence, reason
                    )

    def _links(self, found: list[Detected]) -> Iterator[PaginatorProposal]:
        for each in found:
            confidence = self._follows(self._ask({}, str(each.value)), self._page)
            if not confidence:
                continue
            if each.path is not None:
                reason = f"the address at `{each.path}` led to page 2"
                paginator = {"type": "json_link", "next_url_path": each.path}
            elif each.header is None or is_link(each.header):
                reason, paginator = "the header `Link` led to page 2", {"type": "header_link"}
            else:
                reason = f"the address in the header `{each.sign}` led to page 2"
                paginator = {"type": "header_link", "links_next_key": each.header}
            yield PaginatorProposal(paginator, confidence, reason)

    def _numbers(self, links: list[Detected]) -> Iterator[PaginatorProposal]:
        for param in dict.fromkeys((*self._given, *self._params_of(links), *PAGE_PARAMS)):
            page = self._page_without(param)
            for base in (1, 0):
                following = self._ask({**self._size, param: base + 1})
                confidence = self._follows(following, page)
                if not (confidence and self._is(page, self._ask({**self._size, param: base}))):
                    continue
                if param not in PAGE_PARAMS and not self._joins(page, following, {param: base}):
                    continue
                page_at = partial(self._page_at, param)
                end = self._end.of_numbers(page_at, base, len(page))
                confidence = confidence if end.is_seen else "guess"
                reason = f"`{param}={base + 1}` has other records than `{param}={base}`; "
                yield PaginatorProposal(
                    {"type": "page_number", "page_param": param, "base_page": base, **end.keys},
                    self._for_given(param, PAGE_PARAMS, confidence),
                    reason + end.reason,
                )

    def _heeded_offsets(self) -> Iterator[tuple[str, int, Confidence]]:
        """The parameters that leave out as many records as a page has, and the first offset."""
        for param in dict.fromkeys((*self._given, *OFFSET_PARAMS)):
            page = self._page_without(param)
            if param in self._given and not self._is(page, self._ask({**self._size, param: 0})):
                continue
            response, first = self._ask({**self._size, param: len(page)}), 0
            records = (response.records(self._selector) if response else None) or []
            if page and records[:1] == page[-1:]:
                # SCIM counts its records from 1: the page begins with the last one of page 1.
                if not self._is(page, self._ask({**self._size, param: 1})):
                    continue
                response, first = self._ask({**self._size, param: len(page) + 1}), 1
            confidence = self._follows(response, page) if page else None
            usual = param in OFFSET_PARAMS
            if confidence and (usual or self._joins(page, response, {param: first})):
                yield param, first, self._for_given(param, OFFSET_PARAMS, confidence)

    def _offsets(self) -> Iterator[PaginatorProposal]:
        for param, first, heeded in self._heeded_offsets():
            end = self._end.of_offsets(partial(self._page_at, param), first)
            reason = f"`{param}={first + len(self._page)}` has the records after the first page; "
            begins = {"offset": first} if first else {}
            yield PaginatorProposal(
                {"type": "offset", "offset_param": param, **begins, **end.keys},
                heeded if end.is_seen else "guess",
                reason + end.reason,
            )

    def _nothing(self) -> PaginatorProposal:
        """No paginator, and never `single_page`: no response shows that a list stays on one page.

        Left to itself a run follows what its responses tell, and is not proven by a page that may
        be full.
        """
        if against := self._contradictions():
            text = sentence(against[0], self._ending(), first=None)
            reason = f"nothing that was tried led beyond the first page, though {text}"
            reason += self._what_to_add()
            return PaginatorProposal(None, "guess", reason)
        came = self._first.records(self._selector) or []
        reason = f"no page number, offset, cursor or link led beyond the {len(came)} records"
        if detect(self._first.signs(self._selector), len(came)).way == "single_page":
            reason = f"the response says that there are no more than the {len(came)} records"
            return PaginatorProposal(None, "likely", f"{reason} that came")
        name, params = self._sizing.param, {}
        if name is None:
            reason += (
                " that came; where you know that the list never has a second page, "
                "`paginator: single_page` says so"
            )
        elif longer := self._sizing.longer():
            params = {name: longer}
            reason += (
                f" that came, though `{name}={longer}` brings more: where that many come, others "
                "may follow; look how the API goes on"
            )
        else:
            reason += (
                f" that came, though `{name}={self._sizing.half}` shortens the list, which may be "
                "shortened already: look how the API goes on"
            )
        return PaginatorProposal(None, "guess", reason + self._what_to_add(), params)

    def _what_to_add(self) -> str:
        """What leads on where the cursor is a record's ID, which no response says."""
        if self._cursor_param:
            return (
                f"; asked with the ID of the first record as `{self._cursor_param}` it does not "
                "go on behind that one"
            )
        field = next(iter(id_fields(self._all)), "id")
        return (
            "; where it goes on behind the ID of the last record, the paginator is "
            f"{{type: cursor, cursor_path: '{path_of_last(self._selector, field)}', cursor_param: "
            "NAME} with the parameter that takes the ID, which --cursor-param NAME tries"
        )

    def _contradictions(self) -> list[Sign]:
        """What in the first response says that there is more than it holds."""
        signs = self._first.signs(self._selector)
        return contradictions(signs, signs, self._ending(), ())

    def _ending(self) -> Ending:
        came = self._first.records(self._selector) or []
        distinct = len({encode(record) for record in came})
        return Ending(distinct, 1, None, self._asker.url)

    def _page_without(self, param: str) -> Records:
        """The first page where this parameter is not sent; as it is where the API wants one."""
        if param not in self._given:
            return self._page
        response = self._ask({**self._size, param: None})
        return (response.records(self._selector) if response else None) or self._page

    def _for_given(self, param: str, usual: tuple[str, ...], confidence: Confidence) -> Confidence:
        """A parameter of the user's own with an unusual name may be a filter."""
        return "guess" if param in self._given and param not in usual else confidence

    def _follows(self, response: TrialResponse | None, page: Records) -> Confidence | None:
        """How sure it is that a response is the page after another; None where it is not."""
        records = (response.records(self._selector) if response else None) or []
        # A record that was inserted meanwhile has pushed another one from page to page.
        common = len({*map(encode, page)} & {*map(encode, records)})
        if not records or common > _MOST_COMMON * min(len(page), len(records)):
            return None
        size = len(page)
        continued = self._all[size : size + len(records)]
        return "certain" if continued and continued == records[: len(continued)] else "likely"

    def _joins(self, page: Records, response: TrialResponse | None, first: dict[str, int]) -> bool:
        """Whether a first page of twice the size is two pages; true where no size is heeded.

        A number that chooses among several lists brings other records, too.
        """
        if self._sizing.param is None or response is None:
            return True
        both = [*page, *(response.records(self._selector) or [])]
        return self._is(both, self._ask({self._sizing.param: 2 * self._sizing.half, **first}))

    def _is(self, page: Records, response: TrialResponse | None) -> bool:
        return response is not None and response.records(self._selector) == page

    def _page_at(self, param: str, number: int) -> Records | None:
        """The records that a page's number, or an offset, brings; None where it is refused."""
        response = self._ask({**self._size, param: number})
        return None if response is None else response.records(self._selector) or []

    def _params_of(self, links: list[Detected]) -> list[str]:
        """The parameters that hold a 2 in an address of the next page."""
        pairs = [pair for each in links for pair in parse_qsl(split_url(str(each.value)).query)]
        return [name for name, value in pairs if value == "2" and name not in self._size]
