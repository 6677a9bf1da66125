"""The paginator of a resource for which nobody named one: found out from its first response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tap_analytics.http.links import NEXT, is_link
from tap_analytics.log_fields import fields
from tap_analytics.records.plain_lines import plain_logger
from tap_analytics.rest.paginators.detection import COUNTING, LEADING, LINKS, Detected, detect
from tap_analytics.rest.paginators.empty_first_page import look_behind, says_end
from tap_analytics.rest.paginators.first_page_again import repeats
from tap_analytics.rest.paginators.paginator import (
    AUTO,
    NO_PAGES,
    NOTHING_TELLS,
    ONE_PAGE,
    OPEN_EMPTY,
    PAST_THE_END,
    PageKey,
    Paginator,
)
from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator
from tap_analytics.rest.paginators.reference_paginators import CursorPaginator, LinkPaginator
from tap_analytics.rest.request_parts import IN_BODY
from tap_analytics.rest.response.counts import whole_number
from tap_analytics.rest.response.extractor import PageInfo, value_finder
from tap_analytics.rest.response.next_params import PAGE_PARAMS
from tap_analytics.rest.response.signs import Kind, says_no

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_analytics.rest.paginators.paginator import LearnedPage, TrialReader
    from tap_analytics.rest.response.document import JSONBody
    from tap_analytics.rest.response.signs import Sign


log = plain_logger("tap-analytics.rest")

_MOST_TRIALS = 6
_USUAL_KEY = ("id",)
_ASKED = 2
"""The page that is asked for where a response tells nothing."""


class DetectingPaginator(Paginator):
    """Asks for the first page without any parameter, and goes on as its response tells.

    What was found is kept, for all parents of a child stream, too. That there was no sign of more
    is not: the next parent's response may have one. Nor is it kept for a longer list that the
    server heeds no page's number.
    """

    def __init__(
        self, name: str, primary_keys: Sequence[str] = (), *, has_body: bool = False
    ) -> None:
        """Await the first page, which the reader of pages hands to `learn`.

        Args:
            name: The stream's, for the log.
            primary_keys: What its records are known by; nothing where they have no key.
            has_body: Whether a request has a JSON body, which may take a parameter, too.
        """
        self._name = name
        self._places = (IN_BODY, "") if has_body else ("",)
        self._keys = primary_keys or _USUAL_KEY
        self._found: Paginator | None = None
        self._count: Any = None
        self._more: Any = None
        """Finds what says whether more follows, where a cursor is always there."""
        self._no_pages = False
        """Whether a trial has shown that the server heeds no page's number."""

        self._largest_tried = 0
        """The most records that a first page had when a trial has shown that."""

        self._end_is_shown = False
        """Whether the cursor of the first page has led to an empty one."""

        self._is_open = False
        """Whether the first page is empty, and nobody knows whether its cursor leads on."""

    @property
    def supports_prefetch(self) -> bool:
        """Whether pages go by number."""
        return self._found is not None and self._found.supports_prefetch

    @property
    def stops_after_empty(self) -> bool:  # type: ignore[override]
        """As the paginator that was found."""
        return self._found is not None and self._found.stops_after_empty

    def label(self, key: PageKey) -> str:
        """`first page`, or what the paginator that was found calls it."""
        return "first page" if self._found is None or key is None else self._found.label(key)

    def params(self, key: PageKey, size: int | None = None) -> dict[str, object]:
        """None for the first page."""
        return {} if self._found is None or key is None else self._found.params(key, size)

    def url(self, key: PageKey) -> str | None:
        """The address of a page that was linked to."""
        return None if self._found is None else self._found.url(key)

    def next_key(self, body: JSONBody, headers: Mapping[str, str]) -> PageKey:
        """What leads to the next page; of numbered pages their count."""
        if self._count is not None:
            return whole_number(self._count(body))
        if self._more is not None and says_no(self._more(body)):
            return None
        return None if self._found is None else self._found.next_key(body, headers)

    def stop_reason(self, key: PageKey, info: PageInfo, read: int) -> str | None:
        """As the paginator that was found says; else the one page is the last."""
        if self._found is None:
            if info.not_found:
                return PAST_THE_END
            if self._is_open:
                return OPEN_EMPTY
            return NO_PAGES if self._no_pages else ONE_PAGE
        return self._found.stop_reason(self._key(key), self._info(info), read)

    def next_keys(self, key: PageKey, info: PageInfo) -> Iterable[PageKey]:
        """The pages behind this one."""
        if self._found is None:
            return ()
        return self._found.next_keys(self._key(key), self._info(info))

    @property
    def leads_by(self) -> str:
        """Whatever is found out."""
        return AUTO

    def open_end(self, body: JSONBody, headers: Mapping[str, str]) -> str | None:
        """That nobody has said how the list pages, and nothing has shown it."""
        if self._found is not None:
            return self._found.open_end(body, headers)
        return None if self._end_is_shown else NOTHING_TELLS

    def learn(
        self, reader: TrialReader, page: LearnedPage, body: JSONBody, headers: Mapping[str, str]
    ) -> None:
        """Find the paginator by the first page, with requests on trial where that is not enough.

        Args:
            reader: Sends them.
            page: The first page; what it says of the next one is set in it.
            body: Its response's.
            headers: Its response's.

        Raises:
            StreamError: A request on trial failed as those for other pages would.
        """
        if self._found is not None:
            return
        self._end_is_shown, self._is_open, self._more = False, False, None
        signs = reader.signs(page)
        found = detect(signs, page.info.records)
        if not page.info.records and (found.way not in LEADING or says_end(signs)):
            return
        # Some servers give the last page for any behind it: of a list that is as long as that, or
        # longer, a shorter one says nothing.
        shorter = page.info.records < self._largest_tried
        no_pages = (self._no_pages and shorter) or page.records.single
        tells_nothing = found.way == "unknown" or found.is_open
        if found.way == "single_page" or (tells_nothing and no_pages):
            return
        if found.way in LINKS:
            relation = NEXT if found.header is None or is_link(found.header) else found.header
            self._found = LinkPaginator(next_url_path=found.path, links_next_key=relation)
            self._say(found, "the address of the next page")
        elif not page.info.records:
            self._look_behind_empty(reader, signs, body, headers, found)
        elif found.way == "cursor":
            leads = self._find_cursor(reader, page, body, headers, found)
            if found.is_open and not leads:
                self._find_numbers(reader, page, Detected("unknown"))
        else:
            self._find_numbers(reader, page, found)
        token = self.next_key(body, headers)
        not_found = page.info.not_found and token is None
        page.info = replace(page.info, next_page_token=token, not_found=not_found)

    def _look_behind_empty(
        self,
        reader: TrialReader,
        signs: Sequence[Sign],
        body: JSONBody,
        headers: Mapping[str, str],
        found: Detected,
    ) -> None:
        """See whether the cursor of a first page without records leads on."""
        if found.is_open:
            # Such a cursor is there on the last page, too.
            flags = [sign for sign in signs if sign.kind is Kind.MORE and not sign.header]
            if not flags:
                return
            self._more = value_finder(flags[0].selector)

        def candidate(param: str) -> CursorPaginator:
            return CursorPaginator(
                cursor_path=found.path, cursor_key=found.header, cursor_param=param
            )

        def ask(param: str, key: PageKey) -> LearnedPage | None:
            # What is asked for depends on what was found.
            self._found = candidate(param)
            known: LearnedPage | None = reader.trial(key)
            return known

        behind = look_behind(
            candidate("").next_key(body, headers),
            self._placed(reader, found.params),
            ask,
            may_end=lambda param: _may_end(param, found),
        )
        self._found, self._is_open = None, behind.is_open
        if behind.param is not None and behind.page is not None:
            self._follow(reader, found, behind.param, candidate(behind.param), behind.page)

    def _find_cursor(
        self,
        reader: TrialReader,
        page: LearnedPage,
        body: JSONBody,
        headers: Mapping[str, str],
        found: Detected,
    ) -> bool:
        """Try one parameter after the other until one leads to another page, or to the end."""
        empty: list[tuple[str, CursorPaginator, LearnedPage]] = []
        unheeded = set()
        params = self._placed(reader, found.params)
        for param in params:
            # A cursor that is there whatever follows has nothing else to end with.
            candidate = CursorPaginator(
                cursor_path=found.path,
                cursor_key=found.header,
                cursor_param=param,
                stop_after_empty=found.is_open,
            )
            self._found = candidate
            second = reader.trial(candidate.next_key(body, headers))
            if second is None or repeats(reader, second, page, self._keys):
                unheeded.add(_place(param))
            elif second.info.records:
                return self._follow(reader, found, param, candidate, second)
            elif _may_end(param, found):
                empty.append((param, candidate, second))
        # Where every other parameter empties the list, too, they may be filters. Of several that do
        # nobody knows which is the cursor's.
        empty = [held for held in empty if _place(held[0]) in unheeded]
        if len(empty) == 1:
            param, candidate, second = empty[0]
            if not found.is_open:
                return self._follow(reader, found, param, candidate, second)
            if param.removeprefix(IN_BODY) == found.params[0]:
                self._found, self._end_is_shown = None, True
                return True
        self._found = None
        if found.is_open:
            return False
        log.warning(
            "%s: `%s` in the first response says that there is a next page, but none of the "
            "parameters %s leads there: set its `paginator`.",
            self._name,
            found.sign,
            ", ".join(map(_shown, params)) or "that are known",
        )
        return False

    def _follow(
        self,
        reader: TrialReader,
        found: Detected,
        param: str,
        candidate: Paginator,
        second: LearnedPage,
    ) -> bool:
        """Take this parameter, with the page that it has led to."""
        self._found = candidate
        reader.reuse(second)
        self._say(found, f"what the next page is asked for with, as {_shown(param)}")
        return True

    def _find_numbers(self, reader: TrialReader, page: LearnedPage, found: Detected) -> None:
        """Ask for page 2, and for the first one's number where that is heeded."""
        self._count = value_finder(found.path) if found.path is not None else None
        params = self._placed(reader, PAGE_PARAMS[:1])
        if not params:
            self._found = self._count = None
            return
        for param in params:
            self._found = _numbers(0, param)
            second = reader.trial(_ASKED)
            one, first = self._first_number(reader, page, second)
            if first is not None:
                break
        else:
            self._found, self._count, self._no_pages = None, None, second is not None
            self._largest_tried = max(self._largest_tried, page.info.records)
            if found.way == "unknown":
                log.info(
                    "%s: no `paginator` is named, and the first response tells of no further page; "
                    "%s.",
                    self._name,
                    "a page's number is not heeded" if self._no_pages else "page 2 is refused",
                    extra=fields("paginator_found", self._name),
                )
            return
        self._found = _numbers(first, param)
        for known in (one if first == 0 else None, second):
            if known is not None:
                reader.reuse(known)
        log.info(
            "%s: no `paginator` is named: a request for page 2 is heeded, so that pages are read "
            "by %s, from %d.",
            self._name,
            _shown(param),
            first,
            extra=fields("paginator_found", self._name, base_page=first),
        )

    def _first_number(
        self, reader: TrialReader, page: LearnedPage, second: LearnedPage | None
    ) -> tuple[LearnedPage | None, int | None]:
        """Page 1, and the number of the first page; None where the number is not heeded.

        A page without records shows nothing by itself: where a server takes what it does not know
        for a filter, each is one. The first page is among the numbers of a list that has any.

        Args:
            reader: Asks for page 1, and for page 0 where no other page has records.
            page: The page that came without a number.
            second: Page 2; None where it was refused.
        """
        holds_second = second is not None and second.info.records > 0
        if second is not None and holds_second and repeats(reader, second, page, self._keys):
            return None, None
        one = reader.trial(1)
        if one is None:
            return None, 1 if holds_second else None
        if one.info.records:
            if not repeats(reader, one, page, self._keys):
                # Page 0 is the first one's twin. A list from 0 may end with page 1.
                return one, 0
            return one, None if second is None else 1
        if second is None or holds_second:
            return one, None
        zero = reader.trial(0)
        is_first = (
            zero is not None and zero.info.records > 0 and repeats(reader, zero, page, self._keys)
        )
        return one, 0 if is_first else None

    def _placed(self, reader: TrialReader, params: Sequence[str]) -> list[str]:
        """The parameters to try, each in every place that it may stand in.

        One that the resource itself has is none where it holds more than a value, such as a size.
        """
        placed = [f"{place}{param}" for param in params for place in self._places]
        return [param for param in placed if not reader.has_structure(param)][:_MOST_TRIALS]

    def _say(self, found: Detected, what: str) -> None:
        log.info(
            "%s: no `paginator` is named: `%s` in the first response is taken for %s.",
            self._name,
            found.sign,
            what,
            extra=fields("paginator_found", self._name),
        )

    def _key(self, key: PageKey) -> PageKey:
        """How the paginator that was found names a page."""
        return self._found.first if key is None and self._found is not None else key

    def _info(self, info: PageInfo) -> PageInfo:
        if self._count is None:
            return info
        return replace(info, page_count=info.next_page_token, next_page_token=None)


def _numbers(first: int, param: str) -> PageNumberPaginator:
    return PageNumberPaginator(limit=1, page_param=param, limit_param=None, base_page=first)


def _place(param: str) -> str:
    """Where a parameter stands: in the body, or in the query."""
    return IN_BODY if param.startswith(IN_BODY) else ""


def _may_end(param: str, found: Detected) -> bool:
    """Whether an empty page may be the end: a text that is taken for a number leads to nothing."""
    return _plain(param) not in COUNTING or _plain(param) == found.params[0]


def _plain(param: str) -> str:
    return param.removeprefix(IN_BODY)


def _shown(param: str) -> str:
    plain = _plain(param)
    return f"`{plain}`" if plain == param else f"`{plain}` in the body"
