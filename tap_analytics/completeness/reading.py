"""What a way of reading asks for and what it gets to see: values only, no I/O.

A reading is driven from outside: take a question from `questions`, send it, hand the response to
`receive`, send on the records that it marks, and go on until there is an `outcome`. The code that
chooses questions and judges responses is the same in the tap and in the model check.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

Order = Literal["ascending", "descending"]


class Question(Struct, frozen=True):
    """One request of a reading."""

    since: str | None = None
    """Ask for what changed from this date-time on (as `utc_instant` writes it); None: for all."""

    order: Order | None = None
    """The order by time (keyset) or by key (windows) to ask for; None asks for none."""

    page: int = 1
    """The number of the page, from 1, in pages of `size`."""

    size: int | None = None
    """Records per page; None for the stream's own size."""

    offset: int | None = None
    """The number of records before the first one, for an API that counts these; None for `page`."""

    part: int = 0
    """Which of the parts in flight asks; a driver hands it back with the response."""

    trial: bool = False
    """Whether the server may refuse it (400, 404, 422): no retries, and no error."""

    aside: bool = False
    """Whether it only shows what the server heeds: how the reading ends is not told by it."""

    repeats: bool = False
    """Whether its records come with other questions too, and are counted there."""


class Row(NamedTuple):
    """A record as far as a reading is concerned."""

    key: int
    """A signed 64-bit hash of its key."""

    contents: int
    """A signed 64-bit hash of the record as it would go out."""

    time: str | None
    """Its modification time as `utc_instant` writes it, so that text sorts as time does."""


class Response(Struct, frozen=True):
    """The response to a question."""

    rows: Sequence[Row] = ()
    more: bool | None = None
    """Whether the server says that more follows; None where it does not say."""

    keys: Sequence[object] = ()
    """The keys of its rows as they came, where the question orders by key; may else be missing."""

    refused: bool = False
    """Whether the server refused a trial."""

    missing: bool = False
    """Whether the server has no such page (404)."""

    sent_at: str = ""
    """When the request left, by the server's clock where it told (its `Date` less the duration),
    else by this machine's; a date-time as `utc_instant` writes it."""

    dated: str = ""
    """The server's clock when it responded, or this machine's."""

    resolution: timedelta = timedelta()
    """Of the since filter, as far as the values that came have shown it."""

    doubt: timedelta = timedelta()
    """How much later than its time says a record may have changed, as far as values have shown it:
    a time on a full minute may stand for all of that minute."""

    total: int = 0
    """The most records that the server declares for the end of a table, in the opposite order."""

    count: int | None = None
    """How many records the server declares for the question. It decides what is looked at and never
    what is proven."""

    pages: int | None = None
    """How many pages the server declares for the question. It decides how a reading is cut into
    parts and never what is proven, so that a wrong one costs requests and no records."""


class Outcome(Struct, frozen=True):
    """How a reading ended."""

    proven: bool
    reason: str
    """Why it ended, or why it is not proven."""

    fall_back: bool = False
    """Whether the stream must be read by counting passes, from where this reading began."""

    lasting: bool = False
    """With `fall_back`: whether the server contradicted, so that another run would find the same.
    What a busy or a short table does not show, the next run may."""

    since: str | None = None
    """With `fall_back`: counting passes need only begin here, and the bookmark stays where it is.
    None where they begin where the reading began, and the old bookmark is put back."""


class Reading(Protocol):
    """A way of reading a stream."""

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while there are questions left."""

    @property
    def checkpoint(self) -> str | None:
        """The time up to which everything is settled behind the records marked so far.

        Always the time of a record that was to be sent, or the old bookmark; None where nothing is
        settled yet.
        """

    def questions(self) -> Sequence[Question]:
        """The questions that can be asked now, none that is still on its way; in sending order.

        A question is handed out once: whoever takes it sends it.
        """

    def receive(self, question: Question, response: Response) -> Sequence[bool]:
        """Take in a response.

        Returns:
            For each of its rows whether the record must be sent on.
        """
