"""Two sets of results of the same cells: what changed."""
