"""Sends requests, and knows neither records nor streams. Others call `HTTPClient.send`.

Layers, from the outside in; a module imports only modules below it:

- `client`: `HTTPClient`, with the one retry loop.
- `credentials`: `Credentials`, a value, and the `authenticator` that it asks for.
- `oauth2`: `OAuth2ClientCredentials`, `TokenRequest`; `refresh_tokens`: those the server replaces.
- `auth`: `Auth`, a flow that yields requests and receives responses and sends nothing itself;
  `StaticAuth`, `NoAuth`, `BearerTokenAuth`, `ApiKeyAuth`, `BasicAuth`.
- `rate_limit`: `RateLimiter`, one for the whole run; `QuotaUsedUpError`, `CancelledError`.
- `session`: sends one request and reads its whole response, with `connections` (which socket a
  request uses), `ordinary` (responses that need no library), `deadline` (its time), `body` (its
  size and its compression) and `charset`.
- `call`: `PreparedCall`, `RequestStats`, `IncompleteBodyError`.
- `failures`: an attempt that failed, and its error message.
- Values and pure functions: `retry` (`RetryPolicy`), `headers` (`retry_after`, `http_date`,
  `exhausted_for`), `links`, `limits`, `placeholders`, `redaction`
  (`redact`, `redactable`, `secrets_in`, `excerpt`) with `secret_patterns` and `spellings`,
  `urls` (`is_loopback`, `same_origin`, `same_host_url`).

Rules:

- Of the tap, only `clock`, `exceptions`, `log_fields` and `records.names` are imported; nothing of
  the SDK.
- Every wait goes through the clock.
- Every text from a server is redacted before it is shown.
- Credentials are sent only to the API's own host and to `token_url`.
- Nothing is imported in this file, so that one module can be loaded without the others;
  `pyrate_limiter` is loaded only where `requests_per_minute` is set.
"""

__all__ = [
    "auth",
    "call",
    "client",
    "credentials",
    "headers",
    "oauth2",
    "rate_limit",
    "redaction",
    "refresh_tokens",
    "retry",
    "urls",
]
