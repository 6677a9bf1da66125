"""Runs of the tap over a table that is edited, and the rule that must hold at every moment.

The rule: behind every bookmark that a run offers no row is missing or old in the target: each row
of the table with a time before the bookmark is there as it is. (A row that was edited during the
run has a later time.) Behind a proven run the same holds up to T - M. No older copy of a row goes
out behind a newer one, and none that is newer is held back. When all is quiet, a last run leaves
the target as the table is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_analytics.completeness.instants import MICROSECOND, SECOND
from tap_analytics.completeness.keyset import KeysetReading
from tests.support.model.changes import ChangesByWindows
from tests.support.model.past import forget
from tests.support.model.table import MARGIN, Table, instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.reading import Outcome, Question, Response
    from tests.support.model.table import World
    from tests.support.model.tape import Tape

MOST_REQUESTS = 300


class LossError(AssertionError):
    """A row was lost, or went out old."""


Kind = KeysetReading | ChangesByWindows


class OnTheWay(NamedTuple):
    """A request, or its response."""

    question: Question
    sent_at: int
    response: Response | None = None


class Known:
    """What has been played already; shared by the executions of a world."""

    def __init__(self) -> None:
        """Nothing."""
        self._states: set[object] = set()
        self._numbers: dict[object, int] = {}

    def has(self, state: object) -> bool:
        """Whether a state has been met before; from now on it has."""
        known = state in self._states
        self._states.add(state)
        return known

    def number(self, state: object) -> int:
        """A number for a state, the same for the same one."""
        return self._numbers.setdefault(state, len(self._numbers))


class Execution:
    """One course of events."""

    def __init__(
        self,
        world: World,
        tape: Tape,
        reading: type[Kind],
        known: Known | None = None,
        trace: list[str] | None = None,
    ) -> None:
        """Prepare it.

        Args:
            world: Where it happens.
            tape: What happens.
            reading: The code to check.
            known: States from which everything has been played already.
            trace: Where to note what happens.
        """
        self.world = world
        self.tape = tape
        self._reading = reading
        self._known = known
        self._trace = trace
        self.table = Table(world, tape, self._note)
        self.target: dict[int, int] = {}
        self.bookmark: str | None = None
        self.outcomes: list[Outcome | None] = []
        self.requests = 0

    def play(self) -> None:
        """Let the runs happen, and the quiet one behind them.

        Raises:
            LossError: The rule is broken.
        """
        for number in range(self.world.runs):
            if number:
                self._forget_the_past(number)
                if self._is_known(self._where(number)):
                    return
            self.table.live()
            if not self._run(number, may_die=self.world.kills):
                return
            self.table.live()
            self.table.now += 1 if number % 2 else 3 * MARGIN
        self.table.become_quiet()
        self._forget_the_past(self.world.runs)
        if self._is_known(self._where(None)):
            return
        self._note("all is quiet")
        self._run(None, may_die=False)
        outcome = self.outcomes[-1]
        assert outcome is not None
        rows = {row.key: row.version for row in self.table.rows}
        lost = [key for key, version in rows.items() if self.target.get(key) != version]
        if lost:
            self._lose(f"rows {lost} are missing or old after a quiet run")

    def _forget_the_past(self, number: int) -> None:
        self.bookmark, self.target = forget(self.table, self.bookmark, self.target, number)
        self._note("the times are told anew")

    def _where(self, number: int | None) -> object:
        """Where a run begins: all that what follows depends on."""
        return number, self.bookmark, frozenset(self.target.items()), self.table.state

    def _is_known(self, state: object) -> bool:
        """Whether all that can follow was played before: executions differ in their past only.

        What the tape has in common with the one before was played there, but not to its end.
        """
        if self._known is None or not self.tape.is_new:
            return False
        return self._known.has(state)

    def _run(self, number: int | None, *, may_die: bool) -> bool:
        """Let a run happen; False where all that follows is known by now."""
        known = self._known or Known()
        history = known.number(self._where(number))
        since = self.bookmark
        self._note(f"tick {self.table.now}: a run begins at {since}")
        reading = self._reading(
            since,
            bookmark=since,
            resolution=SECOND if self.world.whole_seconds else MICROSECOND,
            margin=timedelta(seconds=MARGIN / 2),
            width=self.world.width,
        )
        began = self.table.now
        waiting: list[OnTheWay] = []
        while reading.outcome is None:
            asked = [OnTheWay(question, self.table.now) for question in reading.questions()]
            waiting.extend(asked)
            self._let_edits_happen(waiting)
            # The same responses have led to the same reading, whatever happened between them.
            if self._is_known((history, tuple(waiting), self.table.state)):
                return False
            question, response = self._next_response(waiting)
            history = known.number((history, question, response))
            self._receive(reading, since, question, response)
            if may_die and self.tape.choose(2):
                self._note("the run is killed")
                self.outcomes.append(None)
                return True
        self.outcomes.append(reading.outcome)
        self._note(f"{reading.outcome}")
        if reading.outcome.proven:
            self._hold_all_before(instant(max(0, began - MARGIN)), "though the run is proven")
        if reading.outcome.fall_back:
            self._read_otherwise(reading.outcome.since or since, began)
        return True

    def _let_edits_happen(self, waiting: list[OnTheWay]) -> None:
        """Let edits happen, or none.

        It does not matter when a request reaches the server, but for the edits that it comes
        before or behind: so that is chosen when one happens.
        """
        assert waiting, "a reading that is not over has a question"
        assert len(waiting) <= self.world.width, "no more in flight than allowed"

        def some_reach_the_server() -> None:
            if len(waiting) > 1:
                for place, request in enumerate(waiting):
                    if request.response is None and self.tape.choose(2):
                        waiting[place] = self._reach(request)

        self.table.live(some_reach_the_server)

    def _next_response(self, waiting: list[OnTheWay]) -> tuple[Question, Response]:
        """One of the responses on the way arrives."""
        arrived = waiting.pop(self.tape.choose(len(waiting)))
        if arrived.response is None:
            arrived = self._reach(arrived)
        assert arrived.response is not None
        return arrived.question, arrived.response

    def _reach(self, request: OnTheWay) -> OnTheWay:
        self.requests += 1
        if self.requests > MOST_REQUESTS:
            self._lose("it never ends")
        response = self.table.respond(request.question, request.sent_at)
        if self._trace is not None:
            rows = " ".join(f"{row.key}v{row.contents}@{row.time}" for row in response.rows)
            self._note(f"tick {self.table.now}: {request.question}: {rows} more={response.more}")
        return request._replace(response=response)

    def _receive(
        self, reading: Kind, since: str | None, question: Question, response: Response
    ) -> None:
        marks = reading.receive(question, response)
        # With parts in flight another part may send what this one does not.
        alone = self.world.width == 1 and not reading.outcome
        alone = alone and not (question.trial or question.repeats)
        # A window that joins nothing comes again.
        alone = alone and isinstance(reading, KeysetReading)
        for row, send in zip(response.rows, marks, strict=True):
            if send:
                self._send(row.key, row.contents)
            elif alone and (row.time or "") >= (since or ""):
                self._hold(row.key, row.contents, "though it was read")
        if self._trace is not None:
            self._note(f"    {question} has arrived")
            sent = [row.key for row, send in zip(response.rows, marks, strict=True) if send]
            self._note(f"    sent {sent}, checkpoint {reading.checkpoint}")
        self._settle(reading.checkpoint)

    def _send(self, key: int, version: int) -> None:
        if self.target.get(key, -1) > version:
            self._lose(f"an older copy of {key} goes out behind a newer one")
        self.target[key] = version

    def _settle(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            self._hold_all_before(checkpoint, f"behind the bookmark {checkpoint}")
            self.bookmark = checkpoint

    def _hold_all_before(self, time: str, where: str) -> None:
        for row in self.table.rows:
            if row.time < time:
                self._hold(row.key, row.version, where)

    def _hold(self, key: int, version: int, where: str) -> None:
        if self.target.get(key) != version:
            self._lose(f"row {key} is missing or old {where}")

    def _read_otherwise(self, since: str | None, began: int) -> None:
        """Stand in for counting passes: all that was to be read, at one moment."""
        rows = [row for row in self.table.rows if since is None or row.time >= since]
        for row in rows:
            self._send(row.key, row.version)
        cap = instant(max(0, began - MARGIN))
        self._settle(max([row.time for row in rows if row.time <= cap], default=self.bookmark))

    def _lose(self, what: str) -> None:
        self._note(what)
        raise LossError("\n".join(self._trace or [what]))

    def _note(self, what: str) -> None:
        if self._trace is not None:
            self._trace.append(what)


def for_small_tables(world: World, reading: type[Kind]) -> type[Kind]:
    """The code to check, but with smaller parts, and ties that show their order sooner."""
    if issubclass(reading, ChangesByWindows):
        return reading.in_world(world)
    keyset: type[KeysetReading] = reading

    class SmallSpan(keyset.span_class):  # type: ignore[name-defined, misc]
        # Which code is to be checked is known only when it runs.
        fixed_order = world.ties_show_order or keyset.span_class.fixed_order

    class SmallReading(keyset):  # type: ignore[valid-type, misc]
        # As above.
        part_pages = world.part_pages
        span_class = SmallSpan
        least_full = 1

        def __init__(self, since: str | None, **settings: Any) -> None:  # noqa: ANN401  # handed on
            super().__init__(since, page_size=world.page_size, **settings)

    return SmallReading


def check(world: World, reading: type[Kind] = KeysetReading, most: int = 10**9) -> int:
    """Play everything that can happen in a world.

    Returns:
        How many executions there were; no more than `most` are played.

    Raises:
        LossError: The rule was broken; its message is the trace.
    """
    from tests.support.model.tape import Tape, tapes  # noqa: PLC0415

    reading = for_small_tables(world, reading)
    executions, known = 0, Known()
    for tape in tapes():
        executions += 1
        try:
            Execution(world, tape, reading, known).play()
        except LossError:
            Execution(world, Tape(list(tape.choices)), reading, trace=[f"{world}"]).play()
            raise
        if executions == most:
            break
    return executions


def outcomes(
    world: World, choices: Sequence[int] = (), reading: type[Kind] = KeysetReading
) -> list[Outcome | None]:
    """How the runs of one execution end: with no edits, where no choices are given."""
    from tests.support.model.tape import Tape  # noqa: PLC0415

    execution = Execution(world, Tape(list(choices)), for_small_tables(world, reading))
    execution.play()
    return execution.outcomes
