"""What a pass that did not prove itself has shown for those behind it (rule 7)."""

from __future__ import annotations

from msgspec import Struct


class EarlierPass(Struct):
    """Whether a pass held all records of the moment at which its last page was read."""

    settled: bool = False
    """Whether it did if its first page was full."""

    size: int | None = None
    """The records of its first page, where nobody knows whether it was; None where it was."""

    @property
    def all_there_was(self) -> bool:
        """Whether nothing is open any more."""
        return self.settled and self.size is None

    def learn(self, records: int, *, may_be_cut: bool) -> None:
        """See what the first page of a later pass shows.

        Let a page have place for more records than the first one held. Then the later page is not
        full either, if it holds no more; and where it cannot be cut, it has all there is by itself.

        Args:
            records: How many records that page holds.
            may_be_cut: Whether it may be cut in its turn.
        """
        if self.size is None:
            return
        if records > self.size:
            self.settled = False
        elif not may_be_cut:
            self.size = None
