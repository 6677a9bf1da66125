"""The settings: the value that a run works with, and the list that people see.

`Settings` holds the types and the defaults. `SETTINGS` describes the same settings as JSON Schema,
for the SDK's `--about`, for Meltano and for the validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from singer_sdk import typing as th

from tap_analytics import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.config.resources.model import Resource
    from tap_analytics.records.json import JSON

APIS = ("accounting", "marketplace")


class Settings(Struct, frozen=True, kw_only=True):
    """All settings of a run. `SETTINGS` says what each one means."""

    base_url: str = ""
    """Empty only with `sandbox`."""

    api: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None
    auth_style: str = "form"
    access_token: str | None = None
    headers: Mapping[str, str] = {}
    start_date: str | None = None
    end_date: str | None = None
    lookback: float = 0
    page_size: int | None = None
    request_timeout: float = 60
    error_handler: Mapping[str, JSON] = {}
    user_agent: str = f"tap-analytics/{__version__}"
    verify: str = "warn"
    concurrency: int = 4
    requests_per_minute: int | None = None
    emit_activate_version_messages: bool = False
    report_path: str | None = None
    resources: tuple[Resource, ...] = ()
    """With `resource_defaults` merged into each."""

    sample_size: int = 500
    sandbox: bool = False

    @classmethod
    def from_config(
        cls, config: Mapping[str, JSON], resources: Sequence[Resource] = ()
    ) -> Settings:
        """Give each setting its value or its default.

        Args:
            config: The settings that have a value, with the `client` block folded in. Others,
                such as the SDK's own, are left out.
            resources: What `resources` and `resource_defaults` declare.

        Returns:
            The settings. The types hold where `validate` finds no problem.
        """
        own = {name: value for name, value in config.items() if name in cls.__struct_fields__}
        values = {name: _without_fraction(value) for name, value in own.items()}
        return cls(**{**values, "resources": tuple(resources)})


def _without_fraction(value: JSON) -> JSON:
    """A number as an integer where JSON Schema takes it for one, such as 5.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_DEFAULTS = Settings()

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
        default=_DEFAULTS.auth_style,
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
        default=_DEFAULTS.lookback,
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
        default=_DEFAULTS.request_timeout,
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
        default=_DEFAULTS.verify,
        title="Verify",
        description="What follows when a stream cannot be proven complete: warn, fail (exit code "
        "1), or off to prove nothing",
    ),
    th.Property(
        "concurrency",
        th.IntegerType(minimum=1, maximum=32),
        default=_DEFAULTS.concurrency,
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
        default=_DEFAULTS.emit_activate_version_messages,
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
        default=_DEFAULTS.sample_size,
        title="Sample size",
        description="The most records that a schema is inferred from where none is given",
    ),
    th.Property(
        "sandbox",
        th.BooleanType,
        default=_DEFAULTS.sandbox,
        title="Sandbox",
        description="Run against the built-in API; no other setting is needed",
    ),
).to_dict()
"""The settings as JSON Schema, in the order in which they are shown."""
