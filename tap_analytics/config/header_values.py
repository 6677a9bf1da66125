"""What can be sent in a header."""

from __future__ import annotations

import re

# RFC 9110, section 5: what a header's name and value are made of; values in Latin-1.
HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
HEADER_VALUE = re.compile(r"([!-~\xa0-\xff]([ \t!-~\xa0-\xff]*[!-~\xa0-\xff])?)?")

UNSENDABLE = (
    "it begins or ends with a space, or contains a line break or another unprintable character. "
    "Copy it again."
)
