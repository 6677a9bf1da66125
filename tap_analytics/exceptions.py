"""The exceptions of the tap: each message is a sentence that says what failed and what to do."""

from __future__ import annotations


class TapError(Exception):
    """An error whose message is written for the person who runs the tap."""


class StreamError(TapError):
    """One stream failed: the run goes on with the other streams."""


class RefusedRequestError(StreamError):
    """The server responded to one request with an error: it may give other parts of the stream."""

    def __init__(self, message: str, *, retried: bool = False) -> None:
        """Say what was refused.

        Args:
            message: The sentence.
            retried: Whether the request was sent again in vain, which took its time.
        """
        super().__init__(message)
        self.retried = retried


class RunError(TapError):
    """No stream can go on, for instance because the credentials were refused: the run ends."""


class RunFailedError(TapError):
    """Something failed; the log has said what."""


class Terminated(SystemExit):
    """A signal ended the run."""

    def __init__(self, code: int, reason: str) -> None:
        """Exit with this code.

        Args:
            code: 128 and the signal's number, as shells count.
            reason: What happened.
        """
        super().__init__(code)
        self.code: int = code
        self.reason = reason
