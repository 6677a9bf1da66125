"""Answers that are wrong on request, worded as the APIs word them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from .messages import Answer

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
) -> Answer:
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
    answer = Answer.json(document if api == "accounting" else {"detail": text}, status)
    answer.headers.update(headers or {})
    return answer


def too_many(
    api: str, *, retry_after: float | str | None = None, problem: str | None = None
) -> Answer:
    """Return a 429: without a body, and with the kind of limit, on the accounting API."""
    if api != "accounting":
        answer = refusal(api, _TOO_MANY, "Request was throttled.")
    else:
        answer = Answer(_TOO_MANY, headers={"X-Rate-Limit-Problem": problem} if problem else {})
    return _with_wait(answer, retry_after)


def _with_wait(answer: Answer, retry_after: float | str | None) -> Answer:
    """Add when to come back: seconds, or text; `date:30` is the HTTP date in 30 seconds."""
    if isinstance(retry_after, str) and retry_after.startswith("date:"):
        then = datetime.now(UTC) + timedelta(seconds=float(retry_after.removeprefix("date:")))
        retry_after = format_datetime(then, usegmt=True)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def replacement(plan: Plan, api: str, request: Request) -> Answer | None:
    """Return the answer that a rule gives in place of the true one, if one does."""
    if "drop" in plan:
        return Answer(drop=True)
    redirect = plan.get("redirect")
    if redirect is not None:
        return Answer(301, headers={"Location": redirect.get("to", request.path + "/")})
    if "error_200" in plan:
        answer = refusal(api, 403)
        answer.status = 200
        return answer
    wanted = plan.get("status")
    return None if wanted is None else _failed(api, **wanted)


def _failed(
    api: str,
    code: int,
    *,
    retry_after: float | str | None = None,
    problem: str | None = None,
    body: str | None = None,
) -> Answer:
    if code >= _SERVER_ERROR:
        answer = Answer(code, _HTML, {"Content-Type": "text/html; charset=utf-8"})
    elif code == _TOO_MANY:
        answer = too_many(api, problem=problem)
    else:
        answer = refusal(api, code)
    if body is not None:
        answer.body = body.encode()
    return _with_wait(answer, retry_after)


def spoil(answer: Answer, plan: Plan) -> Answer:
    """Cut an answer's body, where a rule says so."""
    cut = plan.get("truncate")
    if cut is not None:
        answer.body = answer.body[: int(len(answer.body) * cut.get("keep", 0.5))]
    short = plan.get("short_body")
    if short is not None:
        answer.declared = len(answer.body)
        answer.body = answer.body[: int(len(answer.body) * short.get("keep", 0.5))]
        answer.stalls = short.get("seconds", 0.0)
    if "bad_gzip" in plan:
        answer.headers["Content-Encoding"] = "gzip"
        answer.body = b"no " + answer.body
    return answer
