"""Keeps secrets out of what is shown, and shortens the bodies of responses for messages."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

EXCERPT_LENGTH = 200
_READ_LENGTH = 20_000
_SHORTEST_REDACTED = 8
_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/_\-.~]{32,}={0,2}")
_MARKUP = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def redact(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """Replace the known secrets in a text, and everything that looks like a token.

    Args:
        text: A text that comes from a server or a library.
        secrets: The values of secret settings and the tokens in use.

    Returns:
        The text with `***` for each secret and for each run of 32 or more token characters.
    """
    spellings = {spelling for secret in secrets for spelling in _spellings(secret) if spelling}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, "***")
    return _LONG_TOKEN.sub("***", text)


def redactable(values: Iterable[str | None]) -> frozenset[str]:
    """Choose the values that can be redacted without hiding ordinary words.

    Args:
        values: Values that are secret only in part, such as a client's or a tenant's ID.

    Returns:
        Those of at least 8 characters.
    """
    return frozenset(value for value in values if value and len(value) >= _SHORTEST_REDACTED)


def excerpt(body: bytes, secrets: frozenset[str] = frozenset()) -> str:
    """Make a short, readable, redacted text of a response's body.

    Args:
        body: The body as it was received: JSON, HTML with a byte-order mark, anything.
        secrets: Values that must not be shown.

    Returns:
        At most 200 characters on one line; "an empty body" where there is nothing to read.
    """
    text = _MARKUP.sub(" ", body[:_READ_LENGTH].decode("utf-8-sig", errors="replace"))
    # Redacted before it is cut: half a secret would no longer be found.
    text = " ".join(redact(text, secrets).split())
    if not text:
        return "an empty body"
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1] + "…"


def _spellings(secret: str) -> set[str]:
    """A secret as it is, and as a form, an HTML page or a JSON text spells it."""
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
    }
