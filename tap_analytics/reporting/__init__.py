"""Shows reports to people: as a table, on a terminal while a run is under way, and as a page.

It reads reports as the JSON objects that docs/report.md describes, so that those of earlier runs
look the same as that of the run itself. Modules that load rich are imported only where standard
error is a terminal, or by a command that prints a table.
"""
