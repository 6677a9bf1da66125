"""What every run would say again of a configuration: the state keeps what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.records.encoding import short_digest

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

STATE_KEY = "told"


class KnownWarnings:
    """What was said of the configuration, by the digests of the sentences."""

    def __init__(self, logger: logging.Logger) -> None:
        """Await the state (`load`); `remember` puts into it what this run has said."""
        self._logger = logger
        self._before: frozenset[str] = frozenset()
        self._now: dict[str, None] = {}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up what earlier runs have said."""
        held = state.get(STATE_KEY)
        self._before = frozenset(map(str, held)) if isinstance(held, list) else frozenset()

    def warn(self, sentence: str, extra: Mapping[str, Any]) -> None:
        """Warn, or where an earlier run has done so note it for whoever looks for it."""
        digest = short_digest(sentence.encode())
        if digest in self._before:
            self._logger.debug(sentence, extra=extra)
        elif digest not in self._now:
            self._logger.warning(sentence, extra=extra)
        self._now[digest] = None

    def remember(self, state: Any) -> None:  # noqa: ANN401  # the SDK's type has only its own keys
        """Put into the state what this run has said, and what it need not say again."""
        state.pop(STATE_KEY, None)
        if self._now:
            state[STATE_KEY] = [*self._now]
