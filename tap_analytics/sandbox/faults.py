"""Responses that are wrong on request, worded as the APIs word them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from . import hostile
from .messages import Response

if TYPE_CHECKING:
    from .messages import Request
    from .rules import Plan

_HTML = b"\xef\xbb\xbf<!DOCTYPE html><html><body><h1>Server Error</h1></body></html>"
_WORDS = {
    400: ("Bad Request", "A validation exception occurred."),
    401: ("Unauthorized", "TokenExpired: the access token is too old"),
    403: ("Forbidden", "AuthenticationUnsuccessful"),
    404: ("Not Found", "The resource cannot be found."),
}
_SERVER_ERROR = 500
_TOO_MANY = 429
_BAD_REQUEST = 400


def refusal(
    api: str, status: int, detail: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Return an error as an API words it."""
    title, usual = _WORDS.get(status, ("Error", "The request was refused."))
    text = detail or usual
    document: Any = {"Type": None, "Title": title, "Status": status, "Detail": text}
    if api == "accounting" and status == _BAD_REQUEST:
        document = {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": text,
            "Elements": [],
        }
    response = Response.json(document if api == "accounting" else {"detail": text}, status)
    response.headers.update(headers or {})
    return response


def too_many(
    api: str, *, retry_after: float | str | None = None, problem: str | None = None
) -> Response:
    """Return a 429: without a body, and with the kind of limit, on the accounting API."""
    if api != "accounting":
        response = refusal(api, _TOO_MANY, "Request was throttled.")
    else:
        response = Response(_TOO_MANY, headers={"X-Rate-Limit-Problem": problem} if problem else {})
    return _with_wait(response, retry_after)


def _with_wait(response: Response, retry_after: float | str | None) -> Response:
    """Add when to come back: seconds, or text; `date:30` is the HTTP date in 30 seconds."""
    if isinstance(retry_after, str) and retry_after.startswith("date:"):
        then = datetime.now(UTC) + timedelta(seconds=float(retry_after.removeprefix("date:")))
        retry_after = format_datetime(then, usegmt=True)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def replacement(plan: Plan, api: str, request: Request) -> Response | None:
    """Return the response that a rule gives in place of the true one, if one does."""
    if "drop" in plan:
        return Response(drop=True)
    redirect = plan.get("redirect")
    if redirect is not None:
        return Response(301, headers={"Location": redirect.get("to", request.path + "/")})
    deep = plan.get("deep_json")
    if deep is not None:
        depth = deep.get("depth", 100_000)
        return Response(200, b"[" * depth + b"]" * depth, {"Content-Type": "application/json"})
    if "error_200" in plan:
        response = refusal(api, 403)
        response.status = 200
        return response
    wanted = plan.get("status")
    return None if wanted is None else _failed(api, **wanted)


def _failed(
    api: str,
    code: int,
    *,
    retry_after: float | str | None = None,
    problem: str | None = None,
    body: str | None = None,
    reason: str | None = None,
) -> Response:
    if code >= _SERVER_ERROR:
        response = Response(code, _HTML, {"Content-Type": "text/html; charset=utf-8"})
    elif code == _TOO_MANY:
        response = too_many(api, problem=problem)
    else:
        response = refusal(api, code)
    if body is not None:
        response.body = body.encode()
    response.reason = reason
    return _with_wait(response, retry_after)


def corrupt(response: Response, plan: Plan) -> Response:
    """Corrupt a response, where a rule says so."""
    cut = plan.get("truncate")
    if cut is not None:
        response.body = response.body[: int(len(response.body) * cut.get("keep", 0.5))]
    short = plan.get("short_body")
    if short is not None:
        response.declared = len(response.body)
        response.body = response.body[: int(len(response.body) * short.get("keep", 0.5))]
        response.stalls = short.get("seconds", 0.0)
    if "bad_gzip" in plan:
        response.headers["Content-Encoding"] = "gzip"
        response.body = b"no " + response.body
    return hostile.corrupt(response, plan)
