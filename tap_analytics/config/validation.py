"""Rules for the settings, in sentences that name what is wrong and what to do."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from singer_sdk.helpers import capabilities

from tap_analytics.config.header_values import HEADER_VALUE, UNSENDABLE, header_problems
from tap_analytics.config.json_text import bounds_problem
from tap_analytics.config.schema_errors import MOST_UNKNOWN, did_you_mean, schema_violations
from tap_analytics.config.settings_schema import SETTINGS
from tap_analytics.config.stream_maps import SHAPES, stream_map_problems
from tap_analytics.http.credentials import Credentials
from tap_analytics.http.headers import authorization_header
from tap_analytics.http.urls import is_loopback
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.names import listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_CREDENTIALS = ("access_token", "token_url", "client_id", "client_secret")

# What `report_path` may hold, and what looks as if it were to be replaced.
_PLACEHOLDERS = ("{run_id}", "{name}")
_OFF = ("off", "Off", "OFF", "false", "False")

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


@cache
def _validator() -> Draft202012Validator:
    properties = SETTINGS["properties"] | SHAPES
    return Draft202012Validator({**SETTINGS, "properties": properties, "$schema": None})


@cache
def _sdk_settings() -> frozenset[str]:
    """The settings that the SDK itself knows, of taps and of targets."""
    lists = (schema for name, schema in vars(capabilities).items() if name.endswith("_CONFIG"))
    return frozenset(name for schema in lists for name in schema["properties"])


def drop_unset(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the settings without a value: `None`, and text that an environment left empty.

    `verify: off` becomes `none`, also where a reader of YAML 1.1 has made false of it.
    """
    given = {
        # JSON has no other names; a Python program may.
        name: {str(key): item for key, item in value.items()} if isinstance(value, dict) else value
        for name, value in config.items()
        if value is not None and value != ""
    }
    if given.get("verify") is False or given.get("verify") in _OFF:
        given["verify"] = "none"
    return given


def validate(
    config: Mapping[str, Any],
    credentials: Credentials | None = None,
    *,
    only_new_resources: bool = False,
    resources_send_more: bool = False,
) -> list[str]:
    """Find everything that keeps a configuration from working.

    Args:
        config: The settings that were given.
        credentials: What `auth` says besides them.
        only_new_resources: Whether nothing of a built-in API is read: others may be open.
        resources_send_more: Whether resources have credentials or headers of their own.

    Returns:
        One sentence per problem; none quotes a secret.
    """
    unusable = dict(_number_problems(config))
    # What is nested too deeply, nothing looks into.
    sound = {name: value for name, value in config.items() if name not in unusable}
    violations = schema_violations(_validator(), sound)
    invalid = {str(path[0]) for path in violations if path} | unusable.keys()
    problems = [sentence for sentences in violations.values() for sentence in sentences]
    further = [
        *_unknown_settings(config),
        *_header_problems(config),
        *_date_problems(config),
        *report_path_problems(config),
        *stream_map_problems(config),
    ]
    if config.get("sandbox") is not True:
        further = [
            *_connection_problems(
                config,
                credentials or Credentials(),
                may_be_open=only_new_resources,
                sends_more=resources_send_more,
            ),
            *further,
        ]
    # What has the wrong type is not checked further: one sentence about it is enough.
    return [
        *unusable.values(),
        *problems,
        *(sentence for name, sentence in further if name not in invalid),
    ]


def ignored_settings(config: Mapping[str, Any]) -> list[str]:
    """Find the settings that change nothing: the run goes on without them.

    Args:
        config: The settings that were given.

    Returns:
        One sentence per setting.
    """
    sentences = []
    unasked = [f"`{name}`" for name in ("base_url", *_CREDENTIALS[1:]) if name in config]
    if config.get("sandbox") is True and unasked:
        sentences.append(
            f"{' and '.join(unasked)} {'is' if len(unasked) == 1 else 'are'} ignored, because "
            "`sandbox` is true: the sandbox makes up every record. To read the API set `sandbox` "
            "to false, or run Meltano with `--environment=prod`."
        )
    if config.get("batch_config"):
        sentences.append(
            "`batch_config` is ignored: the tap writes every record as a message, none into files. "
            "A setting of the target saves time too: for meltanolabs-target-postgres it is "
            "`validate_records: false`."
        )
    if config.get("verify") == "none" and config.get("emit_activate_version_messages") is True:
        sentences.append(
            "`emit_activate_version_messages` is ignored with `verify: none`: records are only "
            "deleted after a stream was proven. Set `verify` to `warn` or `fail`."
        )
    return sentences


def _unknown_settings(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = SETTINGS["properties"].keys() | _sdk_settings()
    unknown = sorted(config.keys() - known)
    for name in unknown[:MOST_UNKNOWN]:
        hint = did_you_mean(name, known)
        if "mean" not in hint:
            hint = "`tap-analytics --about` lists all."
        yield name, f"unknown setting `{shown(name)}`: {hint}"
    if more := unknown[MOST_UNKNOWN:]:
        yield more[0], f"{len(more):,} more unknown settings: {listed(more, 3)}."


def _number_problems(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find numbers that nothing can work with; a file that holds them is refused already."""
    for name, value in config.items():
        if name in SETTINGS["properties"].keys() | SHAPES.keys() and (
            problem := bounds_problem(value)
        ):
            yield name, f"`{name}` is {problem}."


def report_path_problems(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find placeholders that nothing stands for: a file of that name is not what is meant."""
    path = config.get("report_path")
    for found in _PLACEHOLDER.findall(path) if isinstance(path, str) else ():
        if found not in _PLACEHOLDERS:
            yield (
                "report_path",
                (
                    f"`report_path` has the placeholder `{shown(found)}`: known are "
                    "`{run_id}` and `{name}`."
                ),
            )


def _connection_problems(
    config: Mapping[str, Any], credentials: Credentials, *, may_be_open: bool, sends_more: bool
) -> Iterator[tuple[str, str]]:
    if "base_url" not in config:
        yield (
            "base_url",
            (
                "`base_url` is missing: set it to the URL of the API, such as "
                "https://api.example.com, or set `sandbox` to true to try the tap."
            ),
        )
    sent = [name for name in _CREDENTIALS if name in config]
    sent += ["auth"] * (credentials.type in {"api_key", "http_basic"})
    headers = config.get("headers")
    names = list(headers) if isinstance(headers, dict) else []
    authorization = authorization_header(names)
    is_open = may_be_open and not (sent or names or sends_more)
    for name in ("base_url", "token_url"):
        url = config.get(name)
        found = _url_problems(name, url, is_open=is_open) if isinstance(url, str) else ()
        yield from ((name, text) for text in found)
    yield from _missing_credentials(
        config, sent, credentials, may_be_open=may_be_open or bool(authorization)
    )
    yield from _header_conflicts(authorization, sent, credentials)


def _missing_credentials(
    config: Mapping[str, Any],
    sent: Sequence[str],
    credentials: Credentials,
    *,
    may_be_open: bool,
) -> Iterator[tuple[str, str]]:
    """Find what is missing of the credentials, or given twice."""
    client = [name for name in _CREDENTIALS[1:] if name in config]
    if len(sent) > 1 and ("access_token" in sent or "auth" in sent):
        others = " and ".join(f"`{name}`" for name in sent[1:])
        end = "keep the token or the client credentials" if "auth" not in sent else "keep one"
        yield sent[0], f"`{sent[0]}` and {others} are both set: {end}."
    elif client or credentials.type == "oauth2":
        for name in _needed(credentials):
            if name not in config:
                own = credentials.has_own_grant
                who = "a refresh token needs" if own else "client credentials need"
                yield name, f"`{name}` is missing: {who} it."
    elif credentials.type == "bearer" and not sent:
        yield "access_token", "`access_token` is missing: `auth` of the type `bearer` needs it."
    elif not (sent or may_be_open):
        yield (
            "access_token",
            (
                "There are no credentials: set `access_token`, or `token_url`, `client_id` and "
                "`client_secret`."
            ),
        )


def _header_conflicts(
    authorization: str | None, sent: Sequence[str], credentials: Credentials
) -> Iterator[tuple[str, str]]:
    """Find two things that would both be sent as `Authorization`."""
    elsewhere = credentials.type == "api_key" and (
        credentials.location != "header" or credentials.name.lower() != "authorization"
    )
    if authorization and sent and not elsewhere:
        yield (
            "headers",
            (
                f"`headers.{authorization}` and `{sent[0]}` are both set, and both would be sent "
                "as `Authorization`: keep one."
            ),
        )


def _needed(credentials: Credentials) -> tuple[str, ...]:
    """What a token request needs: another grant than client credentials has data of its own."""
    return ("token_url",) if credentials.has_own_grant else _CREDENTIALS[1:]


def _url_problems(name: str, url: str, *, is_open: bool) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        yield f"`{name}` is not a URL: it must look like https://api.example.com."
    elif parts.username or parts.password:
        yield f"`{name}` holds a user name or password: use the settings for credentials instead."
    elif name == "base_url" and (parts.query or parts.fragment or url.rstrip("/")[-1] in "?#"):
        yield (
            "`base_url` must end before `?` and `#`, because paths are added to it: set query "
            "parameters as `params` in `resources`."
        )
    elif parts.scheme == "http" and not is_loopback(host) and not is_open:
        yield (
            f"`{name}` must begin with https: because http: does not encrypt the credentials; "
            "only this machine itself (127.0.0.1, localhost) may be used with http:."
        )


def _header_problems(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    headers = config.get("headers")
    if isinstance(headers, dict):
        yield from (("headers", sentence) for sentence in header_problems(headers, "headers"))
    for name in ("access_token", "user_agent"):
        value = config.get(name)
        if isinstance(value, str) and not HEADER_VALUE.fullmatch(value):
            yield name, f"`{name}` cannot be sent in a header: {UNSENDABLE}"
        elif name == "access_token" and str(value).lower().startswith("bearer "):
            yield name, "`access_token` begins with `Bearer`: leave that out, the tap sends it."


def _date_problems(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    instants = {}
    for name in ("start_date", "end_date"):
        if name not in config:
            continue
        try:
            instants[name] = utc_instant(config[name])
        except (ValueError, OverflowError):
            yield name, f"`{name}` is not a date-time: it must look like 2026-01-31T00:00:00Z."
    if len(instants) > 1 and instants["start_date"] >= instants["end_date"]:
        yield "end_date", "`end_date` must be later than `start_date`."
