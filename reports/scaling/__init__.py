"""What dividing a run over processes gains, and what it costs."""
