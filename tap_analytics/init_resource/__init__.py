"""The command `init-resource`: ask an API about a resource, and print an entry for `resources`.

- `command`: the command line, and the order of questions.
- `requests`: `TrialRequests`, how the API responds to parameters that nobody is sure of yet.
- `paginator_detector`: how the resource pages; `page_size`: the parameter for the
  page size; `last_record`: whether the ID of a page's last record leads on; `end_detector`: what
  tells the end.
- `proposals`: its records, key and replication key; `sample_fields`: what a sample tells of them;
  `order_trial`: whether orders, a filter, a page size and an offset are heeded.
- `entry`: the entry while it is written, with how sure each part is; `trial_stream`: its stream.
"""
