"""The streams: built in, by API, and declared by configuration."""
