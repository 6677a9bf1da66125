"""Why keyset reading cannot go on."""

from __future__ import annotations


class NotHeldError(Exception):
    """A response contradicts what keyset reading rests on: nothing that it settled counts."""

    def __init__(self, message: str = "", *, lasting: bool = True) -> None:
        """Say what contradicts.

        Args:
            message: The sentence.
            lasting: Whether another run would find the same.
        """
        super().__init__(message)
        self.lasting = lasting


class TiesUndecidedError(Exception):
    """Records of one time could not be read for certain: all before them is settled."""
