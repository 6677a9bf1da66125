"""The streams: built in, by API, and declared by configuration.

- `accounting`, `marketplace`: the built-in streams; `registry` lists them.
- `configured`, `configured_paging`: a `Resource` of the configuration as a stream.
- `discovery`: which streams there are, and their schemas; `catalog_check`: what a catalog asks for,
  `state_check`: what of a state is not used.
"""
