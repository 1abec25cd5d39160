"""Records as pandas frames, by the path that notebooks use: `bench.frame.load("results/quick")`."""

from bench.records.frame import load, load_controls, load_epochs, load_gradients

__all__ = ["load", "load_controls", "load_epochs", "load_gradients"]
