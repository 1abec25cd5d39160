"""Where a cell runs: in this process, or in one of its own."""
