"""What peak memory consists of."""
