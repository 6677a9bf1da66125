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
from tap_analytics.rest.document import JSONBody, NoRecordsError, NotJSONError
from tap_analytics.rest.extractor import RecordExtractor
from tap_analytics.rest.pages import with_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.client import AnalyticsStream

Path = tuple[str, ...]


class TrialResponse(Struct, frozen=True):
    """One response, decoded."""

    body: Any
    """The document, decimals exact."""

    response: requests.Response

    def scalars(self) -> Iterator[tuple[Path, Any]]:
        """Every value outside of lists, by the keys that lead to it."""
        yield from _scalars(self.body, ())

    def at(self, path: Path) -> Any:  # noqa: ANN401  # any JSON
        """What stands at a path of keys; None where nothing does."""
        value = self.body
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def records(self, selector: str) -> list[dict[str, Any]] | None:
        """The records that a selector finds; None where it finds no list of objects."""
        try:
            return RecordExtractor(selector).records(JSONBody(self.response.content)).decode()
        except NoRecordsError:
            return None


class TrialRequests:
    """Sends requests for one resource."""

    def __init__(self, stream: AnalyticsStream) -> None:
        """Ask as a stream would: with its address, headers, parameters and retry rule."""
        self._stream = stream
        self.url = stream.get_url(None)

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
        url = link or with_query(self.url, {**self._stream.params, **params})
        request = requests.Request("GET", url, self._stream.http_headers).prepare()
        where = f"{self._stream.name}: GET {request.path_url.partition('?')[0]},"
        transport = self._stream.run.http_client
        read = partial(_read, where=where, secrets=transport.secrets)
        policy, effort = self._stream.policy, self._stream.stats
        call = PreparedCall(request, policy, where, read, Event(), effort)
        return transport.send(call, self._stream.own_auth)

    def attempt(
        self, params: Mapping[str, object], link: str | None = None
    ) -> TrialResponse | None:
        """Send one request that may well fail.

        Returns:
            The response; None where the API refuses the request, or the link leads elsewhere.
        """
        own = same_host_url(link, self.url) if link else None
        if link and own is None:
            return None
        try:
            return self.ask(params, own)
        except StreamError:
            return None


def _read(response: requests.Response, *, where: str, secrets: Any) -> TrialResponse:  # noqa: ANN401  # a function
    if response.status_code == HTTPStatus.NOT_FOUND:
        said = excerpt(response.content, secrets())
        message = f"{where} answered 404: {said}. Look at `base_url` and at the path."
        raise StreamError(message)
    try:
        return TrialResponse(JSONBody(response.content).get(()), response)
    except NotJSONError as error:
        raise IncompleteBodyError(str(error)) from error


def _scalars(value: object, path: Path) -> Iterator[tuple[Path, Any]]:
    if not isinstance(value, dict):
        if path and not isinstance(value, list):
            yield path, value
        return
    for name, item in value.items():
        yield from _scalars(item, (*path, name))
