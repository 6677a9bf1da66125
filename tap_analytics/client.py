"""What a stream of an API is: what to ask for, and how to read an answer."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from singer_sdk.streams.rest import HTTPRequest, PageContext

from tap_analytics import __version__
from tap_analytics.declaration import StreamDeclaration
from tap_analytics.exceptions import RunError, StreamError
from tap_analytics.http.call import RequestStats
from tap_analytics.records.conform import ADDITIONAL_PROPERTIES
from tap_analytics.records.writer import MessageWriter
from tap_analytics.rest.document import JSONBody
from tap_analytics.rest.extractor import RecordExtractor
from tap_analytics.rest.pages import PageReader
from tap_analytics.sync.stream_sync import StreamSync

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    import requests
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Schema

    from tap_analytics.http.retry import RetryPolicy
    from tap_analytics.rest.range_paginators import Paginator
    from tap_analytics.sync.run import RunContext
    from tap_analytics.tap import TapAnalytics


class AnalyticsStream(StreamDeclaration):
    """A resource of a REST API, as it was declared."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The SDK conforms nothing: `conform.py` has done so, compiled for the stream."""

    _tap: TapAnalytics

    def __init__(
        self,
        tap: TapAnalytics,
        schema: dict[str, Any] | Schema,
    ) -> None:
        """Create the stream of a tap, with the JSON schema that `discovery.py` found for it."""
        super().__init__(tap, schema=schema)
        self._schema_written = False
        self.stats = RequestStats()
        self._since: dict[object, Any] = {}

    @property
    def run(self) -> RunContext:
        """What all streams of the run share."""
        return self._tap.run

    @property
    def url_base(self) -> str:
        """Where the API is."""
        return self.run.connection.base_url

    @property
    def http_headers(self) -> dict[str, str]:
        """The headers of every request, but for the token."""
        given: dict[str, str | None] = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": self.config.get("user_agent") or f"tap-analytics/{__version__}",
            **(self.config.get("headers") or {}),
            **self.headers,
        }
        return {name: value for name, value in given.items() if value is not None}

    def get_url(self, context: Context | None) -> str:
        """The resource's address; for a child, with the parent's values in it."""
        path = self.path
        for param in self.parent_params:
            path = path.replace(f"{{{param}}}", quote(str((context or {})[param]), safe=""))
        return f"{self.url_base}{path}"

    def _query(self, context: Context | None) -> dict[str, Any]:
        """The stream's own parameters; for a child, with the parent's values in them."""
        return {
            name: _filled(value, self.parent_params, context) for name, value in self.params.items()
        }

    def context_for(self, parent: Record) -> Context | None:
        """For a child: what it needs to know of a parent's record; None where that lacks it."""
        # A parent's schema need not know the fields that a child wants.
        record = {**(parent.get(ADDITIONAL_PROPERTIES) or {}), **parent}
        values = {param: _at(record, field) for param, field in self.parent_params.items()}
        if None in values.values():
            return None
        return {
            **values,
            **{name: record.get(field) for name, field in self.include_from_parent.items()},
        }

    def get_http_request(self, *, page: PageContext[Any]) -> HTTPRequest:
        """The request for one page; `page.next_page_token` is what the paginator calls it."""
        request = HTTPRequest(
            url=self.get_url(page.stream_context),
            headers=self.http_headers,
            params={
                **self._query(page.stream_context),
                **self.paginator.params(page.next_page_token),
            },
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
    def policy(self) -> RetryPolicy:
        """The API's retry rule, with what the setting and then the resource change."""
        policy = self.retry_policy.merged(self.config.get("error_handler"))
        return policy.merged(self.error_handler)

    @cached_property
    def paginator(self) -> Paginator:
        """Which page is next, and why the last page is the last."""
        size = self.resource_page_size or self.config.get("page_size") or self.page_size
        return self.make_paginator(int(size))

    @cached_property
    def extractor(self) -> RecordExtractor:
        """Finds the records of an answer, and what it says about the whole."""
        return RecordExtractor(
            self.data_selector,
            total_path=self.total_path,
            page_count_path=self.page_count_path,
            next_path=self.next_path,
            single=self.single_object,
        )

    def check_envelope(self, document: JSONBody) -> None:
        """Raise `NoRecordsError` where the envelope says that the answer is an error."""

    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        """The records of one answer as the API sends them."""
        return self.extractor.records(JSONBody(response.content)).decode()

    def sample_records(self, context: Context | None) -> Iterable[Record]:
        """Records of the first pages, one page at a time, as the API sends them."""
        for page in PageReader(self, context).read(1):
            yield from page.records.decode()

    def request_records(self, context: Context | None) -> Iterable[Record]:
        """Every record as the API sends it, read once and not judged."""
        for page in PageReader(self, context).read(self.run.concurrency):
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
        wanted = wanted or self.write_disposition == "replace"
        if wanted and self.replication_method == REPLICATION_FULL_TABLE:
            return self._initialized_at // 1000
        return None

    def activate(self, version: int) -> None:
        """Let the target delete every row of another version."""
        self._write_activate_version_message(version)

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: `Bookmark.limit` keeps bookmarks from passing the start of the run."""

    def _write_schema_message(self) -> None:
        """Write the schema once: a child is synced once a parent, and its schema stays."""
        if not self._schema_written:
            super()._write_schema_message()
            self._schema_written = True

    def write_mapped(self, records: Sequence[Record], version: int | None) -> None:
        """Write records the SDK's way: selected properties only, through the stream maps."""
        self._stream_version = version
        for record in records:
            self._write_record_message(record)

    @property
    def children(self) -> list[AnalyticsStream]:
        """The streams that are read once for each record of this one, as far as they are wanted."""
        children = cast("list[AnalyticsStream]", self.child_streams)
        return [child for child in children if child.selected or child.has_selected_descendents]

    def sync_children(self, records: Sequence[Record]) -> None:
        """Sync the child streams for each of these records."""
        for child in self.children:
            for record in records:
                context = child.context_for(record)
                if context is None:
                    self.logger.warning(
                        "%s: a record has nothing for `%s` of its child %s, which is not read for "
                        "it.",
                        self.name,
                        "`, `".join(child.parent_params),
                        child.name,
                    )
                    continue
                child.sync(context=context)

    def flush(self) -> None:
        """Write what was gathered: nothing is held back while the tap waits."""
        if isinstance(self.message_writer, MessageWriter):
            self.message_writer.flush()

    def abort(self, reason: Exception) -> None:
        """End a dry run as the SDK ends one: with the state, in which nothing has moved."""
        self.state_manager.is_flushed = False
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
        if self.run.fatal_error or report.status == "failed":
            return
        try:
            StreamSync(self, context).run()
        except (StreamError, RunError) as error:
            if self.ABORT_AT_RECORD_COUNT is not None:
                raise
            report.status, report.error = "failed", str(error)
            self.logger.error(str(error))  # noqa: TRY400  # a sentence, not a traceback
            if isinstance(error, RunError):
                self.run.fatal_error = error
                raise
        yield from ()

    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:  # noqa: ANN401
        """Log as the SDK does, but for its false alarm: every error has a sentence of its own."""
        if not message.startswith("An unhandled error occurred"):
            super().log(message, *args, level=level, **kwargs)


def _at(record: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401  # any JSON
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _filled(value: Any, parent_params: Mapping[str, str], context: Context | None) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        for param in parent_params:
            value = value.replace(f"{{{param}}}", str((context or {})[param]))
    if isinstance(value, list):
        return [_filled(item, parent_params, context) for item in value]
    return value


def _frozen(context: Context | None) -> object:
    return tuple(sorted(context.items())) if context else None
