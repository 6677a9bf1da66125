"""Names that come from outside, such as fields and keys: how they are told, which a target takes.

It imports nothing of the tap, so that any module can use it; what hides secrets registers itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

SHOWN_LENGTH = 60
"""The most characters of a name that are told."""

MOST_READ = 20_000
"""The most characters of a text that are looked at before it is cut."""

LONGEST = 63
"""The most bytes of a name in PostgreSQL, which cuts off the rest."""

MOST_COUNTED = 1_000
"""The most different names that are counted each by itself."""

OTHERS = "… and others"
"""What all further names are counted under."""

_QUOTES = frozenset("\"'`")
hiding: list[Callable[[str], str]] = []
"""What takes secrets out of a text before it is cut: half a secret would not be found."""


def shown(text: str, length: int = SHOWN_LENGTH) -> str:
    r"""Text from outside on one line that no terminal can take for a command.

    Args:
        text: A name or a value, of any length.
        length: How many of its characters are told at most.

    Returns:
        The text with line ends, control characters, direction marks and the like escaped as
        `\n` or `\u202e`, and with `…` where it was cut.
    """
    for hide in hiding:
        text = hide(text[:MOST_READ])
    return fitted(text, length)


def fitted(text: str, length: int) -> str:
    """What `shown` does to a text that has no secret in it any more."""
    cut = text if len(text) <= length else f"{text[: length - 1]}…"
    if cut.isprintable():
        return cut
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in cut)


def several(number: int, noun: str) -> str:
    """A number and its noun, such as `1,000 records`."""
    plural = {"pass": "passes", "retry": "retries"}.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """A few names in backticks, and how many more there are: the sentence stays short."""
    text = ", ".join(f"`{shown(name)}`" for name in names[:most])
    more = len(names) - most
    return f"{text} and {more:,} more" if more > 0 else text


def problem_for_targets(name: str) -> str | None:
    """Why many targets cannot take a name for a column; None where they can."""
    if not name.strip():
        return "is blank"
    if not _QUOTES.isdisjoint(name):
        return "has a quote in it"
    if not name.isprintable():
        return "has a character in it that cannot be seen"
    if len(name.encode("utf-8", "replace")) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    return None


def count_names(counts: Counter[str], names: Sequence[str]) -> None:
    """Count names one by one, as long as there are not too many different ones.

    Args:
        counts: What was counted so far; it never has more than `MOST_COUNTED` entries.
        names: The names to count. Those that are new when `counts` is full are counted together.
    """
    counts.update(names)
    if len(counts) > MOST_COUNTED:
        together = 0
        # The newest entry comes out first: those that were counted first stay.
        while len(counts) >= MOST_COUNTED:
            together += counts.popitem()[1]
        counts[OTHERS] = together


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
