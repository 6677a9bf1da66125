"""What a response says: its records, and whether there are more.

- `document`: `JSONBody` and `RawRecords`, with `unloadable`, what no target can load.
- `extractor`: `RecordExtractor`, the records of a body, and `PageInfo`, what it tells of the whole;
  `selection`: what a JSONPath selects of it; `record_finder`: where the records are, where nobody
  says it; `key_paths`: paths of keys, and `envelope`: what stands around the records on their way.
- `signs`: what in a response says that there is more, by `sign_names` and `sign_kinds`, and
  `counts`, how numbers are written; `contradictions`: whether an end stands against it;
  `link_targets`: where a link of theirs leads, `next_params`: what takes a cursor of theirs.
- `error_members`: what in a response tells of an error beside the records; `left_out_lists`:
  whether one without its list may stand for none; `echoed_range`: the range of times it names.
- `repeated_names`: names that an object has twice.
"""
