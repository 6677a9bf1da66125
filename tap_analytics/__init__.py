"""A Singer tap for REST APIs that proves its syncs complete."""

__version__ = "0.1.0"
