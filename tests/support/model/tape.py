"""Choices on a tape: the same program runs once for every tape there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Tape:
    """The choices of one execution; the first of each where nothing is on the tape yet."""

    def __init__(self, choices: list[int]) -> None:
        """Begin at the first choice."""
        self.choices = choices
        self.options: list[int] = []
        self._given = len(choices)
        self._given = len(choices)

    @property
    def is_new(self) -> bool:
        """Whether what happens now did not happen on the tape before."""
        return len(self.options) >= self._given

    def choose(self, options: int) -> int:
        """One of so many options."""
        if options <= 1:
            return 0
        position = len(self.options)
        self.options.append(options)
        if position == len(self.choices):
            self.choices.append(0)
        return self.choices[position]


def tapes() -> Iterator[Tape]:
    """Every tape, depth first, if each has been played before the next is asked for."""
    choices: list[int] = []
    while True:
        tape = Tape(choices)
        yield tape
        choices = tape.choices[: len(tape.options)]
        while choices and choices[-1] + 1 == tape.options[len(choices) - 1]:
            choices.pop()
        if not choices:
            return
        choices[-1] += 1


def play_all(play: Callable[[Tape], None]) -> int:
    """Run a program once for every tape; return how often."""
    executions = 0
    for tape in tapes():
        play(tape)
        executions += 1
    return executions
