"""Whether a whole method beats its parts."""
