"""What the reading of a stream amounts to."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace


class Verdict(Struct, frozen=True):
    """What the observations of a pass amount to."""

    proven: bool
    reasons: tuple[str, ...]
    """What was seen that keeps the pass from being proven."""

    stop_reason: str
    duplicates: int = 0
    distinct: int = 0
    """The distinct keys that the pass read; all passes, where they prove it together."""
    conflicts: int = 0
    """Keys that came twice in the pass with different contents."""
    listed: int | None = None
    """The items of the outer list, where records are in lists within it."""
    contradicted: bool = False
    """Whether a response says that there is more than was read."""
    at_rest: bool = False
    """Whether nothing was seen to move, and pages of different sizes show nothing for all that."""
    second_pass: str | None = None
    """Why the first pass over such a stream never proves it, whatever was seen."""

    def contradicted_by(self, *reasons: str) -> Verdict:
        """The verdict where something shows that more is there than was read."""
        return replace(self, proven=False, reasons=(*self.reasons, *reasons), contradicted=True)
