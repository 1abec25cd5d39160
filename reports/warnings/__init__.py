"""What changes how to read a report."""
