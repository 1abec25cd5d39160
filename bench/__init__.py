"""Measuring: a study becomes cells, a cell becomes a record, records become a frame.

Reading order: `study` -> `cells` -> `cell_run` -> `record` -> `store` -> `runner` -> `frame`.
The commands are `python -m bench.run`, `python -m bench.report`, `python -m bench.speed` and
`pytest bench --benchmark-only`.
"""
