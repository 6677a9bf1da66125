"""What a stream of an API is: what to ask for, and how to read an answer."""

from __future__ import annotations

import json
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import RESTStream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from singer_sdk.streams.rest import HTTPRequest, PageContext

from tap_analytics import __version__
from tap_analytics.answers import Document, Reader
from tap_analytics.errors import RunError, StreamError
from tap_analytics.pages import Pages
from tap_analytics.paging import PageNumbers
from tap_analytics.retry import RetryRule
from tap_analytics.sync import Sync
from tap_analytics.transport import Effort

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    import requests
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Schema

    from tap_analytics.run import Run
    from tap_analytics.tap import TapAnalytics


class AnalyticsStream(RESTStream[Any]):
    """A resource of a REST API.

    A subclass says what differs from its family in class attributes; the family's base class says
    what its API has in common.
    """

    data_selector: str = "$"
    """Where the records are in an answer: a path of keys, or a JSONPath."""

    page_size: int = 100
    params: ClassVar[Mapping[str, Any]] = {}
    """Further query parameters of every request."""

    start_param: str | None = None
    """The query parameter that asks for records from a time on."""

    start_header: str | None = None
    """The header that does so, in whole seconds."""

    total_path: str | None = None
    page_count_path: str | None = None
    next_path: str | None = None
    """Where an answer declares the number of all records or pages, and names the next page."""

    retry_rule: RetryRule = RetryRule()

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The SDK conforms nothing: `conform.py` has done so, compiled for the stream."""

    _tap: TapAnalytics

    def __init__(
        self,
        tap: TapAnalytics,
        schema: dict[str, Any] | Schema | None = None,
        name: str | None = None,
    ) -> None:
        """Create the stream of a tap; its schema is the package's own where none is given."""
        super().__init__(tap, name=name, schema=schema or packaged_schema(name or self.name))
        self.effort = Effort()
        self._since: dict[object, Any] = {}

    @property
    def run(self) -> Run:
        """What all streams of the run share."""
        return self._tap.run

    @property
    def url_base(self) -> str:
        """Where the API is."""
        return self.run.connection.base_url

    @property
    def http_headers(self) -> dict[str, str]:
        """The headers of every request, but for the token."""
        return {
            "Accept": "application/json",
            "User-Agent": self.config.get("user_agent") or f"tap-analytics/{__version__}",
            **(self.config.get("headers") or {}),
        }

    def get_http_request(self, *, page: PageContext[Any]) -> HTTPRequest:
        """The request for one page; `page.next_page_token` is what the paginator calls it."""
        request = HTTPRequest(
            url=self.get_url(page.stream_context),
            headers=self.http_headers,
            params={**self.params, **self.paginator.params(cast("int", page.next_page_token))},
        )
        since = self._since.get(_frozen(page.stream_context))
        if since is not None:
            if self.start_param:
                request.params[self.start_param] = since
            if self.start_header:
                # Cutting the fraction off rounds down, so that nothing falls between.
                request.headers[self.start_header] = str(since)[:19]
        return request

    def ask_since(self, context: Context | None, value: Any) -> None:  # noqa: ANN401  # as the field is
        """From now on ask for what changed from this replication value on; None asks for all."""
        self._since[_frozen(context)] = value

    @cached_property
    def rule(self) -> RetryRule:
        """The API's retry rule, with what the setting `error_handler` changes."""
        return self.retry_rule.changed(self.config.get("error_handler"))

    @cached_property
    def paginator(self) -> PageNumbers:
        """Which page is next, and why the last page is the last."""
        return PageNumbers(limit=int(self.config.get("page_size") or self.page_size))

    @cached_property
    def reader(self) -> Reader:
        """Finds the records of an answer, and what it says about the whole."""
        return Reader(
            self.data_selector,
            total_path=self.total_path,
            page_count_path=self.page_count_path,
            next_path=self.next_path,
        )

    def check_envelope(self, document: Document) -> None:
        """Raise `NoRecordsError` where the envelope says that the answer is an error."""

    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        """The records of one answer as the API sends them."""
        return self.reader.records(Document(response.content)).decode()

    def request_records(self, context: Context | None) -> Iterable[Record]:
        """Every record as the API sends it, read once and not judged."""
        for page in Pages(self, context).read(self.run.concurrency):
            yield from page.records.decode()

    # What the sync needs of the SDK ------------------------------------------------------------

    @property
    def message_writer(self) -> Any:  # noqa: ANN401  # the tap's own, or another of the SDK's
        """What messages are written with."""
        return self._tap.message_writer

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would send them before the records, `sync.py` does after a proven pass."""
        return False

    @property
    def version_to_activate(self) -> int | None:
        """The version that records carry so that a target can delete those without it."""
        wanted = self.config.get("emit_activate_version_messages")
        if wanted and self.replication_method == REPLICATION_FULL_TABLE:
            return self._initialized_at // 1000
        return None

    def activate(self, version: int) -> None:
        """Let the target delete every row of another version."""
        self._write_activate_version_message(version)

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: `Bookmark.limit` keeps bookmarks from passing the start of the run."""

    def write_mapped(self, records: Sequence[Record], version: int | None) -> None:
        """Write records the SDK's way: selected properties only, through the stream maps."""
        self._stream_version = version
        for record in records:
            self._write_record_message(record)

    def abort(self, reason: Exception) -> None:
        """End a dry run as the SDK ends one."""
        self._abort_sync(reason)

    def _sync_records(
        self,
        context: Context | None = None,
        *,
        write_messages: bool = True,  # noqa: ARG002  # false only for BATCH, which the tap has not
    ) -> Generator[Record]:
        """Read the stream until its sync is proven, and write what it holds.

        The SDK's own loop costs most of a record's time and knows one pass only. A failure is kept
        for the report, so that the other streams go on; a dry run has no report, and raises it.
        """
        report = self.run.report.stream(self.name)
        if self.run.stopped_by or report.status == "failed":
            return
        try:
            Sync(self, context).run()
        except (StreamError, RunError) as error:
            if self.ABORT_AT_RECORD_COUNT is not None:
                raise
            report.status, report.error = "failed", str(error)
            self.logger.error(str(error))  # noqa: TRY400  # a sentence, not a traceback
            if isinstance(error, RunError):
                self.run.stopped_by = error
        yield from ()


def packaged_schema(name: str) -> dict[str, Any]:
    """The JSON schema that the package holds for a built-in stream."""
    text = files("tap_analytics").joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _frozen(context: Context | None) -> object:
    return tuple(sorted(context.items())) if context else None
