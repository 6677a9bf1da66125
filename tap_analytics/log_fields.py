"""Fields of a log message, so that who reads the log as JSON needs no regular expressions.

docs/report.md lists them. The kind of a message is called `event_type`, because Meltano hands the
fields on to structlog, where `event` is the message itself: a field of that name raises an error.
"""

from __future__ import annotations

import logging


def fields(event_type: str, stream: str | None = None, **values: object) -> dict[str, object]:
    """The fields of one message, for the argument `extra` of a logger's method.

    Args:
        event_type: The kind of the message, such as `stream_ended`.
        stream: The stream that it is about; None where it is about the run.
        values: Further fields. Those that are None are left out.
    """
    given: dict[str, object] = {"event_type": event_type}
    if stream is not None:
        # The SDK's formatter has a place of its own for `stream_name`.
        given |= {"stream": stream, "stream_name": stream}
    return given | {name: value for name, value in values.items() if value is not None}


class DefaultFields(logging.Filter):
    """Gives fields to the messages that have none, such as those of the SDK; lets all pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Set the fields that are missing."""
        for name, value in fields("message").items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


_default_fields = DefaultFields()


def give_fields(logger: logging.Logger) -> None:
    """Give fields to all messages of a logger; twice is the same as once."""
    logger.addFilter(_default_fields)
