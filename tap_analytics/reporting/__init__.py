"""What a run says about itself, and how people get to see it.

- `report`: what happened, as values, in the form that docs/report.md describes; `report_file`
  writes it; `history` reads the reports of earlier runs.
- `progress`: how far a run is; `metrics`: the SDK's METRIC lines; `notices`: what an API announces.
- `command`: the command `report`; `views/`: a report as a table, on a terminal, and as a page.
"""
