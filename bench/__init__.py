"""Measuring: a study becomes cells, a cell becomes a record, records become a frame.

Reading order: `study` -> `cells` -> `cell_run` -> `record` -> `store` -> `runner` -> `frame`.
What is measured: `memory`, `flops`, `machine`, `energy`, `steadiness`. A process for each cell:
`launcher` -> `isolation` -> `fork_server` -> `cell_server`. Several runners: `claims`.
The commands are `python -m bench.run`, `python -m bench.report`, `python -m bench.speed` and
`pytest bench --benchmark-only`.
"""
