"""What can be sent in a header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# RFC 9110, section 5: what a header's name and value are made of; values in Latin-1. Braces are
# none of a name's, but are sent all the same, as dlt does.
HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~{}-]+", re.ASCII)
HEADER_VALUE = re.compile(r"([!-~\xa0-\xff]([ \t!-~\xa0-\xff]*[!-~\xa0-\xff])?)?")

UNSENDABLE = (
    "it begins or ends with a space, or contains a line break or another unprintable character. "
    "Copy it again."
)


def header_problems(headers: Mapping[str, object], path: str) -> Iterator[str]:
    """Find what cannot be sent in a header: the libraries that refuse it would quote it.

    Args:
        headers: Headers by name; what is no text is left to the schema.
        path: The setting that holds them.
    """
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name):
            yield f"`{path}` has '{shown(name)}', which cannot be the name of a header."
        if isinstance(value, str) and not HEADER_VALUE.fullmatch(value):
            yield f"`{path}.{shown(name)}` cannot be sent in a header: {UNSENDABLE}"
