"""Which settings no other beats in both accuracy and cost."""
