"""Why a pass is not proven, in words: `proof.py` judges, and this tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.completeness.page_facts import declared_page_missing, totals_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_analytics.completeness.ledger import PassCounts, SeenKeys
    from tap_analytics.completeness.page_facts import PageObservations

MOST_NAMES = 10_000
"""The most keys that are kept, so that a sentence can name some: mostly under a megabyte."""

NAMED = 3
"""The most keys that a sentence names."""

NO_TOTAL = "no total is declared"
NEEDS_SECOND_WITHOUT_TOTAL = (
    "no total is declared, so the second pass has to find every record of the first"
)
NEEDS_SECOND_WITHOUT_TIMES = (
    "no time of change says how old a record is, so the second pass has to find every record of "
    "the first"
)

READ_THE_ITEMS = (
    "records in lists within a list are proven by its items, which are known again by all that is "
    "in them; a resource that selects the outer list alone, and has the inner ones as fields, is "
    "proven by the key of the items"
)


class NamedKeys:
    """Some of the keys that were read, for the sentence about those that vanished."""

    def __init__(self, told: Callable[[Any], str]) -> None:
        """None yet; `told` says how a sentence names a key."""
        self._told = told
        self._names: dict[int, object] = {}
        self._gone: list[int] = []

    @property
    def has_room(self) -> bool:
        """Whether further keys may be kept."""
        return len(self._names) < MOST_NAMES

    def keep(self, key: int, value: object) -> None:
        """Keep a key, by its hash."""
        self._names.setdefault(key, value)

    def look(self, ledger: SeenKeys) -> None:
        """See which of them vanished, before the pass ends."""
        self._gone = ledger.vanished_among(self._names, NAMED)

    def vanished(self) -> str:
        """Some of those that vanished, as far as they are known as text."""
        names = ", ".join(self._told(self._names[key]) for key in self._gone)
        return f" ({names})" if names else ""


def bounded(stop_reason: str) -> str:
    """The user's own limit ended the pass."""
    return f"{stop_reason} ended it before the source did"


def records_behind(page: str, stop_reason: str) -> str:
    """A page that stands behind the last one holds records."""
    return f"{page} holds records, though {stop_reason} before it ended the pass"


def conflicts(seen: PassCounts) -> list[str]:
    """Keys came twice as different records."""
    if not seen.conflicts:
        return []
    return [f"{seen.conflicts:,} keys came twice with different contents"]


def shared_keys(keys: int) -> str:
    """Keys came twice as different records, which stand in lists within others."""
    return (
        f"{keys:,} keys came twice with different contents: records of several lists may share a "
        "key, of which a target keeps one, or have moved"
    )


def equal_in_items(records: int) -> str:
    """Records without a key are equal, and stand in lists within others."""
    return f"{records:,} records are equal to others, so that a further pass may not have sent them"


def movements(pages: PageObservations) -> Iterator[str]:
    """What was seen of the table's changes: words for why a pass is not proven."""
    if totals_changed(pages):
        yield "the declared total changed while pages were read"
    if declared_page_missing(pages):
        yield "a page was not there that the responses before it had declared"


def fewer_than_declared(number: int, seen: PassCounts, declared: int, what: str) -> str:
    """Rule 5, from below."""
    return f"pass {number} read {seen.distinct:,} {what} where {declared:,} were declared"


def page_in_doubt(number: int) -> str:
    """The one page may have been cut."""
    return f"the one page of pass {number} may be full, and was another when asked for again"


def more_than_declared(number: int, seen: PassCounts, highest: int, what: str) -> str:
    """Rule 5, from above."""
    return (
        f"pass {number} read {seen.distinct:,} {what} where no more than {highest:,} were ever "
        "declared"
    )


def too_few_certain(number: int, seen: PassCounts, declared: int, what: str) -> str:
    """Rule 6."""
    return (
        f"of the {seen.distinct:,} {what} that pass {number} read only {seen.certain:,} were "
        f"certainly there when {declared:,} were declared, so new ones may stand in for others "
        "that moved"
    )


def not_found_again(number: int, seen: PassCounts, what: str, names: str) -> str:
    """Rule 7, where records vanished."""
    return f"pass {number} did not find {seen.vanished:,} {what} of pass {number - 1}{names}"


def shows_nothing(number: int, what: str, *, at_rest: bool) -> str:
    """Rule 7, where all records of the pass before were found again in vain."""
    if at_rest:
        return (
            f"the pages of pass {number} differ in size, so that nothing shows how many "
            f"{what} stand before the last one, and no total is declared"
        )
    return (
        f"pass {number - 1} read {what} twice, or its end before other pages, or a last page "
        f"that changed, or a first page that may have been cut short, so that pass {number} "
        f"shows nothing by finding its {what} again"
    )
