"""Every candidate against the baseline: paired effects, tests, verdicts."""
