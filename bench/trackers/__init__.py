"""Recorded runs into other people's trackers of experiments: read from records, after the fact."""
