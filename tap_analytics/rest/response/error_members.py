"""Finds in the envelope of a response what tells of an error, though the status of HTTP tells none.

Beside records some may be missing; where none came, nobody knows whether there are any.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.rest.response.document import MISSING
from tap_analytics.rest.response.envelope import is_tuple, members_at
from tap_analytics.rest.response.sign_names import CONTAINERS, ERRORS, Error, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.response.document import JSONBody

    Path = tuple[str, ...]

_BY_NAME = {plain_name(name): kind for name, (kind, _) in ERRORS.items()}
_BY_PATH = {tuple(name.split(".")): kind for name, (kind, _) in ERRORS.items() if "." in name}
_CONTAINERS = {plain_name(name) for name in CONTAINERS}
_MESSAGES = {"message", "msg", "errmsg"}
"""Only beside one of these is any code the outcome of a request: alone it may be a country's."""

_FINE = {"", "0", "false", "null", "none", "ok", "success", "no error"}
_SUCCESS = {
    *("ok", "okay", "success", "successful", "successfully", "succeeded", "no error", "no errors"),
    *("request success", "request successful", "query success", "operation successful"),
    *("成功", "请求成功", "操作成功", "查询成功", "获取成功"),
}
"""Messages of a request that did not fail, whatever its code is: 1 and 10000 are usual."""

_SUCCESSES = range(200, 300)
_FAILURES = range(400, 600)
_DIGITS = re.compile(r"-?[0-9]{1,18}")
_WORDS = {
    *("error", "fail", "failed", "failure", "partialfailure", "ko", "denied", "requestdenied"),
    *("invalidrequest", "overquerylimit", "overdailylimit", "unknownerror", "timeout"),
    *("pending", "processing", "inprogress", "running", "queued", "accepted", "notready"),
}
"""Outcomes of a request that failed, or that is not done."""


CUT = "within a record: "
"""Stands in front of the name of what says that a list within a record goes on elsewhere."""

NAMES_OF_ERRORS = frozenset(
    (
        *ERRORS,
        *("message", "msg", "reason", "detail", "details", "description", "title", "type"),
        *("instance", "timestamp", "path", "trace_id", "traceId", "request_id", "requestId"),
    )
)
"""Names in the error bodies of RFC 9457, Spring and others."""

_TELLING = NAMES_OF_ERRORS - {"description", "title", "path", "timestamp", "instance"}
"""Those without which such a body is none: the others are fields of records as well."""


class ErrorMember(Struct, frozen=True):
    """A member of an envelope that tells of an error."""

    name: str
    """`success`, or `meta.status`."""

    kind: Error
    value: JSON = None
    """What it holds; of an object or a list nobody asks."""

    @property
    def fails(self) -> bool:
        """Whether the request failed as a whole; else it only lacks a part of its records."""
        return self.kind not in {Error.LACKS, Error.CUT}

    @property
    def told(self) -> str:
        """What a page keeps of it."""
        return f"{CUT}{self.name}" if self.kind is Error.CUT else self.name


def reads_like_error(names: Collection[str]) -> bool:
    """Whether an object with these members has what error bodies have, and nothing else."""
    return NAMES_OF_ERRORS.issuperset(names) and not _TELLING.isdisjoint(names)


def error_members(
    body: JSONBody, records: Path = (), *, any_came: bool = False, may_be_record: bool = False
) -> Iterator[ErrorMember]:
    """The members of an envelope that tell of an error.

    Args:
        body: The response's.
        records: The keys that lead to the records; of a JSONPath those in front of what it selects.
        any_came: Whether there are any: beside them some APIs have 1 as the code of a success.
        may_be_record: Whether the object itself may be the record: a message that is null makes
            its code none of an error.
    """
    envelope = members_at(body, body.raw(()), (), records)
    fine = _is_null_or_success if may_be_record else _is_success
    yield from _in_object(body, envelope, (), records, None if any_came else fine)
    for path, kind in _BY_PATH.items():
        if path[0] in envelope and _tells(kind, body.get(path), explained=False):
            yield ErrorMember(".".join(path), kind)


def _in_object(
    body: JSONBody,
    members: Mapping[str, Any],
    at: Path,
    records: Path,
    fine: Callable[[JSON], bool] | None,
) -> Iterator[ErrorMember]:
    messages = [name for name in members if plain_name(name) in _MESSAGES]
    explained = fine is not None and not all(fine(body.scalar(members[name])) for name in messages)
    for name, member in members.items():
        path = (*at, name)
        if path == records:
            continue
        leads = bool(records) and records[: len(path)] == path
        kind = None if leads else _BY_NAME.get(plain_name(name))
        if kind is not None:
            value = body.decoded(member) if kind in _HELD else body.scalar(member)
            if _tells(kind, value, explained=explained):
                yield ErrorMember(".".join(path), kind, None if kind in _HELD else value)
        elif leads or is_tuple(at, records) or (not at and plain_name(name) in _CONTAINERS):
            members_of = members_at(body, member, path, records)
            yield from _in_object(body, members_of, path, records, fine)


_HELD = {Error.HOLDS, Error.LACKS}
"""What may be an object or a list."""


def _tells(kind: Error, value: JSON, *, explained: bool) -> bool:
    """Whether a member with such a name tells of an error by what it holds.

    Args:
        kind: What the name means.
        value: What it holds; `MISSING` for a list or an object where a scalar is meant.
        explained: Whether a message of an error may stand beside it, and no records.
    """
    if value is MISSING or kind in _HELD:
        return value is not MISSING and not _is_fine(value)
    number, text = _number(value), str(value).strip().lower()
    failed = number is not None and number in _FAILURES
    if kind is Error.DENIES:
        return text == "false"
    if kind is Error.WORD:
        return failed or value is False or plain_name(text) in _WORDS
    if kind is Error.CODE and not explained:
        return failed
    return text not in _FINE and not (number == 0 or (number is not None and number in _SUCCESSES))


def _number(value: JSON) -> int | None:
    """The whole number that a value is, or spells."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**18 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_success(message: JSON) -> bool:
    """Whether a message says that nothing failed."""
    return str(message).strip().rstrip("!.。").lower() in _SUCCESS


def _is_null_or_success(message: JSON) -> bool:
    return message is None or _is_success(message)


def _is_fine(value: JSON) -> bool:
    """Whether what an envelope says of errors is that there is none."""
    if isinstance(value, dict):
        return all(map(_is_fine, value.values()))
    if isinstance(value, list):
        return not value
    number = _number(value)
    return str(value).strip().lower() in _FINE or number == 0 or number in _SUCCESSES
