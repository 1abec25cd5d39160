"""Measuring: a study becomes cells, a cell becomes a record, records become a frame.

Reading order: `study` -> `cells` -> `job` -> `cell_run` -> `record` -> `store` -> `settling` ->
`runner` -> `frame`. What is measured: `memory`, `flops`, `load`, `energy`, `steadiness`. Where a
cell runs: `executor` -> `in_process`, `fork_server`. A process for each cell: `isolated_run` ->
`server` -> `server_process` -> `cell_process`. Several runners: `claims`.
The commands are `python -m bench.run`, `python -m bench.report`, `python -m bench.speed` and
`pytest bench --benchmark-only`.
"""
