"""How APIs may call the parameter that takes what a response says of the next page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_analytics.rest.response.sign_names import HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.rest.response.signs import Sign

PAGE_PARAMS = (
    "page",
    "page_number",
    "pageNumber",
    "_page",
    "p",
    "pageNo",
    "page_no",
    "page[number]",
)
CURSOR_PARAMS = (
    "cursor",
    "after",
    "page_token",
    "pageToken",
    "offset",
    "next_token",
    "starting_after",
)

_SPELLED = {name.lower(): name for name in HEADERS}
"""Headers as their services spell them: HTTP/2 has small letters only."""

_OTHERS = (*CURSOR_PARAMS, *PAGE_PARAMS[:1])


_BEFORE = re.compile(r"^(x-(ms-)?)?(next[_-]?)?(page[_-]?(?=start|offset))?", re.IGNORECASE)
"""What stands before the parameter's own name: `next_page_start` is handed back as `start`."""


def params_for(sign: Sign) -> Iterator[str]:
    """The parameters that may take what a sign names, the likeliest first."""
    usual = PAGE_PARAMS[:1] if isinstance(sign.value, int) or str(sign.value).isdigit() else ()
    own = [plain] if (plain := _own_param(sign)) else []
    name = [] if sign.header else [sign.path[-1]]
    yield from dict.fromkeys((*usual, *own, "cursor", *name, *_OTHERS))


def likeliest_param(sign: Sign) -> str:
    """The parameter that takes what a sign names, where only one can be named."""
    return _own_param(sign) or next(params_for(sign))


def _own_param(sign: Sign) -> str:
    """What a sign is called, without that it is the next one's."""
    name = sign.path[-1]
    named = _SPELLED.get(name.lower(), name) if sign.header else name
    plain = _BEFORE.sub("", named)
    if sign.header:
        plain = "".join(part[:1].upper() + part[1:] for part in plain.split("-"))
    return plain[:1].lower() + plain[1:]
