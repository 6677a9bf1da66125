"""The settings: their names, types, defaults and descriptions, in one list."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

APIS = ("accounting", "marketplace")

_ERROR_HANDLER = th.PropertiesList(
    th.Property("retry_on_status_codes", th.ArrayType(th.IntegerType(minimum=100, maximum=599))),
    th.Property("max_retries", th.IntegerType(minimum=0)),
    th.Property("backoff", th.StringType(allowed_values=["constant", "exponential"])),
    th.Property("backoff_factor", th.NumberType(minimum=0)),
    th.Property("max_wait", th.NumberType(minimum=0)),
    additional_properties=False,
)

SETTINGS: dict[str, Any] = th.PropertiesList(
    th.Property(
        "base_url",
        th.StringType,
        title="Base URL",
        description="Where the API is, such as https://api.example.com",
    ),
    th.Property(
        "api",
        th.StringType(allowed_values=list(APIS)),
        title="API",
        description="Only this API's streams: accounting or marketplace; both where not set",
    ),
    th.Property(
        "token_url",
        th.StringType,
        title="Token URL",
        description="Where OAuth2 client credentials are exchanged for a token",
    ),
    th.Property(
        "client_id",
        th.StringType,
        secret=True,
        title="Client ID",
        description="The OAuth2 client's name",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        secret=True,
        title="Client secret",
        description="The OAuth2 client's secret",
    ),
    th.Property(
        "scope",
        th.StringType,
        title="Scope",
        description="The scope to ask for a token with; sent when set",
    ),
    th.Property(
        "auth_style",
        th.StringType(allowed_values=["form", "basic", "json"]),
        default="form",
        title="Authentication style",
        description="How the credentials travel: form, basic or json",
    ),
    th.Property(
        "access_token",
        th.StringType,
        secret=True,
        title="Access token",
        description="A bearer token, instead of token_url, client_id and client_secret",
    ),
    th.Property(
        "headers",
        th.ObjectType(additional_properties=th.StringType),
        secret=True,
        title="Headers",
        description="Further request headers, such as a tenant's",
    ),
    th.Property(
        "start_date",
        th.StringType,
        title="Start date",
        description="The earliest modification to fetch where there is no bookmark (ISO 8601)",
    ),
    th.Property(
        "end_date",
        th.StringType,
        title="End date",
        description="Read only what changed from start_date up to, but not at, this moment "
        "(ISO 8601), and leave bookmarks alone",
    ),
    th.Property(
        "lookback",
        th.NumberType(minimum=0),
        default=0,
        title="Lookback",
        description="Seconds before the bookmark to ask for once more",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1),
        title="Page size",
        description="Records a page, for every stream; the stream's own where not set",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=60,
        title="Request timeout",
        description="Seconds to wait for a connection, and for each next piece of an answer",
    ),
    th.Property(
        "error_handler",
        th.ObjectType(*_ERROR_HANDLER.wrapped.values(), additional_properties=False),
        title="Error handler",
        description="Which answers are tried again, and when; the API's own rule where not set: "
        "retry_on_status_codes, max_retries, backoff (constant or exponential), backoff_factor "
        "(seconds), max_wait (seconds, 300)",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="What the tap calls itself; tap-analytics/VERSION where not set",
    ),
    th.Property(
        "verify",
        th.StringType(allowed_values=["warn", "fail", "off"]),
        default="warn",
        title="Verify",
        description="What follows when a stream cannot be proven complete: warn, fail (exit code "
        "1), or off to prove nothing",
    ),
    th.Property(
        "concurrency",
        th.IntegerType(minimum=1, maximum=32),
        default=4,
        title="Concurrency",
        description="The most requests in flight, 1 to 32; the accounting API allows 5",
    ),
    th.Property(
        "requests_per_minute",
        th.IntegerType(minimum=1),
        title="Requests per minute",
        description="The most requests in any minute, for all streams together",
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=False,
        title="Emit ACTIVATE_VERSION messages",
        description="After a proven reading of a full-table stream, let the target delete the "
        "rows that are gone",
    ),
    th.Property(
        "report_path",
        th.StringType,
        title="Report path",
        description="A file to write the run's report to, as JSON",
    ),
    th.Property(
        "resources",
        th.ArrayType(th.CustomType({"type": ["object", "string"]})),
        title="Resources",
        description="Further streams, and changes to the built-in ones",
    ),
    th.Property(
        "resource_defaults",
        th.ObjectType(additional_properties=True),
        title="Resource defaults",
        description="Merged under every entry of resources",
    ),
    th.Property(
        "client",
        th.ObjectType(additional_properties=True),
        secret=True,
        title="Client",
        description="A client block of dlt's REST source, instead of base_url and credentials",
    ),
    th.Property(
        "sample_size",
        th.IntegerType(minimum=1),
        default=500,
        title="Sample size",
        description="The most records that a schema is inferred from where none is given",
    ),
    th.Property(
        "sandbox",
        th.BooleanType,
        default=False,
        title="Sandbox",
        description="Run against the built-in API; no other setting is needed",
    ),
).to_dict()
"""The settings as JSON Schema, for the SDK's `--about` and for Meltano."""
