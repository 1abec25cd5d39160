"""The project's own speed, as ratios: `python -m bench.speed`."""
