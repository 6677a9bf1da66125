"""What an API is authenticated with, as a value; and the authenticator that it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from tap_analytics.http.auth import (
    DEFAULT_LIFETIME,
    ApiKeyAuth,
    BasicAuth,
    BearerTokenAuth,
    NoAuth,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.clock import Clock
    from tap_analytics.http.auth import Auth
    from tap_analytics.http.retry import RetryPolicy

AuthType = Literal["none", "bearer", "api_key", "http_basic", "oauth2"]


class Credentials(Struct, frozen=True, kw_only=True):
    """How requests are authenticated; which fields count depends on `type`."""

    type: AuthType = "none"
    token: str = ""
    api_key: str = ""
    name: str = "Authorization"
    """Of an API key: the header, query parameter or cookie that holds it."""

    location: Literal["header", "query", "cookie"] = "header"
    username: str = ""
    password: str = ""
    token_url: str = ""
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None
    style: str = "form"
    request_data: Mapping[str, Any] = {}
    """Further fields of a token request, such as `audience`."""

    refresh_token: str | None = None
    refresh_token_path: str | None = None
    default_lifetime: float = DEFAULT_LIFETIME
    """Seconds a token is used where the server does not say how long it is valid."""

    @property
    def has_own_grant(self) -> bool:
        """Whether tokens are had by another grant than client credentials, with its own data."""
        return bool(self.refresh_token) or "grant_type" in self.request_data


def authenticator(credentials: Credentials, policy: RetryPolicy, clock: Clock) -> Auth:
    """The authenticator for some credentials.

    Args:
        credentials: What to authenticate with.
        policy: When to retry a request for a token.
        clock: What a token's lifetime is measured with.
    """
    if credentials.type == "bearer":
        return BearerTokenAuth(credentials.token)
    if credentials.type == "api_key":
        return ApiKeyAuth(credentials.api_key, credentials.name, credentials.location)
    if credentials.type == "http_basic":
        return BasicAuth(credentials.username, credentials.password)
    if credentials.type == "none":
        return NoAuth()
    from tap_analytics.http.oauth2 import OAuth2ClientCredentials, TokenRequest  # noqa: PLC0415

    request = TokenRequest(
        token_url=credentials.token_url,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        scope=credentials.scope,
        style=credentials.style,
        data=credentials.request_data,
        default_lifetime=credentials.default_lifetime,
    )
    given = credentials.refresh_token
    tokens = None
    if given:
        from tap_analytics.http.refresh_tokens import RefreshTokens  # noqa: PLC0415  # rare

        tokens = RefreshTokens(given, credentials.refresh_token_path)
    return OAuth2ClientCredentials(request, policy, clock, tokens)
