"""One response of an endpoint, as it is handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from tap_analytics.exceptions import StreamError
from tap_analytics.rest.response.document import NoRecordsError, NotJSONError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.paginators.paginator import PageKey
    from tap_analytics.rest.response.document import JSONBody, RawRecords
    from tap_analytics.rest.response.extractor import PageInfo
    from tap_analytics.rest.response.signs import Sign
    from tap_analytics.rest.response.unloadable import Cleaning

T = TypeVar("T")


RESPONSE_ACTIONS = "response_actions"
"""Stands for the member that tells of an error where a response with records is to be ignored."""

REFUSES = "refuses: "
"""Stands in front of the status of a refusal that is to be ignored."""


def refusing_status(member: str) -> str | None:
    """The status of a refusal that is to be ignored; None for a member that tells of an error."""
    return member.removeprefix(REFUSES) if member.startswith(REFUSES) else None


class Page(Struct):
    """One response, its records not yet decoded."""

    key: PageKey
    stream: str
    """The name of the stream that it is read for."""

    label: str
    """The page's name in a sentence: `page 3`."""

    info: PageInfo
    records: RawRecords
    sent: float
    answered: float
    """Seconds on the run's clock when the request left, and when the response had come."""

    answered_at: datetime
    server_time: datetime | None
    stop_reason: str | None = None
    """Why this page is the last; None where it is not."""

    records_behind: str | None = None
    """The label of a page that holds records, though it stands behind this one, the last."""

    body: JSONBody | None = None
    headers: Mapping[str, str] = {}
    url: str = ""
    """What it was read from, whole, and where it was requested; no body where there was no page."""

    refused: bool = False
    """Whether the server refused a request on trial, or a page that may be behind the last one."""

    refusal: str = ""
    """What is said of it where that is an error."""

    is_last_again: bool = False
    """Whether it stands behind the last page, which the server has sent again."""

    ignored: bool = False
    """Whether the configuration says that its response holds no records and is no error."""

    status: int = 200
    error_member: str | None = None
    """The member of its envelope that tells of an error, though the response is none."""

    found_signs: list[Sign] | None = None
    """What `PageReader.signs` found; None where nobody has looked."""

    @property
    def listed(self) -> int:
        """How many a total counts of what the page holds: records, or the items they are in."""
        outer = self.records.outer
        return self.info.records if outer is None or not self.info.records else len(outer)

    def decoded(
        self, cleaning: Cleaning | None = None, found: Sequence[T | None] = ()
    ) -> Iterator[dict[str, JSON] | T]:
        """Decode one record after the other; see `RawRecords.each`.

        Raises:
            StreamError: A record cannot be read.
        """
        try:
            yield from self.records.each(cleaning, found)
        except (NoRecordsError, NotJSONError) as error:
            message = f"{self.stream}: {self.label} cannot be read: {error}."
            raise StreamError(message) from error
