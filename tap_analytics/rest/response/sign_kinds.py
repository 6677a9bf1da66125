"""What a member of an envelope, or a header, tells by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_analytics.rest.response.counts import is_place, whole_number
from tap_analytics.rest.response.sign_names import (
    BODY,
    HEADERS,
    IN_HEADERS,
    PLACES,
    QUOTAS,
    Kind,
    plain_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.rest.response.document import JSONBody

_BODY = {plain_name(name): kind for name, (kind, _) in BODY.items()}
_HEADERS = {name.lower(): kind for name, (kind, _) in HEADERS.items()}
_IN_HEADERS = re.compile(IN_HEADERS)
_QUOTAS = re.compile(QUOTAS)
_LEFT = "remaining"

_FILTERED = "filter"
"""In the name of a count of what a filter leaves."""


def kind_of_name(plain: str) -> Kind | None:
    """What a member tells by its plain name; None where it tells nothing."""
    return _BODY.get(plain)


def kind_of_header(name: str) -> Kind | None:
    """What a header tells by its name, or as a member of that name does; None where nothing."""
    plain = plain_name(name).removeprefix("x").removeprefix("pagination")
    known = _BODY.get(plain) if _IN_HEADERS.match(plain) else None
    return _HEADERS.get(name.lower(), known)


def kinds_in(body: JSONBody, envelope: Mapping[str, Any]) -> dict[str, Kind]:
    """What the members of one object tell, by their names and by what stands beside them."""
    kinds = dict(_kinds(body, envelope))
    # Directus has `filter_count` beside `total_count`: this is the count of all records.
    if any(
        kind is Kind.TOTAL
        and _FILTERED in plain_name(name)
        and whole_number(body.scalar(envelope[name])) is not None
        for name, kind in kinds.items()
    ):
        return {
            name: kind
            for name, kind in kinds.items()
            if kind is not Kind.TOTAL or _FILTERED in plain_name(name)
        }
    return kinds


def _kinds(body: JSONBody, envelope: Mapping[str, Any]) -> Iterator[tuple[str, Kind]]:
    is_quota = any(_QUOTAS.match(plain_name(name)) for name in envelope)
    for name, member in envelope.items():
        plain = plain_name(name)
        kind = _BODY.get(plain)
        if plain in PLACES and is_place(body.scalar(member)):
            kind = PLACES[plain]
        if kind is not None and not (is_quota and _LEFT in plain):
            yield name, kind
