"""Requests one page of an endpoint, and reads the response."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from threading import Event
from typing import TYPE_CHECKING

import requests

from tap_analytics.exceptions import RefusedRequestError, StreamError
from tap_analytics.http.call import IncompleteBodyError, PreparedCall
from tap_analytics.http.failures import FailedAttempt
from tap_analytics.http.headers import http_date
from tap_analytics.http.redaction import EXCERPT_LENGTH, excerpt, redact
from tap_analytics.http.urls import same_host_url, split_url
from tap_analytics.records.names import shown
from tap_analytics.rest.asked import resize
from tap_analytics.rest.page import REFUSES, RESPONSE_ACTIONS, Page
from tap_analytics.rest.request_parts import left_out, renamed, with_query
from tap_analytics.rest.response.document import JSONBody, NoRecordsError, NotJSONError, RawRecords
from tap_analytics.rest.response.extractor import PageInfo
from tap_analytics.rest.response.link_targets import with_mount
from tap_analytics.rest.sampled_responses import SampledResponse, signature_of

if TYPE_CHECKING:
    from tap_analytics.clock import Clock
    from tap_analytics.http.client import HTTPClient
    from tap_analytics.rest.endpoint import Endpoint, PageQuery, PageRequest
    from tap_analytics.rest.paginators.paginator import PageKey
    from tap_analytics.rest.sampled_responses import Signature

REFUSALS = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""Statuses with which servers refuse a parameter that they do not know."""

TRIAL_REFUSALS = frozenset(range(400, 600)) - {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
}
"""Statuses by which a server may refuse a trial; 401, 403 and 429 are errors as ever."""

END_REFUSALS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""Statuses besides 404 with which servers refuse a page behind their last one."""

LASTING_REFUSALS = frozenset(
    status
    for status in TRIAL_REFUSALS
    if status not in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
    and status < HTTPStatus.INTERNAL_SERVER_ERROR
)
"""Those of them that hold for the request, and not for the moment."""

NO_ACCESS = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    }
)
"""Statuses with which servers keep what they have to themselves: there may be records."""

IF_MODIFIED_SINCE = "If-Modified-Since"
"""The header of requests for what changed, to which servers may respond with 304 where nothing did.

Of a page behind the first that says nothing of those that follow: it is no end there.
"""


class PageFetcher:
    """Fetches single pages of one endpoint."""

    def __init__(
        self, endpoint: Endpoint, client: HTTPClient, clock: Clock, *, for_sample: bool = False
    ) -> None:
        """Fetch pages of an endpoint.

        Args:
            endpoint: What to request, and how to read the response.
            client: Sends the requests.
            clock: Tells when they left and when the response had come.
            for_sample: Whether the responses are kept, to be read again without a request.
        """
        self._samples = for_sample
        self._endpoint = endpoint
        self._client = client
        self._clock = clock
        self._template: tuple[object, requests.PreparedRequest, str] | None = None

    def fetch(
        self,
        query: PageQuery,
        cancelled: Event,
        *,
        trial: bool = False,
        refusals: frozenset[int] = REFUSALS,
        ends: frozenset[int] = frozenset(),
    ) -> Page:
        """Request one page.

        Args:
            query: What to ask for.
            cancelled: Set when the page is no longer wanted.
            trial: Whether the server may refuse the request: then `refused` of the page says so,
                and the request is not retried for it.
            refusals: The statuses by which it may refuse a trial.
            ends: The statuses by which it may refuse any other request.

        Raises:
            StreamError: The page could not be had.
        """
        request, path = self._request(query)
        ahead = self._endpoint.first_pages
        if self._endpoint.name in ahead:
            signature = (trial, *signature_of(request))
            page = ahead.take(self._endpoint.name, signature, self._clock)
            if page is not None:
                return page
        refused_by = refusals if trial else ends
        return self._send(query, request, path, cancelled, refused_by, trial=trial)

    def try_fetch(self, query: PageQuery, refusals: frozenset[int] = TRIAL_REFUSALS) -> Page:
        """Request one page that the server may refuse: then `refused` of the page says so.

        Args:
            query: What to ask for.
            refusals: The statuses by which it may; it is not asked again for them.

        Raises:
            StreamError: The page could not be had for another reason.
        """
        return self.fetch(query, Event(), trial=True, refusals=refusals)

    def try_question(self, query: PageQuery) -> Page:
        """The same of a question that the server may not take, such as one without a start value.

        A server that is out of order for a moment says nothing of that, and is asked again, as is
        one by a status that the user has retried; and one that he has ignored is an empty list.
        """
        endpoint = self._endpoint
        refusals = frozenset(
            status
            for status in LASTING_REFUSALS - endpoint.accepted_statuses
            if not endpoint.policy.retries(status)
        )
        return self.try_fetch(query, refusals)

    def ask_ahead(self, query: PageQuery, *, trial: bool = False) -> None:
        """Request one page on another thread; who fetches the same page then waits for it.

        Nothing is requested where its response is kept of a sample.

        Args:
            query: What to ask for.
            trial: Whether the server may refuse the request.

        Raises:
            StreamError: There is no such request.
        """
        request, path = self._request(query)
        if signature_of(request) in self._endpoint.sampled:
            return
        refusals = REFUSALS if trial else frozenset[int]()
        self._endpoint.first_pages.ask(
            self._endpoint.name,
            (trial, *signature_of(request)),
            lambda cancelled: self._send(query, request, path, cancelled, refusals, trial=trial),
        )

    def _request(self, query: PageQuery) -> tuple[requests.PreparedRequest, str]:
        """The request for a page, and what messages call it: the method and the path."""
        endpoint = self._endpoint
        page_request = endpoint.request(query)
        if query.renamed:
            page_request.params = renamed(page_request.params, query.renamed)
        if query.resized:
            resize(page_request, *query.resized)
        link = endpoint.paginator.url(query.key)
        if link is not None:
            # The token goes nowhere but to the API's own host. A link brings its own parameters.
            page_request.url = self._own_url(link, page_request.url)
            page_request.params = left_out(page_request.url, page_request.params)
        return self._prepared(page_request)

    def _send(
        self,
        query: PageQuery,
        request: requests.PreparedRequest,
        path: str,
        cancelled: Event,
        refusals: frozenset[int],
        *,
        trial: bool,
    ) -> Page:
        endpoint = self._endpoint
        label = f"{endpoint.name}: {path}, {endpoint.paginator.label(query.key)},"
        began = self._clock.monotonic()
        # Most runs keep no responses: then nobody compares requests.
        signature = signature_of(request) if self._samples or endpoint.sampled else ()
        read = partial(self._read, query.key, began, label, refusals, signature, trial=trial)
        accepted = endpoint.accepted_statuses | refusals
        if query.since is not None and IF_MODIFIED_SINCE in request.headers:
            first_or_trial = query.key == endpoint.paginator.first or trial
            accepted |= {HTTPStatus.NOT_MODIFIED} if first_or_trial else set()
        if (sampled := endpoint.sampled.take(signature)) is not None:
            page = read(sampled.response)
            page.sent, page.answered = sampled.sent, sampled.answered
            page.answered_at = sampled.answered_at
            return page
        call = PreparedCall(
            request,
            endpoint.policy,
            label,
            read,
            cancelled,
            endpoint.stats,
            accepted,
            stream=endpoint.name,
        )
        return self._client.send(call, endpoint.auth)

    def _prepared(self, page_request: PageRequest) -> tuple[requests.PreparedRequest, str]:
        """A request, and what messages call it; what is that of the page before is made once."""
        same = (
            page_request.method,
            page_request.url,
            page_request.headers,
            None,
            page_request.data,
        )
        template = self._template
        if template is None or template[0] != same:
            try:
                prepared = requests.Request(*same).prepare()
                path = prepared.path_url.partition("?")[0]
                template = self._template = same, prepared, f"{page_request.method} {path}"
            except requests.RequestException as error:
                # Such as a header whose value comes from a parent's record, and has two lines.
                reason = shown(redact(str(error), self._client.secrets()), EXCERPT_LENGTH)
                message = f"{self._endpoint.name}: a request cannot be made: {reason}."
                raise StreamError(message) from error
        _, prepared, path = template
        request = prepared.copy()
        request.url = with_query(str(request.url), page_request.params)
        return request, path

    def _own_url(self, link: str, url: str) -> str:
        target = same_host_url(with_mount(link, url), url)
        if target is None:
            # Only the host: what stands before an `@` in a URL may be a password.
            elsewhere = split_url(link).netloc.rpartition("@")[2] or "an address that is no URL"
            message = (
                f"{self._endpoint.name}: the link to the next page leads to {shown(elsewhere)}, "
                f"which is not the API's own host ({split_url(url).netloc}): it is not followed. "
                "Another `paginator` may fit, such as `page_number`."
            )
            raise StreamError(message)
        return target

    def _read(
        self,
        key: PageKey,
        sent: float,
        label: str,
        refusals: frozenset[int],
        signature: Signature,
        response: requests.Response,
        *,
        trial: bool,
    ) -> Page:
        page = Page(
            key=key,
            stream=self._endpoint.name,
            label=self._endpoint.paginator.label(key),
            info=PageInfo(records=0, not_found=True),
            records=RawRecords([]),
            sent=sent,
            answered=self._clock.monotonic(),
            answered_at=self._clock.utc(),
            server_time=http_date(response.headers),
            headers=response.headers,
            url=str(response.request.url),
            status=response.status_code,
        )
        if self._samples:
            sampled = SampledResponse(response, sent, page.answered, page.answered_at)
            self._endpoint.sampled.put(signature, sampled)
        endpoint = self._endpoint
        if response.status_code in refusals:
            page.refused = True
            failed = FailedAttempt(response.reason or "", retryable=False, response=response)
            page.refusal = failed.sentence(label, self._client.secrets(), "")
            return page
        no_content = response.status_code in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        server_says = partial(excerpt, response.content, self._client.secrets())
        ignored = endpoint.ignores(response.status_code, response.content)
        if (ignored and not no_content) or response.status_code >= HTTPStatus.BAD_REQUEST:
            first = key == endpoint.paginator.first
            # Past other pages only a 404 says that there are no more.
            if ignored if first else response.status_code == HTTPStatus.NOT_FOUND:
                page.ignored = first
                self._look_into_ignored(page, response)
                return page
            if trial and ignored and response.status_code < HTTPStatus.BAD_REQUEST:
                page.refused = True
                return page
            advice = "Look at `base_url` and at the path." if first else "It is no end of a stream."
            message = f"{label} returned {response.status_code}: {server_says()}. {advice}"
            raise RefusedRequestError(message)
        try:
            # An empty list, in other words.
            body = JSONBody(b"null" if no_content else response.content)
            if not no_content:
                endpoint.check_envelope(body)
                may_lack_list = endpoint.leaves_lists_out and key != endpoint.paginator.first
                page.records = endpoint.extractor.records(body, may_lack_list=may_lack_list)
                self._refuse_pending(response.status_code, page.records)
            member = endpoint.extractor.error_member(body, page.records)
            page.error_member = None if member is None else member.told
            next_key = endpoint.paginator.next_key(body, response.headers)
            page.info = endpoint.extractor.page_info(body, page.records.on_page, next_key)
        except (NotJSONError, NoRecordsError) as error:
            if trial:
                page.refused = True
                return page
            if isinstance(error, NoRecordsError):
                message = f"{label} returned {error.lacks}: {error}. The response: {server_says()}"
                raise RefusedRequestError(message) from error
            message = f"{error}{_other_kind(response, self._client.secrets())}"
            raise IncompleteBodyError(message) from error
        page.body = body
        return page

    def _refuse_pending(self, status: int, records: RawRecords) -> None:
        """Raise `NoRecordsError` where an empty list comes because the server is not done."""
        name = str(HTTPStatus.ACCEPTED.value)
        if str(status) == name and not records.on_page and name not in self._endpoint.ignored_signs:
            message = (
                "its status 202 says that the request is accepted, and not done "
                f'(`ignore_signs: ["{name}"]` takes it for an empty list)'
            )
            raise NoRecordsError(message)

    def _look_into_ignored(self, page: Page, response: requests.Response) -> None:
        """See whether a response that is to be ignored holds records, or leads on.

        The text may be in a record, or beside a cursor. An error status leaves no doubt, but where
        it refuses access.
        """
        endpoint, status = self._endpoint, response.status_code
        if status >= HTTPStatus.BAD_REQUEST:
            if status in NO_ACCESS and str(status) not in endpoint.ignored_signs:
                page.error_member = f"{REFUSES}{status}"
            return
        try:
            page.body = JSONBody(response.content)
            next_key = endpoint.paginator.next_key(page.body, response.headers)
            if next_key is not None:
                page.info = endpoint.extractor.page_info(page.body, 0, next_key)
            if endpoint.extractor.records(page.body).on_page > 0:
                page.error_member = RESPONSE_ACTIONS
        except (NotJSONError, NoRecordsError):
            return


def _other_kind(response: requests.Response, secrets: frozenset[str]) -> str:
    """What a body that is no JSON is instead, as the end of a sentence; "" of one that was cut."""
    kind, body = str(response.headers.get("Content-Type") or ""), response.content.strip()
    is_json = "json" in kind.lower() and "ndjson" not in kind.lower()
    if is_json and body[:1] in {b"{", b"["}:
        return ""
    facts = [f"its type is {shown(kind, 60)}"] if kind and not is_json else []
    facts.append(f"it reads: {excerpt(body, secrets)}" if body else "it is empty")
    return (
        f" ({', '.join(facts)}). The tap reads JSON: look at the path, at the credentials, and at "
        "an `Accept` header"
    )
