"""What reading pages needs to know of a resource, and of one page of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from msgspec import Struct, field

from tap_analytics.rest.first_pages import FirstPages
from tap_analytics.rest.sampled_responses import SampledResponses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from tap_analytics.http.auth import Auth
    from tap_analytics.http.call import RequestStats
    from tap_analytics.http.retry import RetryPolicy
    from tap_analytics.rest.paginators.paginator import Paginator
    from tap_analytics.rest.response.document import JSONBody
    from tap_analytics.rest.response.extractor import RecordExtractor


class Order(Struct, frozen=True):
    """An order that a resource can be asked for."""

    by: Literal["time", "key"]
    descending: bool = False


class PageQuery(Struct, frozen=True):
    """One page that is asked for."""

    key: Any
    """The page, as its paginator names it."""

    since: Any = None
    """Ask for records that changed from this replication value on; None asks for all."""

    order: Order | None = None
    """The order to ask for; None asks for none."""

    size: int | None = None
    """Records per page; None for the stream's own size."""

    whole: bool = False
    """Whether to ask for records of any time, behind the end that is read, too."""

    renamed: Mapping[str, str | None] = {}
    """Other names of parameters, on trial; None leaves one out."""

    resized: tuple[int, int] | None = None
    """The size that its parameters ask for, and another one that is asked for on trial."""


class IgnoredResponse(Protocol):
    """Which response holds no records and is no error."""

    @property
    def status(self) -> int | None:
        """Its status; None for any."""

    @property
    def content(self) -> str | None:
        """A text in its body; None for any."""


class PageRequest(Protocol):
    """A request before it is prepared; the SDK's `HTTPRequest` is one."""

    url: str
    method: str
    params: dict[str, Any]
    headers: dict[str, str]
    data: Any
    """The body; None where there is none."""


class Endpoint(Struct, frozen=True):
    """Where the pages of a resource come from and how they are read.

    `request` calls the stream's own `get_http_request`, so that a quirk of an API stays a method on
    the class that has it.
    """

    name: str
    """The stream's name, for messages."""

    request: Callable[[PageQuery], PageRequest]
    paginator: Paginator
    extractor: RecordExtractor
    check_envelope: Callable[[JSONBody], None]
    """Raises `NoRecordsError` where the envelope says that the response is an error."""

    policy: RetryPolicy
    stats: RequestStats
    auth: Auth | None = None
    """The endpoint's own authentication; None for the run's."""

    ignored: Sequence[IgnoredResponse] = ()
    """Responses that hold no records and are no error."""

    ignored_signs: frozenset[str] = frozenset()
    """Names of signs that tell nothing of more: see `signs.py`."""

    leaves_lists_out: bool = False
    """Whether the server may leave the list of a later page out where it is empty."""

    may_lack_pages: bool = False
    """Whether nobody said that the resource has pages at all."""

    api_unknown: bool = False
    """Whether only the configuration says what its parameters mean."""

    orders: frozenset[str] = frozenset()
    """The orders that may be asked for: `time`, `key`, both or none."""

    sampled: SampledResponses = field(default_factory=SampledResponses)
    """Responses that were read for a sample."""

    first_pages: FirstPages = field(default_factory=FirstPages)
    """Pages that were asked for before the turn of their streams."""

    since_resolution: timedelta | None = None
    """The resolution of the filter by modification time; None where there is no such filter."""

    @property
    def accepted_statuses(self) -> frozenset[int]:
        """The statuses whose responses have to be looked at, though they are errors as a rule."""
        if any(each.status is None for each in self.ignored):
            return _CLIENT_ERRORS
        return frozenset(each.status for each in self.ignored if each.status is not None)

    def ignores(self, status: int, content: bytes) -> bool:
        """Whether a response holds no records and is no error."""
        return any(
            each.status in {None, status}
            and (each.content is None or each.content.encode() in content)
            for each in self.ignored
        )


_CLIENT_ERRORS = frozenset(range(400, 500)) - {401, 408, 429}
