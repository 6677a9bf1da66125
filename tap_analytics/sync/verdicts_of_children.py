"""What the verdict on a stream means for the streams that are read for each of its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.log_fields import fields
from tap_analytics.records.names import several

if TYPE_CHECKING:
    from tap_analytics.sync.stream import SingerStream


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
    if may_activate_version and stream.selected and stream.version_to_activate is not None:
        stream.activate(stream.version_to_activate)
    for child in stream.children:
        if not stream.run.report.begun(child.name):
            # There was no parent, so that it was not read, and nothing is said of it.
            continue
        finish_whole(child, may_activate_version=True)


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
