"""On which machines the runs were made, and how fast each was."""
