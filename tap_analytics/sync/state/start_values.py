"""In which form an API is asked for what changed since a time: in that of its own values.

A server that compares text finds `2025-01-28 10:00:00` to be less than `2025-01-28T00:00:00Z`.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_analytics.completeness.instants import before
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.start_format import (
    format_of,
    in_format,
    moved,
    resolution_of,
    start_format_problem,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping
    from typing import Any

STATE_KEY = "start_format"
MIXED = "mixed"
"""Stands for several forms. In a state of an older version it does not say in how many kinds."""

UNORDERED = "mixed, unordered"
"""What stands in the state where values came in forms that sort otherwise as text than as times."""

FURTHER_AWAY = timedelta(days=2)
"""So far from a time its day has not begun in any zone, or is over, that of a day alone, too."""

_SHAPE = str.maketrans("123456789", "000000000")
_DATE = len("YYYY-MM-DD")
_OWN = "%Y-%m-%dT", "Z"
"""Day, separator and zone of start values in the tap's own form, which is asked for else."""

_ZONE = re.compile(r"(?:[Zz]|[+-]\d\d(?::?\d\d)?| ?(?:UTC?|GMT))?(?:\[[A-Za-z/]+\])?$", re.ASCII)
_FRACTION = re.compile(r"[.,]%\df")
_UNTIL_SECONDS = len("YYYY-MM-DDThh:mm:ss")


class StartValues:
    """The form of the start values of one stream."""

    def __init__(
        self,
        state: MutableMapping[str, Any],
        *,
        given: str | None,
        learns: bool,
        observes: bool = False,
        likely: object = None,
        to_number: Callable[[object], object] | None = None,
    ) -> None:
        """Take up what is known.

        Args:
            state: The stream's part of the state; what is found out goes there.
            given: The form that the configuration names.
            learns: Whether the form is that of the values that come.
            observes: Whether nobody knows if the values that come name their zone.
            likely: A value that the user wrote, likely as the API does: its form holds until
                values come.
            to_number: Writes what is no date-time.
        """
        self._to_number = to_number
        self._state = state
        self._given = given
        self.learns = learns and given is None
        self.observes = self.learns or observes
        """Whether values are to be shown to `observe`."""
        self.name_no_zone = False
        """Whether a value came that does not say in which zone it is."""
        held = state.get(STATE_KEY)
        unordered = held == UNORDERED
        known = isinstance(held, str) and (unordered or start_format_problem(held) is None)
        self._form = (MIXED if unordered else str(held)) if self.learns and known else None
        self._likely = format_of(likely) if isinstance(likely, str) else None
        self._shape: tuple[int, str, str] | None = None
        """What the last value had in common with all others of its form."""
        self._kinds = {_OWN} if self._form == MIXED else set()
        """Where forms are mixed, what `_kind` says of those that came and that are asked for."""
        if held == UNORDERED and self.learns:
            self._kinds.add(("", ""))
        self._later = timedelta()
        """How much later an end is asked for."""
        self._held: tuple[str | None, bool] | None = None
        """As they were when a reading began: the form to ask in, and `unordered`."""

    @property
    def known(self) -> bool:
        """Whether the form need not be found out."""
        return not self.learns or self._form is not None

    def observe(self, value: object) -> None:
        """Take in a replication value as the API writes it."""
        if not isinstance(value, str) or self.unordered:
            return
        # The digits of a zone matter, others do not: comparing costs a third of parsing.
        zone = value[_UNTIL_SECONDS:].lstrip(".0123456789")
        shape = len(value), value[:_UNTIL_SECONDS].translate(_SHAPE), zone
        if shape == self._shape:
            return
        self.name_no_zone = self.name_no_zone or _lacks_zone(value)
        if not self.learns:
            self._shape = shape
            return
        form = format_of(value)
        # Without seconds, or without marks, digits of the zone stand where others stand else.
        has_shape = form is not None and form.startswith("%Y-%m-%d") and "%S" in form
        if self._form == MIXED:
            self._kinds.add(_kind(form) if form else (value[:1], zone))
            self._shape = shape if has_shape else None
            return
        if form is not None:
            known = self._form
            if _differ_in_fraction(known, form):
                form = _with_any_fraction(form)
            elif known not in {None, form}:
                self._kinds = {_OWN, _kind(str(known)), _kind(form)}
                form = MIXED
            self._form = form
            self._shape = shape if has_shape and form != MIXED else None

    def written(self, since: object) -> object:
        """A start value as the API is to be asked for it.

        Where forms are mixed that sort otherwise as text, it is a day that comes before all of the
        days on which any of them can put it: whatever an API compares, it leaves out nothing.
        """
        return self._written(since, *(self._held or (self._form_to_ask_in, self.unordered)))

    def _written(self, since: object, form: str | None, unordered: bool) -> object:  # noqa: FBT001  # as it is held
        if not isinstance(since, str):
            return self._to_number(since) if self._to_number else since
        if unordered:
            return _day(since, -FURTHER_AWAY)
        if form is None:
            return since
        if form == self._likely and form.endswith(("%SZ", "%Sz")) and self._form is None:
            # Where values turn out to have a fraction, `.5Z` sorts before `Z` as text.
            since = moved(since, timedelta(seconds=-1))
        return in_format(since, form)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Ask in one form for all pages of a reading, whatever comes: else they do not fit."""
        self._held = self._form_to_ask_in, self.unordered
        try:
            yield
        finally:
            self._held = None

    @contextmanager
    def ending_later(self) -> Iterator[None]:
        """Ask for so much more that in whatever form no record before an end is left out."""
        self._later = FURTHER_AWAY
        try:
            yield
        finally:
            self._later = timedelta()

    def written_end(self, end: object) -> object:
        """An end as the API is to be asked for it: never earlier than it is."""
        form, unordered = self._held or (self._form_to_ask_in, self.unordered)
        is_plain = form is None and not (unordered or self._later)
        if is_plain or not isinstance(end, str):
            return end
        try:
            end = moved(utc_instant(end), self._later)
        except (ValueError, OverflowError):
            return end
        if form is None:
            return _day(end, FURTHER_AWAY) if unordered else end
        written = in_format(end, form)
        is_cut = written == in_format(moved(end, timedelta(microseconds=-1)), form)
        return in_format(moved(end, resolution_of(form)), form) if is_cut else written

    def left_out(self, asked: object, since: object) -> bool:
        """Whether a request may have left something out, now that values have come.

        Args:
            asked: The start value that it had.
            since: What was to be asked for.
        """
        wanted = self._written(since, self._form_to_ask_in, self.unordered)
        if asked == wanted:
            return False
        # A day comes before every time of it, however that is written.
        is_day = isinstance(asked, str) and format_of(asked) == "%Y-%m-%d"
        return not (is_day or _are_of_one_kind(asked, wanted)) or str(asked) > str(wanted)

    @staticmethod
    def left_out_at_end(asked: object, wanted: object) -> bool:
        """Whether a request with one end may have left out what comes before another one.

        Args:
            asked: The end that it had.
            wanted: The one that is to be asked for, now that values have come.
        """
        if asked == wanted:
            return False
        if isinstance(asked, str) and format_of(asked) == "%Y-%m-%d":
            return asked <= str(wanted)[:_DATE]
        return not _are_of_one_kind(asked, wanted) or str(asked) < str(wanted)

    @property
    def _form_to_ask_in(self) -> str | None:
        """The given form, or that of the values, or until any has come that of the user's."""
        form = self._given or self._form or (self._likely if self.learns else None)
        return None if form == MIXED else form

    @property
    def form(self) -> str:
        """The form that start values are written in; `own` for the tap's."""
        return self._form_to_ask_in or "own"

    @property
    def names_zone(self) -> bool:
        """Whether start values say in which zone they are."""
        form = self._form_to_ask_in
        return form is None or "%s" in form or "%ms" in form or bool(_kind(form)[1])

    @property
    def unordered(self) -> bool:
        """Whether the forms that came sort otherwise as text than as times.

        A fraction that is left out where it is zero does not: it moves nothing beyond its second.
        """
        return len(self._kinds) > 1

    @property
    def resolution(self) -> timedelta:
        """The least step that the form of the values that came can tell apart; 0 where unknown."""
        form = self._form
        return resolution_of(form) if self.learns and form not in {None, MIXED} else timedelta()

    def remember(self) -> bool:
        """Note in the state what was found out; whether that is new."""
        form = UNORDERED if self.unordered else self._form
        if not self.learns or form is None or self._state.get(STATE_KEY) == form:
            return False
        self._state[STATE_KEY] = form
        return True


def long_before(since: object) -> str | None:
    """A time before another: what comes since that, in whatever form, comes since this, too.

    None for what is no date-time, as `utc_instant` writes it.
    """
    try:
        return before(since, FURTHER_AWAY) if isinstance(since, str) else None
    except (TypeError, ValueError):  # a day, or other text
        return None


def _day(instant: str, away: timedelta) -> str:
    """The beginning of the day that lies so far away from an instant."""
    try:
        return f"{moved(instant, away)[:_DATE]}T00:00:00.000000Z"
    except OverflowError:  # there is no date before, or behind
        return "0001-01-01T00:00:00.000000Z" if away < timedelta() else instant


def _lacks_zone(value: str) -> bool:
    zone = _ZONE.search(value[_DATE:])
    return not value.startswith("/") and not (zone and zone[0])


def _differ_in_fraction(known: str | None, form: str) -> bool:
    if known is None or known == form or "%S" not in form:
        return False
    return _FRACTION.sub("", known) == _FRACTION.sub("", form)


def _with_any_fraction(form: str) -> str:
    """The form that as text comes first among those that differ only in their fraction.

    `Z` comes behind a fraction, `+02:00`, ` UTC` and nothing before it.
    """
    without = _FRACTION.sub("", form)
    return without.replace("%S", "%S.%6f") if _kind(form)[1][:1] in {"Z", "z"} else without


def _are_of_one_kind(*values: object) -> bool:
    """Whether date-times are written in forms that sort alike as text."""
    forms = [format_of(value) for value in values if isinstance(value, str)]
    return len({_kind(form) for form in forms if form}) == 1


def _kind(form: str) -> tuple[str, str]:
    """What of a form says how it sorts as text: how it writes the day, and the zone."""
    zone = _ZONE.search(form)
    return form.partition("%H")[0], zone[0] if zone else ""
