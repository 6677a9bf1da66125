"""Which streams there are, and the schema of each: declared, packaged or inferred."""

from __future__ import annotations

from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.singerlib import Schema

from tap_analytics.config.schema_errors import did_you_mean
from tap_analytics.exceptions import StreamError
from tap_analytics.log_fields import fields
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES, ROW_HASH
from tap_analytics.rest.page_fetcher import LASTING_REFUSALS, TRIAL_REFUSALS
from tap_analytics.streams.registry import by_name, of_api, packaged_schema
from tap_analytics.sync.children import context_for
from tap_analytics.sync.failed_parts import FailedParts
from tap_analytics.sync.state.bookmark_in_state import first_start
from tap_analytics.sync.state.start_values import long_before

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.config.settings import Settings

    Warn = Callable[[str, Mapping[str, Any]], None]
    """Takes a sentence, and fields for the log."""

SAMPLED_PARENTS = 10
"""How many parents a child stream's sample is taken from."""

NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
NOT_SAMPLED = "No sample could be read: each run takes one."
"""What a schema in the catalog is described by where it lacks the fields that come."""


def discover(
    tap: Tap, settings: Settings, catalog: Catalog | None, warn: Warn
) -> list[AnalyticsStream]:
    """The streams of a tap.

    Args:
        tap: What the streams belong to.
        settings: Say which there are.
        catalog: What was discovered before: a schema in it is not inferred again.
        warn: Says what is odd about what was found.

    Raises:
        StreamError: Samples were needed, and none of any stream could be read.
        RunError: No stream can be read.
    """
    found: dict[str, AnalyticsStream] = {}
    classes = stream_classes(settings)
    in_full = _read_in_full(classes)
    for stream_class in classes:
        entry = catalog.get_stream(stream_class.name) if catalog else None
        known = entry.schema.to_dict() if entry else None
        if known and known.get("description") == NOT_SAMPLED:
            known = None
        # What a catalog leaves out is not selected: nothing need be asked about it.
        left_out = catalog is not None and entry is None
        failed = None
        try:
            schema = known or _schema(tap, stream_class, found, warn, in_full, sampled=not left_out)
        except StreamError as error:
            failed, schema = error, _without_sample(tap, stream_class, found)
        stream = found[stream_class.name] = stream_class(tap, schema=schema)
        stream.not_sampled = failed
        if entry and not known:
            # Stream maps look there for the fields.
            entry.schema = Schema.from_dict(schema)
    failures = [stream.not_sampled for stream in found.values() if stream.not_sampled]
    if failures and len(failures) == len(found):
        raise failures[0]
    return list(found.values())


def stream_classes(settings: Settings) -> list[type[AnalyticsStream]]:
    """The classes of the streams that the settings name, each parent before its children."""
    if not settings.resources:
        return of_api(settings.api)
    # Loaded where it is needed: most runs have the built-in streams only, and start sooner.
    from tap_analytics.streams.configured import configured_streams  # noqa: PLC0415

    return configured_streams(settings)


def _schema(
    tap: Tap,
    stream_class: type[AnalyticsStream],
    found: Mapping[str, AnalyticsStream],
    warn: Warn,
    in_full: Collection[str],
    *,
    sampled: bool,
) -> dict[str, Any]:
    if stream_class.declared_schema is not None:
        schema = deepcopy(dict(stream_class.declared_schema))
    elif issubclass(stream_class, by_name().get(stream_class.name, ())):
        schema = packaged_schema(stream_class.name)
    elif sampled:
        schema = _inferred(tap, stream_class, found, warn, in_full)
    else:
        schema = deepcopy(NOTHING)
    return _completed(schema, stream_class, _parent(stream_class, found))


def _inferred(
    tap: Tap,
    stream_class: type[AnalyticsStream],
    found: Mapping[str, AnalyticsStream],
    warn: Warn,
    in_full: Collection[str],
) -> dict[str, Any]:
    probe = stream_class(tap, schema=NOTHING)
    parent = _parent(stream_class, found)
    if parent and parent.not_sampled:
        raise parent.not_sampled
    records = list(islice(sample(probe, found, in_full), probe.run.settings.sample_size))
    for record in records:
        probe.derive(record)
    from tap_analytics.records.inference import infer  # noqa: PLC0415  # only without a schema

    schema = infer(records, probe.own_keys, warn, replication_key=stream_class.replication_key)
    wanted = (*probe.own_keys, stream_class.replication_key)
    for name in filter(None, wanted):
        if records and not any(name in record for record in records):
            known = did_you_mean(name, schema["properties"].keys() - {name, ADDITIONAL_PROPERTIES})
            warn(
                f"{stream_class.name}: none of {len(records)} sample records has `{name}`, which "
                f"is to be its key or replication key: {known}",
                fields("key_not_seen", stream_class.name, field=name),
            )
    return schema


def _without_sample(
    tap: Tap, stream_class: type[AnalyticsStream], found: Mapping[str, AnalyticsStream]
) -> dict[str, Any]:
    """The schema of a stream of which no sample could be read: its keys are known all the same."""
    from tap_analytics.records.inference import infer  # noqa: PLC0415  # only without a schema

    keys = stream_class(tap, schema=NOTHING).own_keys
    schema = infer([], keys, lambda *_: None, replication_key=stream_class.replication_key)
    schema = _completed(schema, stream_class, _parent(stream_class, found))
    return schema | {"description": NOT_SAMPLED}


def sample(
    stream: AnalyticsStream,
    found: Mapping[str, AnalyticsStream],
    in_full: Collection[str] = (),
) -> Iterator[Record]:
    """Records of a stream's first pages, as the API sends them; a child's from a few parents.

    They are asked for as the first run asks, which then needs no requests for them; and from the
    beginning where nothing came, or where the API refuses that since long before the start.

    Args:
        stream: The stream.
        found: Its parent, and the parent's own, by name.
        in_full: The streams that a run reads from the beginning.
    """
    return (record for record, _ in _sample(stream, found, in_full))


def _sample(
    stream: AnalyticsStream, found: Mapping[str, AnalyticsStream], in_full: Collection[str]
) -> Iterator[tuple[Record, Context | None]]:
    """The same, each with what is known of its parent."""
    contexts = _contexts(stream, found, in_full)
    start = None if stream.name in in_full else first_start(stream)
    came = has_answered = False

    def since_start(context: Context | None) -> Iterable[Record]:
        nonlocal has_answered
        records = stream.sample_on_trial(context, start, TRIAL_REFUSALS)
        has_answered = has_answered or records is not None
        return records or ()

    def of_any_time(context: Context | None) -> Iterable[Record]:
        return _earlier(stream, context, start) if has_answered else stream.sample_records(context)

    for record in _for_each(contexts if start is not None else (), since_start):
        came = True
        yield record
    if not came:
        yield from _for_each(contexts, of_any_time)


def _for_each(
    contexts: Sequence[Context | None], read: Callable[[Context | None], Iterable[Record]]
) -> Iterator[tuple[Record, Context | None]]:
    """Records for one parent after the other; not for those that are refused, unless all are."""
    failed, first, was_read = FailedParts(), None, False
    for context in contexts:
        try:
            yield from ((record, context) for record in read(context))
            was_read = True
        except StreamError as error:
            if context is None or not failed.may_go_on(error):
                raise
            first = first or error
    if first is not None and not was_read:
        raise first


def _earlier(stream: AnalyticsStream, context: Context | None, start: object) -> Iterable[Record]:
    """Records where none came since the start: some APIs refuse to be asked since no time."""
    records = stream.sample_on_trial(context, None, LASTING_REFUSALS)
    if records is None and (earlier := long_before(start)) is not None:
        records = stream.sample_on_trial(context, earlier, LASTING_REFUSALS)
    return records or ()


def _contexts(
    stream: AnalyticsStream, found: Mapping[str, AnalyticsStream], in_full: Collection[str]
) -> Sequence[Context | None]:
    parent = _parent(type(stream), found)
    if parent is None:
        return [None]
    contexts = []
    for record, of_parent in islice(_sample(parent, found, in_full), SAMPLED_PARENTS):
        inherited = {name: (of_parent or {})[name] for name in parent.include_from_parent}
        if (context := context_for(stream, {**record, **inherited})) is not None:
            contexts.append(context)
    return contexts


def _read_in_full(classes: Sequence[type[AnalyticsStream]]) -> set[str]:
    """The streams that a run reads from the beginning because they have children."""
    found: set[str] = set()
    for stream_class in classes:
        parent = cast("type[AnalyticsStream] | None", stream_class.parent_stream_type)
        while stream_class.ignore_parent_replication_key and parent is not None:
            found.add(parent.name)
            parent = cast("type[AnalyticsStream] | None", parent.parent_stream_type)
    return found


def _parent(
    stream_class: type[AnalyticsStream], found: Mapping[str, AnalyticsStream]
) -> AnalyticsStream | None:
    parent = cast("type[AnalyticsStream] | None", stream_class.parent_stream_type)
    return found[parent.name] if parent else None


def _completed(
    schema: dict[str, Any], stream_class: type[AnalyticsStream], parent: AnalyticsStream | None
) -> dict[str, Any]:
    """The schema with what the tap adds: the parent's fields, the hash, the unknown ones."""
    properties = schema.setdefault("properties", {})
    for name, field in stream_class.include_from_parent.items():
        of_parent = parent.schema["properties"].get(field) if parent else None
        properties.setdefault(name, of_parent or {"type": ["string", "null"]})
    if ROW_HASH in stream_class.primary_keys:
        properties[ROW_HASH] = {"type": "string"}
    properties.setdefault(ADDITIONAL_PROPERTIES, {"type": ["object", "null"], "properties": {}})
    replication_key = stream_class.replication_key
    if replication_key:
        properties.setdefault(replication_key, {"type": ["string", "null"], "format": "date-time"})
    schema.setdefault("type", "object")
    return schema
