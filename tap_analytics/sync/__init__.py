"""One run: streams are read in the way that fits, their records sent, their bookmarks moved.

From the outside in:

- `stream`: `SingerStream`, what is used or replaced of the SDK's, over `outgoing_stream`, how its
  messages go out, by `message_writer`; `resource`: what a resource declares of itself;
  `page_request`: how a page of it is requested.
- `run`: `RunContext`, what all streams of a run share.
- `ahead`: the first pages of the streams that come next, asked for in time.
- `stream_sync`: `StreamSync`, one stream from its bookmark to the verdict; `children`: the streams
  that are read for each of its records; `refusals`: responses that tell nothing of records;
  `failed_parts`: the records for which they could not be read.
- `reading/`: the ways in which a stream is read, and whether it was read to its end.
- `record_pipeline`: a record's way, with `record_conversion`, what is made of it before it is
  judged; `losses`: what of it is not in the output; `kept_values`: what of it stands elsewhere in
  the output; `stream_maps`: how it goes out through the SDK's; `key_forms`: keys that differ in the
  source only.
- `state/`: the bookmark, and what else is kept from run to run.

Loads the SDK, and nothing that a run with nothing new could do without.
"""
