"""Did this pass miss or repeat anything? Facts in, verdict out; no I/O.

A pass is one reading of a stream from its first page to its end. docs/completeness.md says why
the rules suffice, and which ones a reading of the issue alone would leave open.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_analytics.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_analytics.ledger import Seen


@dataclass(frozen=True, slots=True)
class PageFact:
    """One answer of a pass, as far as the proof is concerned.

    Times are seconds on any clock that never goes back: when the request left, when its answer
    had come. `digest` stands for the contents of the page's records.
    """

    number: int
    sent: float
    answered: float
    records: int
    digest: int
    total: int | None = None
    page_count: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the facts of a pass amount to."""

    proven: bool
    reasons: tuple[str, ...]
    stop_reason: str
    overlapped: bool = False
    """Whether reading one page at a time could have settled a total."""
    duplicates: int = 0


class RepeatedPageError(Exception):
    """A page came twice: the server does not heed the page it is asked for."""


@dataclass(slots=True)
class _Pass:
    pages: list[PageFact] = field(default_factory=list)
    digests: set[int] = field(default_factory=set)
    keyless: int = 0


class Proof:
    """Judges the passes over one stream: what one pass saw helps to judge the next.

    A row costs 8 bytes for its key, 4 for its contents and a mark: see `ledger.py`.
    """

    def __init__(self, *, enabled: bool = True) -> None:
        """Collect facts; with `enabled` false only enough to notice a page that came twice."""
        self._enabled = enabled
        self._ledger = Ledger()
        self._pass = _Pass()

    def begin(self) -> None:
        """A pass starts."""
        self._pass = _Pass()
        self._ledger.begin()

    def page(self, fact: PageFact) -> None:
        """An answer's turn has come.

        Raises:
            RepeatedPageError: The same records came before in this pass.
        """
        if fact.records and fact.digest in self._pass.digests:
            raise RepeatedPageError
        if not self._enabled:
            self._pass.digests = {fact.digest}
            return
        self._pass.digests.add(fact.digest)
        self._pass.pages.append(fact)

    def row(self, key: int, contents: int, *, old: bool) -> bool:
        """A record's turn has come.

        Args:
            key: A 64-bit hash of its key.
            contents: A hash of the record as it would go out.
            old: Whether it is certain that the row was there before the pass began.

        Returns:
            Whether the record must go out: False where an earlier pass sent just this.
        """
        return self._ledger.add(key, contents, old=old) if self._enabled else True

    def keyless(self) -> None:
        """A record without a key was read: it is a row of the source all the same."""
        self._pass.keyless += 1

    def end(self, stop_reason: str, *, bounded: bool = False) -> Verdict:
        """The pass is over.

        Args:
            stop_reason: Why it ended where it did.
            bounded: Whether the user's own limit ended it, and not the source's end.

        Returns:
            Whether the pass is proven, and if not, what speaks against it.
        """
        if not self._enabled:
            return Verdict(proven=False, reasons=("`verify` is off",), stop_reason=stop_reason)
        seen = self._ledger.end()
        pages = self._pass.pages
        reasons: list[str] = []
        fell, overlapped = totals_fell(pages)
        if bounded:
            reasons.append(f"{stop_reason} ended it before the source did")
        if fell:
            reasons.append("the declared total changed while pages were read")
        if seen.conflicts:
            reasons.append(f"{seen.conflicts} keys came twice with different contents")
        if not reasons:
            reasons.extend(self._uncounted(seen))
        return Verdict(
            proven=not reasons,
            reasons=tuple(reasons),
            stop_reason=stop_reason,
            overlapped=overlapped,
            duplicates=seen.duplicates,
        )

    def _uncounted(self, seen: Seen) -> Iterable[str]:
        """What keeps the rows that were read from being all the rows there were."""
        pages = self._pass.pages
        read, certain = seen.distinct + self._pass.keyless, seen.certain + self._pass.keyless
        declared = pages[0].total if pages else None
        if declared is not None and read < declared:
            yield f"{declared} rows were declared and {read} read"
            return
        if len(pages) <= 1 or seen.confirmed:
            # One answer is one moment: nothing can have moved within it.
            return
        if declared is None:
            yield "no total is declared, so a second reading has to agree with this one"
        elif certain < declared:
            yield (
                f"of the {read} rows read only {certain} were certainly there when {declared} were "
                "declared, so new ones may stand in for others that moved"
            )


def totals_fell(pages: list[PageFact]) -> tuple[bool, bool]:
    """Whether a declared total or page count fell within a pass.

    Facts are judged in the order of their requests, not of their pages. Of two answers whose
    requests overlapped nobody knows which is the older: any difference between them counts.

    Returns:
        Whether one fell, and whether it is only overlap that makes it look so.
    """
    falls = [
        _fell([(page.sent, page.answered, value) for page, value in valued])
        for valued in (
            [(page, page.total) for page in pages if page.total is not None],
            [(page, page.page_count) for page in pages if page.page_count is not None],
        )
    ]
    certain = any(fall[0] for fall in falls)
    overlapping = any(fall[1] for fall in falls)
    return certain or overlapping, overlapping and not certain


def _fell(facts: list[tuple[float, float, int]]) -> tuple[bool, bool]:
    """Whether a value fell in time, and whether values differ between overlapping requests."""
    if len({value for _, _, value in facts}) <= 1:
        return False, False
    by_answer = sorted(facts, key=lambda fact: fact[1])
    answered = [fact[1] for fact in by_answer]
    highest: list[int] = []
    for _, _, value in by_answer:
        highest.append(max(value, highest[-1]) if highest else value)
    fell = overlapped = False
    running: list[tuple[float, int]] = []
    for sent, done, value in sorted(facts):
        before = bisect_right(answered, sent)
        fell = fell or (before > 0 and highest[before - 1] > value)
        running = [(end, other) for end, other in running if end > sent]
        overlapped = overlapped or any(other != value for _, other in running)
        running.append((done, value))
    return fell, overlapped
