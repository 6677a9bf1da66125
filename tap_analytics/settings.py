"""The settings: their names and types, and everything that can be wrong with them, in sentences."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from singer_sdk import typing as th

from tap_analytics.conform import utc_instant
from tap_analytics.origins import is_loopback
from tap_analytics.sentences import shape_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

APIS = ("accounting", "marketplace")

# RFC 9110, section 5: what a header's name and value are made of; values in Latin-1.
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"([!-~\xa0-\xff]([ \t!-~\xa0-\xff]*[!-~\xa0-\xff])?)?")

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


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator({**SETTINGS, "$schema": None})


def given(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that have a value; an environment often leaves others as empty text."""
    return {name: value for name, value in config.items() if value is not None and value != ""}


def problems(config: Mapping[str, Any]) -> list[str]:
    """Everything that keeps a configuration from working.

    Args:
        config: The settings that were given.

    Returns:
        One sentence a setting, all of them; none shows a secret.
    """
    shapes = shape_problems(_validator(), config)
    wrong = {str(path[0]) for path in shapes if path}
    found = [sentence for sentences in shapes.values() for sentence in sentences]
    if config.get("sandbox") is not True:
        found += [text for name, text in _connection_problems(config) if name not in wrong]
    found += [text for name, text in _header_problems(config) if name not in wrong]
    found += [text for name, text in _date_problems(config) if name not in wrong]
    return found


def _connection_problems(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "base_url" not in config:
        yield (
            "base_url",
            (
                "`base_url` is missing: set it to where the API is, such as "
                "https://api.example.com, or set `sandbox` to true to try the tap."
            ),
        )
    for name in ("base_url", "token_url"):
        if isinstance(config.get(name), str):
            yield from ((name, text) for text in _url_problems(name, config[name]))
    credentials = ("token_url", "client_id", "client_secret")
    present = [name for name in credentials if name in config]
    if "access_token" in config and present:
        named = " and ".join(f"`{name}`" for name in present)
        yield (
            "access_token",
            f"`access_token` and {named} are both set: a token or client credentials, not both.",
        )
    elif "access_token" not in config and not present:
        yield (
            "access_token",
            (
                "`access_token` is missing, and so are `token_url`, `client_id` and "
                "`client_secret`: set the one or the other three, as there is no way to "
                "authenticate."
            ),
        )
    elif present:
        for name in credentials:
            if name not in config:
                yield name, f"`{name}` is missing: client credentials need it."


def _url_problems(name: str, url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        yield f"`{name}` is no URL: it must look like https://api.example.com."
    elif parts.username or parts.password:
        yield f"`{name}` holds a user name or password: put credentials in their own settings."
    elif parts.scheme == "http" and not is_loopback(host):
        yield (
            f"`{name}` must begin with https: over plain http: everybody on the way could read "
            "the credentials; only this machine itself (127.0.0.1, localhost) goes without."
        )


def _header_problems(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What no request could carry: the libraries that refuse it quote it, secret or not."""
    sent = {name: config[name] for name in ("access_token", "user_agent") if name in config}
    headers = config.get("headers")
    for name, value in headers.items() if isinstance(headers, dict) else ():
        if not _HEADER_NAME.fullmatch(name):
            yield "headers", f"`headers` has a name that no header can have: {name!r}."
        sent[f"headers.{name}"] = value
    for name, value in sent.items():
        if isinstance(value, str) and not _HEADER_VALUE.fullmatch(value):
            yield (
                name.partition(".")[0],
                (
                    f"`{name}` cannot be sent in a header: it begins or ends with a space, or has "
                    "a line break or another such character in it. Look at how it was copied."
                ),
            )


def _date_problems(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    instants = {}
    for name in ("start_date", "end_date"):
        if name not in config:
            continue
        try:
            instants[name] = utc_instant(config[name])
        except (ValueError, OverflowError):
            yield name, f"`{name}` is no date-time: it must look like 2026-01-31T00:00:00Z."
    if len(instants) > 1 and instants["start_date"] >= instants["end_date"]:
        yield "end_date", "`end_date` must lie after `start_date`."
