"""The encoding of a body: JSON is UTF-8, and some servers send, and name, another one."""

from __future__ import annotations

import re

_NAMED = re.compile(
    r"""charset\s*=\s*["']?(
        utf-?(?:16|32)(?:-?[lb]e)?
        | iso-?8859-?\d{1,2} | latin-?1 | (?:windows|cp)-?\d{3,4} | koi8-[ru]
        | shift[_-]?jis | euc-(?:jp|kr) | gb(?:k|2312|18030) | big5
    )["']?\s*(?:;|$)""",
    re.VERBOSE | re.IGNORECASE,
)
"""Other names are those of no encoding of texts, or of UTF-8 and a part of it."""

_LATIN = re.compile(r"iso-?8859-?1|latin-?1|(?:windows|cp)-?1252", re.IGNORECASE)
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def in_utf8(body: bytes, content_type: str) -> bytes:
    """A body in UTF-8, as far as it can be read in the encoding that is named for it.

    Args:
        body: The decompressed body.
        content_type: The header `Content-Type`; empty where there is none.

    Returns:
        The body as it came where nothing else is named or marked, or where it is no text in what is
        named.
    """
    named = _NAMED.search(content_type)
    if named is None and not body.startswith(_UTF_16_MARKS):
        return body
    encoding = named[1] if named else "utf-16"
    try:
        if _LATIN.fullmatch(encoding) and _is_utf8(body):
            # Any bytes are Latin-1. What is UTF-8, too, is no Latin-1 that anybody would write:
            # many servers name it without a thought.
            return body
        return body.decode(encoding).encode()
    except (LookupError, UnicodeError):
        return body


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
