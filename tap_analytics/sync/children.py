"""The streams that are read for each record of another one, and what its verdict means for them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tap_analytics.log_fields import fields
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.json import value_at
from tap_analytics.records.names import several

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.records.json import JSON
    from tap_analytics.sync.stream import SingerStream


def wanted_by_children(stream: SingerStream) -> set[str]:
    """The fields of a stream's records whose values its children need as the API sent them."""
    return {
        field
        for child in stream.children
        for field in (*child.parent_params.values(), *child.include_from_parent.values())
    }


def sync_children(
    stream: SingerStream, records: Sequence[Record], came: Sequence[Mapping[str, JSON]]
) -> None:
    """Sync the child streams for each of these records, each once in a run.

    A record may be sent again by a further pass: an address in it is another each time, or it was
    edited. Its children are asked for with the same, and have been read.

    Args:
        stream: The parent.
        records: The records as they go out.
        came: Of each record the values of `wanted_by_children`, as the API sent them.
    """
    for child in stream.children:
        for record, as_sent in zip(records, came, strict=True):
            context = context_for(child, record, as_sent)
            child.parents += 1
            if context is None:
                child.parents_left_out += 1
                continue
            if not child.parts.is_new(context):
                continue
            child.parts.open(context)
            child.sync(context=context)
            child.parts.close(context)


def context_for(
    child: SingerStream, parent: Record, came: Mapping[str, JSON] | None = None
) -> Context | None:
    """What a child needs to know of a parent's record; None where that lacks it.

    Args:
        child: What is read for the record.
        parent: The record.
        came: Values of it as the API sent them, by their paths; the API knows no others.
    """
    came = came or {}
    values = {
        param: value_at(parent, field) if came.get(field) is None else came[field]
        for param, field in child.parent_params.items()
    }
    if None in values.values():
        return None
    # A parent's schema need not know the fields that a child wants.
    record = {**(parent.get(ADDITIONAL_PROPERTIES) or {}), **parent}
    inherited = {name: record.get(field) for name, field in child.include_from_parent.items()}
    # The child's own children may be asked for with them.
    inherited |= {
        name: came[field]
        for name, field in child.include_from_parent.items()
        if isinstance(came.get(field), str | int | Decimal)
    }
    return {**values, **inherited}


def finish_whole(stream: SingerStream, *, may_activate_version: bool) -> None:
    """Let the target delete what is gone, when all is proven and nothing is left to read.

    A child is whole when its parent is: only then has it been read for every parent.

    Args:
        stream: What was read, with its children.
        may_activate_version: Whether the target may delete what was not read of the stream itself.
    """
    report = stream.run.report.stream(stream.name)
    if report.verdict != "proven":
        return
    if stream.deletes_nothing is not None:
        _say_nothing_is_deleted(stream, stream.deletes_nothing)
        return
    if may_activate_version and stream.selected and stream.version_to_activate is not None:
        stream.activate(stream.version_to_activate)
    for child in stream.children:
        finish_whole(child, may_activate_version=True)


def judge_without_parents(stream: SingerStream) -> None:
    """Judge the children that were not read, as their parent was, and has no records.

    Args:
        stream: The parent; its children's children are judged, too.
    """
    report = stream.run.report.stream(stream.name)
    if report.verdict == "not proven" or report.status == "failed":
        return
    for child in stream.children:
        if not stream.run.report.begun(child.name):
            child.read_nothing()
        judge_without_parents(child)


def finish_children(stream: SingerStream) -> None:
    """Tell in the end of the parents for which children were not read, and why.

    Args:
        stream: The parent; its children's children are told of, too.
    """
    judge_left_out(stream)
    fail_for_parts(stream)


def fail_for_parts(stream: SingerStream) -> None:
    """Report the children of a stream, and theirs, that could not be read for some records."""
    for child in stream.children:
        fail_for_parts(child)
        if child.failed_parts.count:
            child.fail_for_parts()


def _say_nothing_is_deleted(stream: SingerStream, why: str) -> None:
    """Say why a target may delete nothing of a stream and its children."""
    streams = [stream]
    for each in streams:
        streams += each.children
        if each.selected and each.version_to_activate is not None:
            each.logger.warning(
                "%s: records that are gone stay in the target: %s.",
                each.name,
                why,
                extra=fields("deletes_nothing", each.name, reason=why),
            )


def judge_left_out(stream: SingerStream) -> None:
    """Tell of the parents for which children were not read, as they lack what these need of them.

    Some may have no children, but where all of them lack it, it has another name.

    Args:
        stream: The parent; its children's children are told of, too.
    """
    verifies = stream.run.verify != "none"
    for child in stream.children:
        judge_left_out(child)
        if not child.parents_left_out:
            continue
        wanted = [f"`{field}`" for field in child.parent_params.values()]
        lacks = f"{child.parents_left_out} of {several(child.parents, 'record')} of {stream.name}"
        reason = f"{lacks} have no {' or '.join(wanted)}, so that it was not read for them"
        judged = child.parents_left_out == child.parents and verifies
        if judged:
            stream.run.report.stream(child.name).doubt(reason)
        stream.logger.warning(
            "%s: %s%s.",
            child.name,
            "not proven: " if judged else "",
            reason,
            extra=fields("child_left_out", child.name, parents=child.parents_left_out),
        )


def children_may_lack(stream: SingerStream, what: str, *, begun: bool = False) -> None:
    """A record of a stream may not have been sent: its children were not read for it.

    Args:
        stream: The parent.
        what: What is wrong with it.
        begun: Whether nothing is said of children that were not read at all.
    """
    reason = (
        f"its parent {stream.name} {what}, so that it may not have been read for "
        "every one of its records"
    )
    parents = [stream]
    while parents:
        for child in parents.pop().children:
            parents.append(child)
            if begun and not stream.run.report.begun(child.name):
                continue
            part = stream.run.report.stream(child.name)
            known = reason in part.reasons
            part.doubt(reason)
            if not known:
                stream.logger.warning(
                    "%s: not proven: %s.",
                    child.name,
                    reason,
                    extra=fields("not_proven", child.name, reasons=[reason]),
                )
