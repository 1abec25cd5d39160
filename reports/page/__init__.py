"""The whole page: the analysis, its sections, one HTML file, the index."""
