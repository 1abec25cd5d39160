"""How options are chosen: the same number of trials for every method, judged by validation."""
