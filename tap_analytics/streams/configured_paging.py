"""Paginators by configuration: what a declared stream's class says about its pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from tap_analytics.client import AnalyticsStream
from tap_analytics.config.resources import Paginator as PaginatorSettings
from tap_analytics.rest.paginators.range_paginators import OffsetPaginator, PageNumberPaginator
from tap_analytics.rest.paginators.reference_paginators import (
    CursorPaginator,
    LinkPaginator,
    SinglePagePaginator,
)
from tap_analytics.rest.request_parts import IN_BODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.paginators.paginator import Paginator


def page_size_from_params(params: dict[str, Any], settings: PaginatorSettings | None) -> int | None:
    """Take the page size out of the parameters, where a paginator would send one of that name.

    dlt has it there: the paginator's own would silently replace it.

    Args:
        params: The resource's parameters.
        settings: Its paginator.

    Returns:
        The size; None where the parameters hold none.
    """
    settings = settings or PaginatorSettings()
    name = settings.limit_param or _SIZES.get(settings.type or "page_number")
    value = str(params.get(name or ""))
    if settings.limit is None and name and value.isdecimal() and int(value):
        del params[name]
        return int(value)
    return None


def paginator_attributes(
    settings: PaginatorSettings | None, base: type[AnalyticsStream], size: int | None
) -> Iterator[tuple[str, Any]]:
    """What the class of a resource says about pages differently than its base.

    Args:
        settings: The resource's paginator; None where it names none.
        base: The class.
        size: The page size that stood in the parameters.

    Yields:
        Attributes by name.
    """
    new = base is AnalyticsStream
    if new:
        # What a new API's pages are like is not known where nobody says it.
        yield "pages_unknown", settings is None or settings.type == "auto"
        yield "may_lack_pages", settings is not None and not (settings.type or _differs(settings))
        by_number = settings is not None and settings.type in {None, "page_number"}
        yield "base_page_by_trial", by_number and (settings is None or settings.base_page is None)
    if settings is None and not new:
        settings = PaginatorSettings(limit=size)
    settings = settings or PaginatorSettings()
    in_params = size is not None
    size = settings.limit or size
    if size is not None:
        yield "resource_page_size", size
    kind = settings.type or "page_number"
    # What an envelope declares besides is the business of the paginator that it was made for.
    if kind != "page_number":
        yield "page_count_path", None
    if kind not in {"page_number", "offset"}:
        yield "next_path", None
    if settings.total_path:
        # dlt's page_number counts pages there, its offset records.
        yield "page_count_path" if kind == "page_number" else "total_path", settings.total_path
    if settings.records_total_path:
        yield "total_path", settings.records_total_path
    if settings.has_more_path:
        yield "next_path", settings.has_more_path
    if new or settings.type or _differs(settings):
        # Nobody knows whether a new API heeds a size, or refuses a parameter of that name.
        named = settings.limit_param or settings.limit_body_path
        sized = not new or size is not None or named is not None
        unnamed = dict(_unnamed(kind, settings, in_params=in_params))
        own_names = kind == "page_number" and not new
        make = _paginator(kind, settings, sized=sized)
        yield "make_paginator", staticmethod(_knowing({} if own_names else unnamed, make))


_SIZES = {"page_number": "page_size", "offset": "limit"}
_USUAL = {
    "page_number": {"page": "page_param", "page_size": "limit_param"},
    "offset": {"offset": "offset_param", "limit": "limit_param"},
    "cursor": {"cursor": "cursor_param"},
}
"""The parameters of each type where nobody names them, each with the setting that does."""


def _unnamed(
    kind: str, settings: PaginatorSettings, *, in_params: bool
) -> Iterator[tuple[str, str]]:
    """The parameters of a paginator that the settings do not name.

    Args:
        kind: Its type.
        settings: The settings.
        in_params: Whether the parameters name the page size.
    """
    given = _given(settings) | ({"limit_param": ""} if in_params else {})
    for name, setting in _USUAL.get(kind, {}).items():
        if setting not in given:
            yield name, setting


def _knowing(
    unnamed: Mapping[str, str], make: Callable[[int], Paginator]
) -> Callable[[int], Paginator]:
    """A function that makes paginators which know what nobody has named."""

    def made(limit: int) -> Paginator:
        paginator = make(limit)
        paginator.unnamed = unnamed
        return paginator

    return made


def _differs(settings: PaginatorSettings) -> bool:
    given = {name for name, value in asdict(settings).items() if value is not None}
    return bool(given - {"limit", "total_path", "records_total_path", "has_more_path"})


def _paginator(
    kind: str, settings: PaginatorSettings, *, sized: bool
) -> Callable[[int], Paginator]:
    """A function from the page size to the paginator; `sized` tells whether it sends one."""
    given = _given(settings)

    def chosen(*names: str) -> dict[str, Any]:
        return {name: given[name] for name in names if name in given}

    stop = {"stop_after_empty": given.get("stop_after_empty_page", True)}

    def with_size(limit: int) -> dict[str, Any]:
        return {size_param: limit} if size_param else {}

    size_param = given.get("limit_param")
    if kind == "offset":
        counted = chosen("offset", "offset_param", "limit_param", "maximum_offset")
        return partial(_offsets, **counted, **stop)
    if kind in {"cursor", "json_link"}:
        stop["stop_after_empty"] = given.get("stop_after_empty_page", False)
    if kind == "cursor":
        path = settings.cursor_path or (None if settings.cursor_key else "cursors.next")
        return lambda limit: CursorPaginator(
            cursor_path=path,
            **chosen("cursor_key", "cursor_param"),
            **stop,
            params=with_size(limit),
        )
    if kind == "json_link":
        path = settings.next_url_path or "next"
        return lambda limit: LinkPaginator(next_url_path=path, **stop, params=with_size(limit))
    if kind == "header_link":
        return lambda limit: LinkPaginator(**chosen("links_next_key"), params=with_size(limit))
    if kind == "single_page":
        return lambda _: SinglePagePaginator()
    numbered = chosen("page_param", "limit_param", "base_page", "maximum_page", "page")
    if not sized:
        numbered["limit_param"] = None
    return partial(_page_numbers, **numbered, **stop)


def _given(settings: PaginatorSettings) -> dict[str, Any]:
    """What the settings give; a parameter that goes into the body bears the path in its name."""
    given = {k: v for k, v in asdict(settings).items() if v is not None}
    for name in ("page", "offset", "limit", "cursor"):
        if body_path := given.pop(f"{name}_body_path", None):
            given[f"{name}_param"] = f"{IN_BODY}{body_path}"
    return given


def _page_numbers(limit: int, **settings: JSON) -> PageNumberPaginator:
    return PageNumberPaginator(limit=limit, **settings)


def _offsets(limit: int, **settings: JSON) -> OffsetPaginator:
    return OffsetPaginator(limit=limit, **settings)
