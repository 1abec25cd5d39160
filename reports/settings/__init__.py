"""Results by setting: means and intervals, every seed, learning curves."""
