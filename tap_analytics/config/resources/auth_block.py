"""An `auth` block: of the client, of one endpoint, or the setting of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.config.header_values import HEADER_NAME, HEADER_VALUE, UNSENDABLE
from tap_analytics.http.credentials import Credentials
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.http.credentials import AuthType
    from tap_analytics.records.json import JSON, JSONObject

TYPES: dict[str, AuthType] = {
    "bearer": "bearer",
    "api_key": "api_key",
    "http_basic": "http_basic",
    "oauth2": "oauth2",
    "oauth2_client_credentials": "oauth2",
}
_KEYS: dict[str, tuple[str, ...]] = {
    "bearer": ("token",),
    "api_key": ("api_key", "name", "location"),
    "http_basic": ("username", "password"),
    "oauth2": (
        *("token_url", "access_token_url", "client_id", "client_secret", "scope", "auth_style"),
        *("access_token_request_data", "default_token_expiration"),
        *("refresh_token", "refresh_token_path"),
    ),
}
_NEEDED = {
    "bearer": ("token",),
    "api_key": ("api_key",),
    "http_basic": ("username", "password"),
    "oauth2": ("token_url",),
}

SETTINGS = {
    "token_url": ("token_url", "access_token_url"),
    "client_id": ("client_id",),
    "client_secret": ("client_secret",),
    "scope": ("scope", "access_token_request_data.scope"),
    "auth_style": ("auth_style",),
    "access_token": ("token",),
}
"""Where in a block the value of a setting may stand, the preferred place first."""


def auth_type(block: JSON) -> AuthType:
    """The type of a block; a block with a token and no type is a bearer token, as in dlt."""
    if isinstance(block, str):
        return TYPES.get(block, "none")
    if not isinstance(block, dict):
        return "none"
    written = block.get("type")
    if written is None and block.get("token") is not None:
        return "bearer"
    return TYPES.get(str(written), "none")


def read_credentials(block: JSON) -> Credentials:
    """Read a block as credentials.

    Args:
        block: The block, or its type alone: then the rest stands in the tap's own settings.

    Returns:
        The credentials, as far as the block gives them.
    """
    kind = auth_type(block)
    given = _given(block)
    data = dict(given.get("access_token_request_data") or {})
    scope, grant = data.pop("scope", None), data.get("grant_type")
    refresh_token = given.get("refresh_token")
    if grant == "refresh_token":
        refresh_token = refresh_token or data.pop("refresh_token", None)
    if grant in {"refresh_token", "client_credentials"}:
        data.pop("grant_type")
    values: dict[str, Any] = {
        **{
            name: given[name]
            for name in ("token", "api_key", "username", "password")
            if name in given
        },
        **{name: given[name] for name in ("name", "client_id", "client_secret") if name in given},
        "refresh_token": refresh_token,
        "refresh_token_path": given.get("refresh_token_path"),
        "scope": given.get("scope", scope),
        "style": given.get("auth_style", "form"),
        "request_data": data,
    }
    if "location" in given:
        location = given["location"]
        values["location"] = "query" if location == "param" else location
    if token_url := given.get("token_url", given.get("access_token_url")):
        values["token_url"] = token_url
    if lifetime := given.get("default_token_expiration"):
        values["default_lifetime"] = float(lifetime)
    return Credentials(type=kind, **values)


def auth_problems(block: JSON, path: str, *, complete: bool) -> Iterator[str]:
    """Find what does not fit together in a block.

    Args:
        block: The block; its shape is right.
        path: Its path in the configuration.
        complete: Whether everything has to stand in it, as for an endpoint.

    Yields:
        A sentence for each; none quotes a value.
    """
    if block is None:
        return
    kind = auth_type(block)
    given = _given(block)
    if kind == "none":
        if given:
            yield (
                f"{path}: `type` is missing: set it to `bearer`, `api_key`, `http_basic` or "
                "`oauth2_client_credentials`."
            )
        return
    written = (
        block if isinstance(block, str) else block.get("type") if isinstance(block, dict) else ""
    )
    for key in given:
        if key not in _KEYS[kind]:
            yield f"{path}: `{key}` does not belong to the type `{written or kind}`."
    if complete or kind in {"api_key", "http_basic"}:
        credentials = read_credentials(block)
        for name in _NEEDED[kind]:
            empty_is_a_value = name in {"username", "password"} and name in given
            if not getattr(credentials, name) and not empty_is_a_value:
                yield f"{path}: `{name}` is missing: the type `{written or kind}` needs it."
    yield from _unsendable(given, path)
    if complete and kind == "oauth2":
        yield from _client_problems(read_credentials(block), path)


def _client_problems(credentials: Credentials, path: str) -> Iterator[str]:
    for name in ("client_id", "client_secret"):
        if not getattr(credentials, name) and not credentials.has_own_grant:
            yield f"{path}: `{name}` is missing: client credentials need it."


def _unsendable(given: Mapping[str, Any], path: str) -> Iterator[str]:
    """Find what cannot be sent in a header: the libraries that refuse it would quote it."""
    if given.get("location") not in {"query", "param"}:
        name, key = given.get("name", ""), given.get("api_key", "")
        if name and not HEADER_NAME.fullmatch(name):
            yield f"{path}.name: {shown(name)!r} cannot be the name of a header or a cookie."
        if not HEADER_VALUE.fullmatch(key):
            yield f"{path}.api_key cannot be sent in a header: {UNSENDABLE}"
    if not HEADER_VALUE.fullmatch(given.get("token", "")):
        yield f"{path}.token cannot be sent in a header: {UNSENDABLE}"


def _given(block: JSON) -> Mapping[str, Any]:
    """The keys that have a value, but for the type."""
    if not isinstance(block, dict):
        return {}
    given: JSONObject = {
        name: value for name, value in block.items() if value is not None and name != "type"
    }
    return given
