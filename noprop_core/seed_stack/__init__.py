"""The runs of several seeds as one computation: fewer, larger operations, the same numbers."""
