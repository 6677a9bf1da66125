"""What a sample tells of a resource: its keys, its schema, and the orders to try."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from tap_analytics.init_resource.entry import PLACE
from tap_analytics.init_resource.order_trial import UNNAMED, propose_key_order, propose_time_order
from tap_analytics.init_resource.proposals import is_integer, propose_key, propose_replication_key
from tap_analytics.init_resource.trial_stream import stream_of
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.inference import infer
from tap_analytics.records.names import several
from tap_analytics.streams.discovery import sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.init_resource.entry import ResourceEntry
    from tap_analytics.init_resource.proposals import Proposal
    from tap_analytics.tap import TapAnalytics


def say_fields(entry: ResourceEntry, tap: TapAnalytics) -> None:
    """The keys and the schema, by a sample that is read the way the entry says."""
    stream = stream_of(tap, entry)
    size = tap.settings.sample_size
    records = list(islice(sample(stream, {}), size))
    key = propose_key(records, entry.name)
    schema = infer(records, key.fields)
    # Every stream has this one: it says nothing of the resource.
    schema["properties"].pop(ADDITIONAL_PROPERTIES, None)
    if key.field:
        value = key.field if len(key.fields) == 1 else [*key.fields]
        entry.set((), "primary_key", value, key.confidence, key.reason)
        entry.set((), "write_disposition", "merge")
    else:
        entry.comment(
            (), f"{key.confidence}: {key.reason}; each record gets a `_row_hash` as its key"
        )
        entry.set((), "write_disposition", "append")
    _say_replication(entry, stream, propose_replication_key(records, schema))
    _say_time_order(entry, tap, schema)
    if len(key.fields) == 1:
        _say_key_order(entry, tap, schema)
    reason = f"inferred from {several(len(records), 'record')}"
    confidence = "certain" if len(records) < size else "likely"
    # One record shows no more than its own types.
    confidence = "guess" if len(records) == 1 else confidence
    reason = reason.removesuffix("s") if len(records) == 1 else reason
    entry.set((), "schema", schema, confidence, reason)


def _say_replication(entry: ResourceEntry, stream: AnalyticsStream, proposal: Proposal) -> None:
    field, reason = proposal.field, proposal.reason
    known = stream.replication_key
    if known and field == known:
        told = {
            where: value
            for where in ("start_param", "start_header")
            if (value := getattr(stream, where))
        }
        entry.set(
            PLACE,
            "incremental",
            {"cursor_path": field, **told},
            "likely",
            f"the API's own way, and {reason}",
        )
    elif known:
        entry.comment((), f"no record has `{known}`, by which this API tells of changes")
        entry.set((), "write_disposition", "replace")
    elif field and proposal.confidence != "guess":
        entry.set(PLACE, "incremental", {"cursor_path": field}, proposal.confidence, reason)
    elif field:
        entry.comment(PLACE, f"incremental: {{cursor_path: {field}}}  # a guess: {reason}")
    else:
        entry.comment(PLACE, f"no `incremental`: {reason}")


def _say_time_order(entry: ResourceEntry, tap: TapAnalytics, schema: dict[str, Any]) -> None:
    """The order by modification time, and the filter, which keyset reading needs."""
    place, key = PLACE, "incremental"
    known = entry.get(place, key)
    if known is None:
        return
    if is_integer(schema["properties"].get(known["cursor_path"], {})):
        entry.note(place, key, f"no order was tried: it is a number; {UNNAMED}")
        return

    def stream_with(incremental: Mapping[str, Any]) -> AnalyticsStream:
        entry.set(place, key, incremental)
        return stream_of(tap, entry, schema)

    proposal = propose_time_order(stream_with, known)
    entry.set(place, key, {**known, **proposal.settings})
    for note in proposal.notes:
        entry.note(place, key, note)


def _say_key_order(entry: ResourceEntry, tap: TapAnalytics, schema: dict[str, Any]) -> None:
    """The order by key, which overlapping windows need."""

    def stream_with(keys: Mapping[str, Any]) -> AnalyticsStream:
        return stream_of(tap, entry, schema, keys)

    like = entry.get(PLACE, "incremental") or {}
    proposal = propose_key_order(stream_with, str(entry.get((), "primary_key")), like)
    for name, value in proposal.settings.items():
        entry.set((), name, value)
    for note in proposal.notes:
        if proposal.settings:
            entry.note((), "key_order_param", note)
        else:
            entry.comment((), note)
