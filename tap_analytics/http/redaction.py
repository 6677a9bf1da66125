"""Keeps secrets out of what is shown, and shortens the bodies of responses for messages."""

from __future__ import annotations

import base64
import binascii
import logging
import re
import traceback
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakSet

from tap_analytics.http.spellings import spellings
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Protocol

    class HasSecrets(Protocol):
        """Whoever knows secrets."""

        def secrets(self) -> frozenset[str]:
            """The values that must not be shown."""


EXCERPT_LENGTH = 200
_READ_LENGTH = 20_000
_SHORTEST_REDACTED = 8
_SHORTEST_MIXED = 4
_LONGEST_PATTERN = 40
_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/_\-.~]{32,}={0,2}")
_MARKUP = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_ORDINARY = re.compile(r"[^\W\d_]+|[\d.:-]+")
"""A word, a number or a date: too usual to be hidden where it is short."""

_SECRET_NAME = re.compile("auth|cookie|credential|key|pass|secret|sig|tenant|token", re.IGNORECASE)


def redact(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """Replace the known secrets in a text, and everything that looks like a token.

    Args:
        text: A text that comes from a server or a library.
        secrets: The values of secret settings and the tokens in use.

    Returns:
        The text with `***` for each secret and for each run of 32 or more token characters.
    """
    return _LONG_TOKEN.sub("***", hide(text, secrets))


def hide(text: str, secrets: frozenset[str]) -> str:
    """Replace the known secrets in a text, in whatever way they are spelled.

    Found are a secret as it is, in capitals or without them, and with any of its characters written
    as JSON, a URL, a form, HTML or hexadecimal digits, or one within the other; with mark-up or the
    end of a line in the middle; and within what base64 was made of.
    """
    known = _pattern(secrets)
    if known is None:
        return text
    found: list[tuple[int, int]] = []
    for spelling in spellings(text):
        places = spelling.starts
        found += [
            (places[each.start()], places[each.end()]) for each in known.finditer(spelling.text)
        ]
    hidden, last = "", 0
    for begin, end in sorted(found):
        if begin >= last:
            hidden += text[last:begin] + "***"
        last = max(last, end)
    return hidden + text[last:]


def redactable(values: Iterable[str | None]) -> frozenset[str]:
    """Choose the values that can be redacted without hiding ordinary words.

    Args:
        values: Values that are secret only in part, such as a client's or a tenant's ID.

    Returns:
        Those of at least 8 characters, and shorter ones that are no word, number or date.
    """
    return frozenset(
        value
        for value in values
        if value
        and (
            len(value) >= _SHORTEST_REDACTED
            or (len(value) >= _SHORTEST_MIXED and not _ORDINARY.fullmatch(value))
        )
    )


def secrets_in(values: Mapping[str, object]) -> frozenset[str]:
    """The secrets among the headers or parameters of a request.

    Args:
        values: The headers or parameters, by name.

    Returns:
        Their values, with and without a scheme such as `Bearer` before them; short ones as far as
        `redactable` allows, or where the name says that they are secret.
    """
    found: set[str] = set()
    for name, value in values.items():
        for item in value if isinstance(value, list) else [value]:
            if item is None or isinstance(item, bool):
                continue
            texts = _with_parts(str(item))
            found |= texts if _SECRET_NAME.search(name) else redactable(texts)
    return frozenset(filter(None, found))


def excerpt(body: bytes, secrets: frozenset[str] = frozenset()) -> str:
    """Make a short, readable, redacted text of a response's body.

    Args:
        body: The body as it was received: JSON, HTML with a byte-order mark, anything.
        secrets: Values that must not be shown.

    Returns:
        At most 200 characters on one line, control characters escaped; "an empty body" where
        there is nothing to read.
    """
    # Redacted before mark-up goes, which a secret may look like, and before it is cut: half a
    # secret would no longer be found. What the limit cuts in half is left out.
    text = hide(body[:_READ_LENGTH].decode("utf-8-sig", errors="replace"), secrets)
    if len(body) > _READ_LENGTH:
        text = text[: -max(map(len, secrets), default=0) * 12 or None]
    text = " ".join(redact(_MARKUP.sub(" ", text), secrets).split())
    return shown(text, EXCERPT_LENGTH) if text else "an empty body"


def redacted_traceback(error: BaseException, secrets: frozenset[str]) -> str:
    """The traceback of an exception for the log, without secrets."""
    return hide("".join(traceback.format_exception(error)), secrets).rstrip()


class _RedactURLs(logging.Filter):
    """Keeps secrets out of the URLs that urllib3 logs at the level DEBUG."""

    def __init__(self) -> None:
        super().__init__()
        self.owners: WeakSet[HasSecrets] = WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for owner in list(self.owners):
            text = hide(text, owner.secrets())
        record.msg, record.args = text, ()
        return True


_redact_urls = _RedactURLs()


def redact_urls_in_log(owner: HasSecrets) -> None:
    """Keep the secrets of `owner`, as long as it lives, out of what urllib3 logs."""
    _redact_urls.owners.add(owner)
    # Adding it again changes nothing.
    logging.getLogger("urllib3.connectionpool").addFilter(_redact_urls)


def _with_parts(value: str) -> set[str]:
    """A header's or parameter's value, and what is secret in it without its scheme."""
    scheme, _, rest = value.partition(" ")
    parts = {value, rest.strip()}
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(rest, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return parts
        parts |= {pair, pair.partition(":")[2]}
    return parts


@lru_cache(maxsize=32)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """What finds all secrets in a text without escapes, longer ones first."""
    patterns = [
        pattern
        for secret in sorted(filter(None, secrets), key=len, reverse=True)
        for pattern in _patterns(secret)
    ]
    return re.compile("|".join(patterns)) if patterns else None


def _patterns(secret: str) -> Iterator[str]:
    # A long token is known by its beginning, as whoever shows it may have cut it off.
    known, cut = secret[:_LONGEST_PATTERN], len(secret) > _LONGEST_PATTERN
    plain = re.escape(known).replace(r"\ ", "[ +]") + (r"[^\s\"'<>]*" if cut else "")
    octets = known.encode("utf-8", "surrogatepass")
    if len(secret) < _SHORTEST_REDACTED:
        # "fish" is hidden as a word, and not in "fishing".
        ways = [plain, _in_base64(octets, 0), f"(?i:{octets.hex()})"]
        yield f"(?<![^\\W_])(?:{'|'.join(ways)})(?![^\\W_])"
        return
    yield f"(?i:{plain}|{octets.hex()})"
    for before in range(3):
        yield f"{_in_base64(octets, before)}[\\w+/-]*=*"


def _in_base64(octets: bytes, before: int) -> str:
    """What base64 makes of some bytes where others stand before and behind them.

    Args:
        octets: The bytes.
        before: How many stand before them, or three times n more.
    """
    letters = base64.b64encode(bytes(before) + octets).decode().rstrip("=")
    # The first and the last letter may be made of other bytes too.
    begin, end = (before * 8 + 5) // 6, (before + len(octets)) * 8 // 6
    core = re.escape(letters[begin:end])
    return core.replace(r"\+", "[+ -]").replace("/", "[/_]")
