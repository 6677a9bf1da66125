"""Token endpoints that behave as their vendors' documentation says, errors and all."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tests.support.compatibility.server import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.compatibility.server import Request

CLIENT = ("own-client", "client-secret")
AUDIENCE = "https://rows.example.com"
CALENDARS = ("https://cal.example.com/", "https://contacts.example.com/")


def fields(request: Request) -> dict[str, list[str]]:
    """What a request for a token says; Auth0's endpoint also takes JSON."""
    if "json" in request.headers.get("content-type", ""):
        given: dict[str, Any] = json.loads(request.body)
        return {
            name: value if isinstance(value, list) else [value] for name, value in given.items()
        }
    return parse_qs(request.body.decode())


def client_of(request: Request, *, header: bool = True, body: bool = True) -> tuple[str, str]:
    """Client and secret, where a server looks for them."""
    given = fields(request)
    if header and (written := request.headers.get("authorization", "")).startswith("Basic "):
        client, _, secret = base64.b64decode(written[6:]).decode().partition(":")
        return client, secret
    return (
        (given.get("client_id", [""])[0], given.get("client_secret", [""])[0]) if body else ("", "")
    )


def issued(**more: object) -> Response:
    """A token."""
    return Response({"access_token": "issued-token", "token_type": "Bearer", **more})


def refused(status: int, error: str, description: str, **more: object) -> Response:
    """An error as RFC 6749 describes it."""
    return Response({"error": error, "error_description": description, **more}, status)


def auth0(request: Request) -> Response:
    """Wants an `audience`; each refusal is `access_denied`."""
    audience = fields(request).get("audience", [""])[0]
    if client_of(request) != CLIENT:
        return refused(401, "access_denied", "Unauthorized")
    if not audience:
        return refused(
            403,
            "access_denied",
            "No audience parameter was provided, and no default audience has been configured",
        )
    if audience == "https://other.example.com":
        said = (
            f'Client is not authorized to access "{audience}". You need to create a client-grant.'
        )
        return refused(403, "access_denied", said)
    if audience != AUDIENCE:
        return refused(403, "access_denied", f"Service not found: {audience}")
    return issued(expires_in=86400)


def _azure(status: int, error: str, code: int, said: str) -> Response:
    """An error with the parts that all of Microsoft's have, the description on several lines."""
    trace = "Trace ID: 255d1aef\r\nCorrelation ID: fb3d2015\r\nTimestamp: 2024-01-09 02:02:12Z"
    return refused(
        status,
        error,
        f"AADSTS{code}: {said}\r\n{trace}",
        error_codes=[code],
        timestamp="2024-01-09 02:02:12Z",
        trace_id="255d1aef",
        error_uri=f"https://login.microsoftonline.com/error?code={code}",
    )


def azure(request: Request) -> Response:
    """Version 2 wants a `scope` that ends with `/.default`, version 1 a `resource`."""
    given = fields(request)
    second = "/v2.0/" in request.path
    scope, resource = (given.get(name, [""])[0] for name in ("scope", "resource"))
    asked = scope.removesuffix("/.default") if second else resource
    client, secret = client_of(request)
    refusals = (
        ("/own-tenant/" not in request.path, 400, "invalid_request", 90002, "Tenant not found."),
        (
            client != CLIENT[0],
            400,
            "unauthorized_client",
            700016,
            "Application with identifier was not found in the directory.",
        ),
        (secret != CLIENT[1], 401, "invalid_client", 7000215, "Invalid client secret provided."),
        (
            second and not scope,
            400,
            "invalid_request",
            900144,
            "The request body must contain the following parameter: 'scope'.",
        ),
        (
            second and not scope.endswith("/.default"),
            400,
            "invalid_scope",
            1002012,
            "Client credential flows must have a scope value with /.default suffixed.",
        ),
        (
            asked != AUDIENCE,
            400,
            "invalid_resource",
            500011,
            "The resource principal named x was not found in the tenant.",
        ),
    )
    for found, *refusal in refusals:
        if found:
            return _azure(*refusal)  # type: ignore[arg-type]  # the parts of each, in order
    # Version 1 writes its numbers as text.
    return issued(expires_in=3599 if second else "3599", ext_expires_in="3599")


def resource_indicators(request: Request) -> Response:
    """RFC 8707: `resource` once for each target, each an address that the server knows."""
    resources = fields(request).get("resource", [])
    if client_of(request) != CLIENT:
        return refused(401, "invalid_client", "client authentication failed")
    if sorted(resources) != sorted(CALENDARS):
        said = "resource indicator is missing, or unknown"
        return refused(400, "invalid_target", said)
    return issued(expires_in=600)


def basic_only(request: Request) -> Response:
    """Takes client and secret in a header, as RFC 6749 wants of every server, and nowhere else."""
    if client_of(request, body=False) != CLIENT:
        return refused(401, "invalid_client", "Client authentication failed")
    return issued(expires_in=600)


def body_only(request: Request) -> Response:
    """Takes client and secret in the body, and nowhere else."""
    if client_of(request, header=False) != CLIENT:
        return refused(400, "invalid_request", "Missing client_id")
    return issued(expires_in=600)


class Rotating:
    """Gives another refresh token each time; one that comes twice ends the grant for good."""

    def __init__(self) -> None:
        """Begin with one that is valid."""
        self.valid: str | None = "refresh-1"
        self.used: list[str] = []

    def __call__(self, request: Request) -> Response:
        """Exchange a refresh token."""
        (token,) = fields(request)["refresh_token"]
        if token != self.valid:
            self.valid = None
            return refused(400, "invalid_grant", "Unknown or invalid refresh token.")
        self.used.append(token)
        self.valid = f"refresh-{len(self.used) + 1}"
        return issued(expires_in=600, refresh_token=self.valid)


def behind(token_endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """A server with a token endpoint at every path but `/rows`, which wants its token."""

    def respond(request: Request) -> Response:
        if request.path != "/rows":
            return token_endpoint(request)
        if request.headers.get("authorization") != "Bearer issued-token":
            return Response({"message": "Unauthorized"}, 401)
        return Response({"data": [{"id": number} for number in range(3)]})

    return respond
