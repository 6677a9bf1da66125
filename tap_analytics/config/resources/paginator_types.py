"""The types of paginators that a configuration may name: the one list of them."""

from __future__ import annotations

_MORE = ("has_more_path", "stop_after_empty_page")
_RANGE_END = ("total_path", *_MORE)
_CURSOR = ("limit", "limit_param", "cursor_path", "cursor_param", "cursor_key")
PAGINATOR_KEYS = {
    "page_number": (
        *("limit", "limit_param", "limit_body_path", "page_param", "page_body_path"),
        *("page", "base_page", "maximum_page", "records_total_path", *_RANGE_END),
    ),
    "offset": (
        *("limit", "limit_param", "limit_body_path", "offset", "offset_param", "offset_body_path"),
        *("maximum_offset", *_RANGE_END),
    ),
    "cursor": (*_CURSOR, "cursor_body_path", *_MORE),
    "header_link": ("limit", "limit_param", "links_next_key", "has_more_path"),
    "json_link": ("limit", "limit_param", "next_url_path", *_MORE),
    "single_page": (),
    "auto": (),
}
"""The keys of each type, besides `type`: fields of `Paginator` in `model.py` whose shapes stand in
`schema.json`."""

ALSO_WRITTEN = {"header_cursor": "cursor", "json_response": "json_link"}
"""Names that dlt has for some of them."""
