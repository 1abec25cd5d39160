"""How accuracy grows with training time."""
