"""Errors are sentences: what failed, where, what the server said, what to do."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

EXCERPT_LENGTH = 200
_SHORTEST_HIDDEN = 8
_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/_\-.~]{32,}={0,2}")
_MARKUP = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class TapError(Exception):
    """A sentence for the person who runs the tap."""


class StreamError(TapError):
    """One stream's trouble: the run goes on with the others."""


class RunError(TapError):
    """Everyone's trouble, such as refused credentials: the run ends at once."""


def redact(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """Text without the configured secrets and without anything that looks like a token.

    Args:
        text: What a server or a library said.
        secrets: The values of secret settings and the tokens in use.

    Returns:
        The text with each secret, and each run of 32 or more token characters, replaced by `***`.
    """
    spellings = {spelling for secret in secrets for spelling in _spellings(secret) if spelling}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, "***")
    return _LONG_TOKEN.sub("***", text)


def redactable(values: Iterable[str | None]) -> frozenset[str]:
    """Those of some half-secret values, such as a tenant's, that no ordinary word could be."""
    return frozenset(value for value in values if value and len(value) >= _SHORTEST_HIDDEN)


def _spellings(secret: str) -> set[str]:
    """A secret as it is, and as a form, a page or a JSON text that repeats it would spell it."""
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
    }


def excerpt(body: bytes, secrets: frozenset[str] = frozenset()) -> str:
    """A short, readable, redacted piece of an answer's body.

    Args:
        body: The body as it came: JSON, HTML with a byte-order mark, anything.
        secrets: Values that must not appear.

    Returns:
        At most 200 characters on one line; "an empty body" where there is nothing to read.
    """
    text = _MARKUP.sub(" ", body[:20_000].decode("utf-8-sig", errors="replace"))
    # Redacted before it is cut: half a secret would no longer be found.
    text = " ".join(redact(text, secrets).split())
    if not text:
        return "an empty body"
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1] + "…"
