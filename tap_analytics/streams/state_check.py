"""What of a state is not used by the streams that there are, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tap_analytics.config.schema_errors import did_you_mean
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator


def unused_bookmarks(
    state: Mapping[str, Any], replication_keys: Mapping[str, str | None]
) -> Iterator[str]:
    """The bookmarks that a run does not go on from, though it was given them.

    Args:
        state: A Singer state.
        replication_keys: The replication key of each stream, by its name; None without one.
    """
    bookmarks = state.get("bookmarks")
    for stream, held in bookmarks.items() if isinstance(bookmarks, Mapping) else ():
        name = shown(str(stream))
        key = held.get("replication_key") if isinstance(held, Mapping) else None
        if stream not in replication_keys:
            known = did_you_mean(name, replication_keys)
            yield (f"The state has the stream `{name}`, which the tap does not have: {known}")
        elif key is not None and replication_keys[stream] not in {None, key}:
            yield (
                f"{name}: the bookmark in the state is of `{shown(str(key))}`, and the stream goes "
                f"by `{shown(str(replication_keys[stream]))}`: it is not used, and all is read."
            )
