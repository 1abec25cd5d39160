"""The same comparisons under several budgets, side by side."""
