"""One cell, measured: time, memory, FLOPs, energy, the machine's load and what it is."""
