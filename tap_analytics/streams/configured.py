"""Stream classes from the setting `resources`: new streams, and changed built-in ones.

A configured stream is a subclass like a built-in one. The only difference is that it is made when
the tap starts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import asdict

from tap_analytics.client import AnalyticsStream
from tap_analytics.records.added_fields import ROW_HASH
from tap_analytics.streams.accounting import AccountingStream
from tap_analytics.streams.configured_paging import page_size_from_params, paginator_attributes
from tap_analytics.streams.marketplace import MarketplaceStream
from tap_analytics.streams.registry import apis_by_stream, by_name, of_api

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_analytics.config.resources import Incremental, Resource
    from tap_analytics.config.settings import Settings

FAMILIES: dict[str | None, type[AnalyticsStream]] = {
    "accounting": AccountingStream,
    "marketplace": MarketplaceStream,
    None: AnalyticsStream,
}


def configured_streams(settings: Settings) -> list[type[AnalyticsStream]]:
    """The streams of a run: built-in, changed and new.

    Args:
        settings: The validated settings.

    Returns:
        Their classes, each parent before its children.
    """
    resources = settings.resources
    named = _apis_of(resources)
    api = settings.api or (named[0] if len(named) == 1 else None)
    # Where nothing speaks of a built-in API, the resources are all of another one.
    classes = {stream.name: stream for stream in of_api(api)} if named or api else {}
    for resource in _parents_first(resources):
        parent = classes[resource.parent] if resource.parent else None
        built_in = None if resource.replaces_built_in else by_name().get(resource.name)
        base = built_in or FAMILIES[resource.api or api]
        attributes = dict(_attributes(resource, base, parent))
        title = "".join(word.capitalize() for word in resource.name.split("_"))
        classes[resource.name] = type(title, (base,), attributes)
    return list(classes.values())


def _apis_of(resources: Sequence[Resource]) -> list[str]:
    """The built-in APIs that the resources belong to.

    A configuration with resources of one API connects to that API: the other's streams would fail.
    """
    replaced = {resource.name for resource in resources if resource.replaces_built_in}
    family = {name: api for name, api in apis_by_stream().items() if name not in replaced}
    own = [
        family.get(resource.name) or resource.api or family.get(resource.parent or "")
        for resource in resources
    ]
    parents = [family.get(resource.parent) for resource in resources if resource.parent]
    return sorted({api for api in (*own, *parents) if api})


def _parents_first(resources: Sequence[Resource]) -> Iterator[Resource]:
    by_own_name = {resource.name: resource for resource in resources}

    def depth(resource: Resource) -> int:
        parent = by_own_name.get(resource.parent or "")
        return 0 if parent is None else 1 + depth(parent)

    yield from sorted(resources, key=depth)


def _attributes(
    resource: Resource, base: type[AnalyticsStream], parent: type[AnalyticsStream] | None
) -> Iterator[tuple[str, Any]]:
    """The attributes in which the class of a resource differs from its base."""
    yield "name", resource.name
    yield "__doc__", f"The resource `{resource.name}` of the configuration."
    simple = {
        "path": resource.path,
        "data_selector": resource.data_selector,
        "credentials": resource.credentials,
        "declared_schema": resource.schema,
        "ignored": resource.ignored,
        "method": resource.method,
        "body": resource.json if resource.data is None else resource.data,
        "body_is_json": resource.data is None,
        "ignored_signs": frozenset(resource.ignore_signs or ()) or None,
        "selected_by_default": resource.selected,
        "resource_read_by": resource.read_by,
        "resource_on_missing_key": resource.on_missing_key,
    }
    yield from ((name, value) for name, value in simple.items() if value is not None)
    params = {**base.params, **(resource.params or {})}
    # First: it is taken out of the parameters.
    new = base is AnalyticsStream
    unknown = new and (resource.paginator is None or resource.paginator.type == "auto")
    size = None if unknown else page_size_from_params(params, resource.paginator)
    yield "params", params
    yield "headers", {**base.headers, **(resource.headers or {})}
    if resource.error_handler:
        handler = asdict(resource.error_handler)
        yield "error_handler", {k: v for k, v in handler.items() if v is not None}
    whole = resource.data_selector and resource.paginator
    single = bool(whole and resource.paginator and resource.paginator.type == "single_page")
    # As in dlt, an object in the place of the list is a record.
    yield "single_object", new or single
    yield "leaves_lists_out", new
    if new:
        yield "api_unknown", True
        # What dlt leaves as it is in a path; the value of a built-in API's parent is one segment.
        yield "unquoted", "/:@!$&'()*+,;="
    yield "records_unknown", new and resource.data_selector is None
    yield from paginator_attributes(resource.paginator, base, size)
    yield from _replication(resource, base)
    yield from _keys(resource, base, parent)


def _time_order(incremental: Incremental, base: type[AnalyticsStream]) -> Iterator[tuple[str, Any]]:
    """How to ask for the order by modification time; another field than the API's has none."""
    field = incremental.cursor_path or base.replication_key
    if incremental.order_param or incremental.order_value:
        ascending = incremental.order_value or str(field)
        descending = incremental.order_value_desc or f"-{ascending}"
        yield "order_param", incremental.order_param or base.order_param
        yield "time_order", (ascending, descending)
    elif field != base.replication_key:
        yield "time_order", None


def _key_order(
    resource: Resource, base: type[AnalyticsStream], keys: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    """How to ask for the order by the primary key, where it is one field."""
    if len(keys) == 1 and (resource.key_order_param or resource.key_order_value):
        ascending = resource.key_order_value or keys[0]
        incremental = resource.incremental
        of_times = (incremental and incremental.order_param) or base.order_param
        yield "key_order_param", resource.key_order_param or of_times
        yield "key_order", (ascending, resource.key_order_value_desc or f"-{ascending}")


def _replication(resource: Resource, base: type[AnalyticsStream]) -> Iterator[tuple[str, Any]]:
    incremental = resource.incremental
    if resource.write_disposition == "replace" or resource.in_full:
        yield from ((name, None) for name in ("replication_key", "start_param", "start_header"))
        if incremental:
            yield from _in_texts(incremental)
    elif incremental:
        if incremental.cursor_path:
            yield from _cursor(incremental.cursor_path)
        if incremental.start_param or incremental.start_header:
            yield "start_param", incremental.start_param
            yield "start_header", incremental.start_header
        yield from _in_texts(incremental)
        yield from _given(incremental, "end_param", "lag")
        yield from _time_order(incremental, base)
    if resource.write_disposition:
        yield "write_disposition", resource.write_disposition


def _in_texts(incremental: Incremental) -> Iterator[tuple[str, Any]]:
    """Where a text has a start value or an end: that wants one, though the stream is read in full.

    What else asks for records from a value on may be left out.
    """
    yield "start_in_text", incremental.start_in_text
    yield "end_in_text", incremental.end_in_text
    yield from _given(incremental, "initial_value", "end_value", "start_format")


def _given(incremental: Incremental, *names: str) -> Iterator[tuple[str, Any]]:
    values = ((name, getattr(incremental, name)) for name in names)
    yield from ((name, value) for name, value in values if value is not None)


def _cursor(path: str) -> Iterator[tuple[str, Any]]:
    """The replication key; a nested value gets a field of its own at the top of the record."""
    nested = "." in path
    name = "_" + re.sub(r"\W", "_", path) if nested else path
    yield "replication_key", name
    yield "derived_fields", {name: path} if nested else {}


def _has_initial_value(stream: type[AnalyticsStream] | None) -> bool:
    """Whether a stream, or one of its own parents, has where to begin."""
    return stream is not None and (
        (stream.initial_value is not None and stream.replication_key is not None)
        or _has_initial_value(cast("type[AnalyticsStream] | None", stream.parent_stream_type))
    )


def _keys(
    resource: Resource, base: type[AnalyticsStream], parent: type[AnalyticsStream] | None
) -> Iterator[tuple[str, Any]]:
    own = resource.primary_key
    if own is None:
        own = tuple(base.primary_keys) or (ROW_HASH,)
    if parent is not None:
        yield "parent_stream_type", parent
        # A child can change although its parent did not: the parents are read in full, or from
        # their initial value on.
        yield "ignore_parent_replication_key", not _has_initial_value(parent)
        yield "parent_params", {item.param: item.field for item in resource.resolves}
        inherited = {f"_{parent.name}_{key}": key for key in parent.primary_keys}
        further = {f"_{parent.name}_{field}": field for field in resource.include_from_parent}
        yield "include_from_parent", inherited | further
        # They separate the parents in the state, so nothing that may change is among them.
        named = {item.param: item.field for item in resource.resolves}
        fixed = {name for name, key in inherited.items() if key not in {*named.values(), ROW_HASH}}
        yield "state_partitioning_keys", [*named, *sorted(fixed)]
        own = (*inherited, *own) if own else own
    yield "primary_keys", own
    yield from _key_order(resource, base, own)
