"""Shows reports to people: as a table, on a terminal while a run is under way, and as a page.

Tables and pages are made of reports as JSON objects, so that those of earlier runs look the same
as that of the run itself. Modules that load rich are imported only where standard error is a
terminal, or by a command that prints a table.

- `run_end` tells the end of a run, by `run_table`; `live` is the display while it is under way;
  `rich_table` draws tables.
- `page` and `plots` make one HTML page of the reports of many runs.
"""
