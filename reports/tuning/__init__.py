"""How the options were chosen, what that took, and what it gained."""
