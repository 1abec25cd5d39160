"""What was measured: records on disk, and as pandas frames."""
