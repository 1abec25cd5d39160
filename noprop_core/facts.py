"""Names of what methods say of themselves after training (`Method.facts`).

Imports nothing of torch's, so that records can be read without it.
"""

PADDING = "padding"
"""Of the convolutions: none or same."""

READ_FIRST, READ_LAST = "label readable from z_0", "label readable from z_T"
"""Shares of labels that the best reading of a noised label finds; z_T is z_1 in continuous time."""

DISTANCE_AT_START = "smallest embedding distance at the start"
DISTANCE = "smallest embedding distance"
"""Euclidean, between trained embeddings of two classes."""

GRAPHS = "CUDA graphs"
"""How a run that asked for them took its steps: said by `noprop_core.acceleration`."""
