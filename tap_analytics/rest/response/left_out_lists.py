"""A response without the list of records, where its server may leave an empty one out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.rest.response.document import MISSING, RawRecords
from tap_analytics.rest.response.error_members import NAMES_OF_ERRORS

if TYPE_CHECKING:
    from tap_analytics.rest.response.document import JSONBody


def may_be_empty(body: JSONBody) -> bool:
    """Whether a response may be the envelope of no records, and does not read like an error."""
    members = body.members(body.raw(()))
    return _is_object(body) and not (members and members.keys() <= NAMES_OF_ERRORS)


def advice(selector: str, body: JSONBody) -> str:
    """What takes a response without its list for an empty one; "" where it is another thing.

    An envelope with a list under another name tells of a selector that is wrong.
    """
    members = body.members(body.raw(()))
    if not may_be_empty(body) or any(map(_is_list, members.values())):
        return ""
    return f" (`ignore_signs: [{selector}]` takes it for an empty list)"


def _is_object(body: JSONBody) -> bool:
    root = body.raw(())
    return body.scalar(root) is MISSING and not _is_list(root)


def _is_list(value: object) -> bool:
    return RawRecords.from_json(value) is not None
