"""The expressions that find secrets in a text, as it is and where only its letters are read."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from tap_analytics.http.spellings import letters_of, spellings

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_REDACTED = 8
"""A shorter secret is hidden as a word only."""

_FEWEST_LETTERS = 12
"""So many letters and digits in a row are no accident, whatever stands between them."""

_LONGEST_PATTERN = 40


@lru_cache(maxsize=32)
def pattern_of(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """What finds all secrets in a text without escapes, longer ones first."""
    # A secret that looks as if it had escapes in it is read without them too, as any text is.
    read = {found.text for secret in secrets for found in spellings(secret)}
    patterns = [
        pattern
        for secret in sorted(filter(None, read), key=len, reverse=True)
        for pattern in _patterns(secret)
    ]
    return re.compile("|".join(patterns)) if patterns else None


@lru_cache(maxsize=32)
def letters_pattern_of(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """What finds the longer secrets, or their hexadecimal digits, where only letters are read."""
    patterns = []
    for secret in sorted(secrets, key=len, reverse=True):
        known = letters_of(secret)[:_LONGEST_PATTERN]
        if len(known) >= _FEWEST_LETTERS:
            octets = secret[:_LONGEST_PATTERN].encode("utf-8", "surrogatepass")
            patterns += [re.escape(known), letters_of(octets.hex())]
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


def _patterns(secret: str) -> Iterator[str]:
    # A long token is known by its beginning, as whoever shows it may have cut it off.
    known, cut = secret[:_LONGEST_PATTERN], len(secret) > _LONGEST_PATTERN
    plain = re.escape(known).replace(r"\ ", "[ +]") + (r"[^\s\"'<>]*" if cut else "")
    octets = known.encode("utf-8", "surrogatepass")
    if len(secret) < SHORTEST_REDACTED:
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
