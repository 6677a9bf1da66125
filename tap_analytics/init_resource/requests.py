"""Requests on trial: how an API responds to parameters that nobody is sure of yet."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from threading import Event
from typing import TYPE_CHECKING, Any

import requests
from msgspec import Struct

from tap_analytics.exceptions import StreamError
from tap_analytics.http.call import IncompleteBodyError, PreparedCall
from tap_analytics.http.redaction import excerpt
from tap_analytics.http.urls import same_host_url
from tap_analytics.rest.request_parts import with_query
from tap_analytics.rest.response.document import JSONBody, NoRecordsError, NotJSONError
from tap_analytics.rest.response.extractor import RecordExtractor
from tap_analytics.rest.response.link_targets import with_mount
from tap_analytics.rest.response.record_finder import find_records
from tap_analytics.rest.response.signs import spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_analytics.http.auth import Auth
    from tap_analytics.http.call import RequestStats
    from tap_analytics.http.client import HTTPClient
    from tap_analytics.http.retry import RetryPolicy
    from tap_analytics.rest.response.signs import Sign


class TrialResponse(Struct, frozen=True):
    """One response, decoded."""

    body: Any
    """The document, decimals exact."""

    response: requests.Response

    def signs(self, selector: str) -> list[Sign]:
        """What the response tells of more, where the records are where a selector says."""
        body = JSONBody(self.response.content)
        return RecordExtractor(selector).signs(body, self.response.headers)

    def usual_list(self) -> str | None:
        """The selector of the only list that a run without a selector would take, if there is."""
        try:
            path = find_records(JSONBody(self.response.content))
        except NoRecordsError:
            return None
        return spelled(path) if path else None

    def records(self, selector: str) -> list[dict[str, Any]] | None:
        """The records that a selector finds; None where it finds no list of objects."""
        try:
            return RecordExtractor(selector).records(JSONBody(self.response.content)).decode()
        except NoRecordsError:
            return None


class TrialRequests:
    """Sends requests for one resource."""

    def __init__(
        self,
        client: HTTPClient,
        name: str,
        own: requests.Request,
        policy: RetryPolicy,
        stats: RequestStats,
        auth: Auth | None,
    ) -> None:
        """Ask as a stream would.

        Args:
            client: What sends the requests.
            name: The stream's name, for messages.
            own: The stream's own URL, headers and parameters.
            policy: When a request is retried.
            stats: Where the requests are counted.
            auth: The credentials that the stream has for itself; None for those of the run.
        """
        self._client = client
        self._name = name
        self._own = own
        self._policy = policy
        self._stats = stats
        self._own_auth = auth
        self.url: str = own.url

    def ask(self, params: Mapping[str, object], link: str | None = None) -> TrialResponse:
        """Send one request.

        Args:
            params: What to send besides the stream's own parameters.
            link: The whole address, which brings its own parameters; it is on the API's own host.

        Returns:
            The response.

        Raises:
            StreamError: There is no response that could be read.
            RunError: There is no token.
        """
        url = link or with_query(self.url, {**self._own.params, **params})
        request = requests.Request("GET", url, self._own.headers).prepare()
        where = f"{self._name}: GET {request.path_url.partition('?')[0]},"
        read = partial(_read, where=where, secrets=self._client.secrets)
        call = PreparedCall(request, self._policy, where, read, Event(), self._stats)
        return self._client.send(call, self._own_auth)

    def attempt(
        self, params: Mapping[str, object], link: str | None = None
    ) -> TrialResponse | None:
        """Send one request that may well fail.

        Returns:
            The response; None where the API refuses the request, or the link leads elsewhere.
        """
        own = same_host_url(with_mount(link, self.url), self.url) if link else None
        if link and own is None:
            return None
        try:
            return self.ask(params, own)
        except StreamError:
            return None


def _read(
    response: requests.Response, *, where: str, secrets: Callable[[], frozenset[str]]
) -> TrialResponse:
    if response.status_code == HTTPStatus.NOT_FOUND:
        said = excerpt(response.content, secrets())
        message = f"{where} returned 404: {said}. Look at `base_url` and at the path."
        raise StreamError(message)
    try:
        return TrialResponse(JSONBody(response.content).get(()), response)
    except NotJSONError as error:
        raise IncompleteBodyError(str(error)) from error
    except NoRecordsError as error:
        message = f"{where} cannot be read: {error}."
        raise StreamError(message) from error
