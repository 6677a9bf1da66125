"""The settings as JSON Schema, for the SDK's `--about`, for Meltano and for the validation."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

from tap_analytics.config.settings import Settings

APIS = ("accounting", "marketplace")

_DEFAULTS = Settings()
_DAY, _CENTURY = 86_400, 3_153_600_000
"""In seconds: beyond them neither sockets nor dates can count."""

_ERROR_HANDLER = th.PropertiesList(
    th.Property("retry_on_status_codes", th.ArrayType(th.IntegerType(minimum=100, maximum=599))),
    th.Property("max_retries", th.IntegerType(minimum=0)),
    th.Property("backoff", th.StringType(allowed_values=["constant", "exponential"])),
    th.Property("backoff_factor", th.NumberType(minimum=0, maximum=_CENTURY)),
    th.Property("max_wait", th.NumberType(minimum=0, maximum=_CENTURY)),
    additional_properties=False,
)

SETTINGS: dict[str, Any] = th.PropertiesList(
    th.Property(
        "base_url",
        th.StringType,
        title="Base URL",
        description="URL of the API, such as https://api.example.com",
    ),
    th.Property(
        "api",
        th.StringType(allowed_values=list(APIS)),
        title="API",
        description="API of the built-in streams: accounting or marketplace; default: both",
    ),
    th.Property(
        "token_url",
        th.StringType,
        title="Token URL",
        description="URL that exchanges OAuth2 client credentials for a token",
    ),
    th.Property(
        "client_id",
        th.StringType,
        secret=True,
        title="Client ID",
        description="OAuth2 client ID",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        secret=True,
        title="Client secret",
        description="OAuth2 client secret",
    ),
    th.Property(
        "scope",
        th.StringType,
        title="Scope",
        description="OAuth2 scope of the token; default: none is requested",
    ),
    th.Property(
        "auth_style",
        th.StringType(allowed_values=["form", "basic", "json"]),
        default=_DEFAULTS.auth_style,
        title="Authentication style",
        description="Format of the OAuth2 client credentials in the token request: form, basic "
        "or json",
    ),
    th.Property(
        "access_token",
        th.StringType,
        secret=True,
        title="Access token",
        description="Bearer token, instead of token_url, client_id and client_secret",
    ),
    th.Property(
        "auth",
        th.CustomType({"type": ["object", "string"]}),
        secret=True,
        title="Authentication",
        description="Authentication of any kind, in the form of dlt; see docs/resources.md",
    ),
    th.Property(
        "headers",
        th.ObjectType(additional_properties=th.StringType),
        secret=True,
        title="Headers",
        description="Additional request headers, such as a tenant ID",
    ),
    th.Property(
        "start_date",
        th.StringType,
        title="Start date",
        description="Date-time (ISO 8601) of the earliest change to read where there is no "
        "bookmark; default: all records",
    ),
    th.Property(
        "end_date",
        th.StringType,
        title="End date",
        description="Date-time (ISO 8601) before which changes are read, for a backfill from "
        "start_date; bookmarks stay unchanged",
    ),
    th.Property(
        "lookback",
        th.NumberType(minimum=0, maximum=_CENTURY),
        default=_DEFAULTS.lookback,
        title="Lookback",
        description="Seconds before the bookmark from which changes are read again",
    ),
    th.Property(
        "clock_margin",
        th.NumberType(minimum=0, maximum=_CENTURY),
        default=_DEFAULTS.clock_margin,
        title="Clock margin",
        description="Seconds by which a record may appear later than its modification time says, "
        "for late commits and clocks that differ together; bookmarks stay so far behind",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1),
        title="Page size",
        description="Page size for all streams; default: per stream",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0, maximum=_DAY),
        default=_DEFAULTS.request_timeout,
        title="Request timeout",
        description="Seconds to wait for a connection, and for each part of a response",
    ),
    th.Property(
        "response_timeout",
        th.NumberType(exclusive_minimum=0, maximum=_CENTURY),
        default=_DEFAULTS.response_timeout,
        title="Response timeout",
        description="Seconds that a whole response may take, from the connection to its last byte",
    ),
    th.Property(
        "max_response_mb",
        th.NumberType(exclusive_minimum=0),
        default=_DEFAULTS.max_response_mb,
        title="Maximum response size",
        description="Largest response in MB, compressed and decompressed bytes together",
    ),
    th.Property(
        "connection_retry_seconds",
        th.NumberType(minimum=0, maximum=_CENTURY),
        default=_DEFAULTS.connection_retry_seconds,
        title="Connection retry seconds",
        description="Seconds for which a server that cannot be reached is waited for, however "
        "few retries error_handler allows",
    ),
    th.Property(
        "error_handler",
        th.ObjectType(*_ERROR_HANDLER.wrapped.values(), additional_properties=False),
        title="Error handler",
        description="Retry policy: retry_on_status_codes, max_retries, backoff (constant or "
        "exponential), backoff_factor (seconds), max_wait (seconds, 300); default: "
        "per API",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header; default: tap-analytics/VERSION",
    ),
    th.Property(
        "verify",
        th.StringType(allowed_values=["warn", "fail", "none"]),
        default=_DEFAULTS.verify,
        title="Verify",
        description="Action when a stream is not proven: warn, fail (exit code 1), or none "
        "(nothing is verified; off is the same)",
    ),
    th.Property(
        "read_by",
        th.StringType(allowed_values=["auto", "keyset", "windows", "pages"]),
        default=_DEFAULTS.read_by,
        title="Read by",
        description="Way of reading: auto (the first that the API allows), keyset, windows or "
        "pages; see docs/completeness.md",
    ),
    th.Property(
        "on_invalid",
        th.StringType(allowed_values=["keep", "null", "fail"]),
        default=_DEFAULTS.on_invalid,
        title="On invalid value",
        description="Action for a value that its field cannot hold: keep (the field is null, the "
        "value stays in additional_properties), null (the value is dropped), or fail (the stream "
        "fails)",
    ),
    th.Property(
        "on_missing_key",
        th.StringType(allowed_values=["skip", "hash"]),
        default=_DEFAULTS.on_missing_key,
        title="On missing key",
        description="Action for a record without its key: skip (it is not sent, and the stream is "
        "not proven), or hash (a key that is one text column is filled with a hash of the record)",
    ),
    th.Property(
        "concurrency",
        th.IntegerType(minimum=1, maximum=32),
        default=_DEFAULTS.concurrency,
        title="Concurrency",
        description="Maximum number of concurrent requests, 1 to 32; the accounting API allows 5",
    ),
    th.Property(
        "requests_per_minute",
        th.IntegerType(minimum=1),
        title="Requests per minute",
        description="Maximum number of requests per minute, for all streams together; default: "
        "no limit",
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=_DEFAULTS.emit_activate_version_messages,
        title="Emit ACTIVATE_VERSION messages",
        description="Deletion of removed records by the target, after a full-table stream was "
        "proven",
    ),
    th.Property(
        "report_path",
        th.StringType,
        title="Report path",
        description="File for the run's report, as JSON; {run_id} and {name} in it stand for the "
        "run's ID and name",
    ),
    th.Property(
        "name",
        th.StringType,
        default=_DEFAULTS.name,
        title="Name",
        description="Name of this configuration, for the report; Meltano's name of the extractor "
        "comes first",
    ),
    th.Property(
        "progress_seconds",
        th.NumberType(minimum=0, maximum=_CENTURY),
        default=_DEFAULTS.progress_seconds,
        title="Progress seconds",
        description="Least number of seconds between two log lines that tell how far a run is; 0 "
        "for none, and for no display on a terminal",
    ),
    th.Property(
        "resources",
        th.ArrayType(th.CustomType({"type": ["object", "string"]})),
        secret=True,
        title="Resources",
        description="Additional streams, and changes to the built-in ones",
    ),
    th.Property(
        "resource_defaults",
        th.ObjectType(additional_properties=True),
        secret=True,
        title="Resource defaults",
        description="Defaults for every entry of resources",
    ),
    th.Property(
        "client",
        th.ObjectType(additional_properties=True),
        secret=True,
        title="Client",
        description="Client block of dlt's REST source, instead of base_url and credentials",
    ),
    th.Property(
        "sample_size",
        th.IntegerType(minimum=1),
        default=_DEFAULTS.sample_size,
        title="Sample size",
        description="Maximum number of records from which a missing schema is inferred",
    ),
    th.Property(
        "sandbox",
        th.BooleanType,
        default=_DEFAULTS.sandbox,
        title="Sandbox",
        description="Built-in sandbox API instead of a real one; needs no other setting",
    ),
).to_dict()
"""In the order in which they are shown."""
