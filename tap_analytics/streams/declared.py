"""Streams, and changes to streams, from the setting `resources`.

There is one kind of stream: a declared one is a subclass like a built-in one, made while the tap
starts instead of written down.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_analytics.client import AnalyticsStream
from tap_analytics.links import Cursors, Links, SinglePage
from tap_analytics.paging import Offsets, PageNumbers, Paginator
from tap_analytics.resources import Paginator as PaginatorSettings
from tap_analytics.resources import Resource, declarations
from tap_analytics.rows import ROW_HASH
from tap_analytics.streams.accounting import AccountingStream
from tap_analytics.streams.built_in import BUILT_IN, by_name
from tap_analytics.streams.marketplace import MarketplaceStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FAMILIES: dict[str | None, type[AnalyticsStream]] = {
    "accounting": AccountingStream,
    "marketplace": MarketplaceStream,
    None: AnalyticsStream,
}


def stream_classes(config: Mapping[str, Any]) -> list[type[AnalyticsStream]]:
    """The streams of a configuration: built-in, changed and declared.

    Args:
        config: The validated settings.

    Returns:
        Their classes, each parent before its children.
    """
    resources = declarations(config, by_name())
    api = config.get("api") or _only_api(resources)
    classes = {
        stream.name: stream
        for family, streams in BUILT_IN.items()
        if api in {None, family}
        for stream in streams
    }
    for resource in _parents_first(resources):
        parent = classes[resource.parent] if resource.parent else None
        base = by_name().get(resource.name) or FAMILIES[resource.api or api]
        attributes = dict(_attributes(resource, base, parent))
        title = "".join(word.capitalize() for word in resource.name.split("_"))
        classes[resource.name] = type(title, (base,), attributes)
    return list(classes.values())


def _only_api(resources: list[Resource]) -> str | None:
    """The one API that the resources speak of, where they speak of one only.

    Who declares the streams of one API connects to that one: the other's would only fail.
    """
    families = {stream.name: family for family, streams in BUILT_IN.items() for stream in streams}
    named = {families.get(resource.name) or resource.api for resource in resources} - {None}
    return named.pop() if len(named) == 1 else None


def _parents_first(resources: list[Resource]) -> Iterator[Resource]:
    by_own_name = {resource.name: resource for resource in resources}

    def depth(resource: Resource) -> int:
        parent = by_own_name.get(resource.parent or "")
        return 0 if parent is None else 1 + depth(parent)

    yield from sorted(resources, key=depth)


def _attributes(
    resource: Resource, base: type[AnalyticsStream], parent: type[AnalyticsStream] | None
) -> Iterator[tuple[str, Any]]:
    """What the class of a resource says differently than its base."""
    yield "name", resource.name
    yield "__doc__", f"The resource `{resource.name}` of the configuration."
    simple = {
        "path": resource.path,
        "data_selector": resource.data_selector,
        "declared_schema": resource.schema,
        "ignored_statuses": frozenset(resource.ignored_statuses or ()) or None,
        "selected_by_default": resource.selected,
    }
    yield from ((name, value) for name, value in simple.items() if value is not None)
    yield "params", {**base.params, **(resource.params or {})}
    yield "headers", {**base.headers, **(resource.headers or {})}
    if resource.error_handler:
        handler = asdict(resource.error_handler)
        yield "error_handler", {k: v for k, v in handler.items() if v is not None}
    yield from _paging(resource.paginator)
    yield from _replication(resource)
    yield from _keys(resource, base, parent)


def _paging(settings: PaginatorSettings | None) -> Iterator[tuple[str, Any]]:
    if settings is None:
        return
    if settings.limit is not None:
        yield "own_page_size", settings.limit
    kind = settings.type or "page_number"
    if settings.total_path:
        # dlt's page_number counts pages there, its offset records.
        counted = "page_count_path" if kind == "page_number" else "total_path"
        yield counted, settings.total_path.removeprefix("$.")
    if settings.has_more_path:
        yield "next_path", settings.has_more_path.removeprefix("$.")
    if settings.type or _differs(settings):
        yield "make_paginator", staticmethod(_paginator(kind, settings))
    if kind not in {"page_number", "offset"}:
        # What an envelope may declare besides is the page numbers' business.
        yield "next_path", None


def _differs(settings: PaginatorSettings) -> bool:
    said = {name for name, value in asdict(settings).items() if value is not None}
    return bool(said - {"limit", "total_path", "has_more_path"})


def _paginator(kind: str, settings: PaginatorSettings) -> Callable[[int], Paginator]:
    """A function from the page size to the paginator."""
    said = {k: v for k, v in asdict(settings).items() if v is not None}

    def chosen(*names: str) -> dict[str, Any]:
        return {name: said[name] for name in names if name in said}

    stop = {"stop_after_empty": said.get("stop_after_empty_page", True)}
    size_param = settings.limit_param

    def sized(limit: int) -> dict[str, Any]:
        return {size_param: limit} if size_param else {}

    if kind == "offset":
        counted = chosen("offset", "offset_param", "limit_param", "maximum_offset")
        return partial(_offsets, **counted, **stop)
    if kind == "cursor":
        path = settings.cursor_path or (None if settings.cursor_key else "cursors.next")
        return lambda limit: Cursors(
            cursor_path=path, **chosen("cursor_key", "cursor_param"), params=sized(limit)
        )
    if kind == "json_link":
        path = settings.next_url_path or "next"
        return lambda limit: Links(next_url_path=path, params=sized(limit))
    if kind == "header_link":
        return lambda limit: Links(**chosen("links_next_key"), params=sized(limit))
    if kind == "single_page":
        return lambda _: SinglePage()
    numbered = chosen("page_param", "limit_param", "base_page", "maximum_page")
    return partial(_page_numbers, **numbered, **stop)


def _page_numbers(limit: int, **settings: Any) -> PageNumbers:  # noqa: ANN401  # validated before
    return PageNumbers(limit=limit, **settings)


def _offsets(limit: int, **settings: Any) -> Offsets:  # noqa: ANN401  # validated before
    return Offsets(limit=limit, **settings)


def _replication(resource: Resource) -> Iterator[tuple[str, Any]]:
    incremental = resource.incremental
    if resource.write_disposition == "replace":
        yield from ((name, None) for name in ("replication_key", "start_param", "start_header"))
    elif incremental:
        if incremental.cursor_path:
            yield "replication_key", incremental.cursor_path
        if incremental.start_param or incremental.start_header:
            yield "start_param", incremental.start_param
            yield "start_header", incremental.start_header
        if incremental.initial_value is not None:
            yield "initial_value", incremental.initial_value
    if resource.write_disposition:
        yield "write_disposition", resource.write_disposition


def _keys(
    resource: Resource, base: type[AnalyticsStream], parent: type[AnalyticsStream] | None
) -> Iterator[tuple[str, Any]]:
    own = resource.primary_key
    if own is None:
        own = tuple(base.primary_keys) or (ROW_HASH,)
    if parent is not None:
        yield "parent_stream_type", parent
        # Children of a parent that did not change may have changed: parents are read in full.
        yield "ignore_parent_replication_key", True
        yield "resolves", {item.param: item.field for item in resource.resolves}
        inherited = {f"_{parent.name}_{key}": key for key in parent.primary_keys}
        further = {f"_{parent.name}_{field}": field for field in resource.include_from_parent}
        yield "from_parent", inherited | further
        own = (*inherited, *own) if own else own
    yield "primary_keys", own
