"""What the cells of a study are called beside one another: no two the same."""

import re
from collections import defaultdict
from collections.abc import Sequence

from bench.study.cells import Cell


def labels_of(cells: Sequence[Cell]) -> list[str]:
    """Return what cells are called beside one another: with the budget where there are several.

    The seed comes last, so that what is before it names an arm.
    """
    several: dict[str, set[str]] = defaultdict(set)
    for cell in cells:
        several[cell.label].add(cell.budget.label)
    return [
        f"{arm}-{re.sub(r'[^A-Za-z0-9.]+', '-', cell.budget.label).strip('-')}-{seed}"
        if len(several[cell.label]) > 1
        else cell.label
        for cell in cells
        for arm, _, seed in [cell.label.rpartition("-")]
    ]
