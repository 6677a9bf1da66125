"""Keeps secrets out of what is shown, and shortens the bodies of responses for messages."""

from __future__ import annotations

import base64
import binascii
import logging
import re
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakSet

from tap_analytics.http.secret_patterns import SHORTEST_REDACTED, letters_pattern_of, pattern_of
from tap_analytics.http.spellings import letters_of, spellings, with_letters_only
from tap_analytics.records.names import MOST_READ, hiding, shown
from tap_analytics.records.plain_lines import plain_loggers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    from tap_analytics.http.spellings import Spelling

    class HasSecrets(Protocol):
        """Whoever knows secrets."""

        def secrets(self) -> frozenset[str]:
            """The values that must not be shown."""

        def credentials(self) -> frozenset[str]:
            """Those of them that are secret for sure, and no ordinary words."""


EXCERPT_LENGTH = 200
_SHORTEST_MIXED = 4
_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/_\-.~]{32,}={0,2}")
_MARKUP = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_ORDINARY = re.compile(r"[^\W\d_]+|[\d.:-]+")
"""A word, a number or a date: too usual to be hidden where it is short."""

_PAIRS = [re.compile(rf'(?=[=:]\s*"?([^\s;,"{ends}]{{4,}}))') for ends in ("", "&")]
"""What stands behind a name within a value, such as in a cookie, or in a form."""

_NO_LETTERS_BEHIND = re.compile(r"[\W_]+\Z")

_DATE = re.compile(r"\d{4}-\d\d-\d\d")

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
    end of a line in the middle; and within what base64 was made of. A longer one is also found with
    anything but letters between its letters.
    """
    known, letters = pattern_of(secrets), letters_pattern_of(secrets)
    if known is None:
        return text
    found: list[tuple[int, int]] = []
    for spelling in spellings(text):
        found += _found(known, spelling)
        if letters is not None and letters.search(letters_of(spelling.text)):
            found += [
                # What stands behind its last letter is none of it.
                (begin, begin + len(_NO_LETTERS_BEHIND.sub("", text[begin:end])))
                for begin, end in _found(letters, with_letters_only(spelling))
            ]
    pieces, last = [], 0
    for begin, end in sorted(found):
        if begin >= last:
            pieces += [text[last:begin], "***"]
        last = max(last, end)
    return "".join([*pieces, text[last:]])


def _found(known: re.Pattern[str], spelling: Spelling) -> list[tuple[int, int]]:
    """Where in the text as it came something is that a spelling of it has."""
    places = spelling.starts
    return [(places[each.start()], places[each.end()]) for each in known.finditer(spelling.text)]


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
            len(value) >= SHORTEST_REDACTED
            or (len(value) >= _SHORTEST_MIXED and not _ORDINARY.fullmatch(value))
        )
    )


def secrets_in(values: Mapping[str, object]) -> frozenset[str]:
    """The secrets among the headers, the parameters or the body of a request.

    Args:
        values: The values by name; they may hold further ones.

    Returns:
        Their values, with and without a scheme such as `Bearer` before them; short ones as far as
        `redactable` allows, or where the name says that they are secret.
    """
    named, others = _named_secret(values), _texts(values)
    return named | redactable(part for text in others for part in _with_parts(text))


def credentials_in(values: Mapping[str, object]) -> frozenset[str]:
    """Those of `secrets_in` that are no words: by their name, or of letters and digits."""
    return _named_secret(values) | frozenset(filter(_looks_random, secrets_in(values)))


def _looks_random(text: str) -> bool:
    kinds = {letter.isdigit() for letter in text if letter.isalnum()}
    return len(text) >= SHORTEST_REDACTED and len(kinds) > 1 and not _DATE.match(text)


def values_in_url(url: str) -> dict[str, str]:
    """What a URL sends by name: its password, or its user where that is the key, and its query."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it is no URL, which the validation says
        return {}
    password = unquote(parts.password or parts.username or "")
    return {"password": password, **dict(parse_qsl(parts.query))}


def _named_secret(values: object, *, secret: bool = False) -> frozenset[str]:
    """The texts in a document whose own name, or an outer one, says that they are secret."""
    if isinstance(values, Mapping):
        found = [
            _named_secret(value, secret=secret or bool(_SECRET_NAME.search(name)))
            for name, value in values.items()
        ]
    elif isinstance(values, list):
        found = [_named_secret(value, secret=secret) for value in values]
    else:
        found = [
            frozenset(_with_parts(text).union(*(pair.findall(text) for pair in _PAIRS)))
            for text in _texts(values)
            if secret
        ]
    return frozenset[str]().union(*found) - {""}


def _texts(values: object) -> Iterator[str]:
    """The scalars in a document as text."""
    if isinstance(values, Mapping | list):
        for value in values.values() if isinstance(values, Mapping) else values:
            yield from _texts(value)
    elif values is not None and not isinstance(values, bool):
        yield str(values)


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
    text = hide(body[:MOST_READ].decode("utf-8-sig", errors="replace"), secrets)
    if len(body) > MOST_READ:
        text = text[: -max(map(len, secrets), default=0) * 12 or None]
    text = " ".join(redact(_MARKUP.sub(" ", text), secrets).split())
    return shown(text, EXCERPT_LENGTH) if text else "an empty body"


def redacted_traceback(error: BaseException, secrets: frozenset[str]) -> str:
    """The traceback of an exception for the log, without secrets."""
    return hide("".join(traceback.format_exception(error)), secrets).rstrip()


class _HideInLibraries(logging.Filter):
    """Makes what urllib3 logs a short text on one line without secrets.

    That is a URL at the level DEBUG, or what a server sent instead of headers as a warning.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for owner in list(_owners):
            text = hide(text, owner.secrets())
        record.msg, record.args = shown(text, 2 * EXCERPT_LENGTH), ()
        # Its traceback would show the same, as it came.
        record.exc_info = record.exc_text = None
        return True


class _HideInLines(logging.Filter):
    """Keeps credentials out of the tap's own lines, such as the name of a field that is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        given = record.getMessage()
        text = hide_credentials(given)
        if text != given:
            record.msg, record.args = text, ()
        return True


def hide_credentials(text: str) -> str:
    """Replace the credentials of all runs of this process in a text."""
    # Runs in one process mostly have the same.
    for credentials in {owner.credentials() for owner in list(_owners)}:
        text = hide(text, credentials)
    return text


_owners: WeakSet[HasSecrets] = WeakSet()
_in_libraries, _in_lines = _HideInLibraries(), _HideInLines()
_LIBRARIES = [
    logging.getLogger(f"urllib3.{module}")
    for module in ("connection", "connectionpool", "poolmanager", "response", "util.retry")
]


def hide_secrets_in_log(owner: HasSecrets) -> None:
    """Keep the secrets of `owner`, as long as it lives, out of the log."""
    _owners.add(owner)
    # Adding a filter again changes nothing.
    for logger in _LIBRARIES:
        logger.addFilter(_in_libraries)
    for logger in plain_loggers:
        logger.addFilter(_in_lines)
    if hide_credentials not in hiding:
        hiding.append(hide_credentials)


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
