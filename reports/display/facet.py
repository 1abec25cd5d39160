"""What a reader can filter by: rows of tables, figures, their panels and their marks."""

from collections.abc import Mapping
from enum import StrEnum


class Facet(StrEnum):
    """What something on the page belongs to; the value is a slug."""

    DATASET = "dataset"
    BATCH_SIZE = "batch-size"
    TIMESTEPS = "timesteps"
    METHOD = "method"


Facets = Mapping[Facet, str]
"""What something belongs to, written as tables write it; of what is missing it has all or none."""


def facets(
    *, dataset: str = "", batch_size: int | None = None, timesteps: int | None = None,
    method: str = "",
) -> Facets:  # fmt: skip
    """Return the facets that are given."""
    texts = {
        Facet.DATASET: dataset,
        Facet.BATCH_SIZE: "" if batch_size is None else str(batch_size),
        Facet.TIMESTEPS: "" if timesteps is None else str(timesteps),
        Facet.METHOD: method,
    }
    return {facet: text for facet, text in texts.items() if text}
