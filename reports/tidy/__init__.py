"""Anybody's table of results: roles guessed from column names, metrics of its own, one report."""
