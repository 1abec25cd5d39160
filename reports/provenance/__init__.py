"""What was run where, and what did not finish."""
