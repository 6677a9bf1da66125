"""The configuration: from files, the environment and Meltano to the `Settings` of a run.

For others to use:

- `loading`: `read_object` and `read_environment` read a configuration; `json_text` reads JSON that
  people write; `input_files`: the shape of a state and of a catalog.
- `prepare`: `prepare_config` checks it (`validation`, `header_values`), all problems at once, and
  makes the `Settings`; `stream_maps` does so for what the SDK makes of records on their way out.
- `settings`: `Settings`, which a run works with; `settings_schema`: `SETTINGS`, which
  describes it as JSON Schema; `resource_settings`: the names of those that declare resources.
- `schema_errors`: `did_you_mean` ends a sentence about a name that nobody knows.
- `resources`: `parse_resources` and the `Resource` values; loaded only where resources are given.

The package makes no request and knows no stream: it is handed the names of the built-in ones.
Nothing is imported here, so that whoever needs one module does not wait for the others.
"""
