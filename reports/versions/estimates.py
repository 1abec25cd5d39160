"""The same runs under several releases of torch: what each measures, and what changed.

The oldest release is compared with every newer one, cell by cell; p-values are adjusted by Holm
over the whole section. A quantity that repeats to the last bit needs no test to have changed.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports.changes.cells import Cells, Key, cells_of, compare_cells
from reports.comparisons.estimates import Comparison
from reports.input.metrics import Metric, Shown
from reports.input.pairing import Setting
from reports.input.plan import Plan
from reports.input.runs import Run
from reports.statistics.effect import PairedEffect
from reports.statistics.estimate import Estimate, mean_interval
from reports.statistics.multiplicity import holm


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one method in one setting: oldest release against a newer one.

    `before` and `after` are means over the pairs of seeds. `p` is Holm-adjusted; None where no test
    was made.
    """

    comparison: Comparison
    old: str
    new: str
    before: Estimate
    after: Estimate
    p: float | None = None

    @property
    def method(self) -> str:
        """The method whose runs are compared."""
        return self.comparison.candidate

    @property
    def setting(self) -> Setting:
        """What the runs have in common."""
        return self.comparison.setting

    @property
    def metric(self) -> Metric:
        """What is compared."""
        return self.comparison.metric

    @property
    def paired(self) -> PairedEffect:
        """The newer release against the older one."""
        return self.comparison.paired

    def is_significant(self, alpha: float) -> bool:
        """Whether the change is more than chance, or exact and not none."""
        if self.paired.deterministic:
            return self.paired.effect.point != self.paired.null
        return self.p is not None and self.p < alpha


def version_order(version: str) -> tuple[int, ...]:
    """Return a release's numbers: 2.9 comes before 2.10."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0]))


def changes_across_versions(runs: Sequence[Run], plan: Plan) -> tuple[Change, ...]:
    """Compare releases of torch wherever the same runs were made under several."""
    by_version: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.ok:
            by_version[run.condition.torch_version].append(run)
    versions = sorted(by_version, key=lambda version: (version_order(version), version))
    cells = {
        version: cells_of(by_version[version], lambda found: replace(found, torch_version=""))
        for version in versions
    }
    changes: list[Change] = []
    seen: set[Key] = set()
    for i, old in enumerate(versions):
        # A cell is compared with its oldest release alone.
        oldest: Cells = {key: runs for key, runs in cells[old].items() if key not in seen}
        seen |= oldest.keys()
        for new in versions[i + 1 :]:
            for metric in plan.shown_in(Shown.RELEASES):
                compared = compare_cells(cells[new], oldest, old, metric, plan)
                changes += [_change(c, old, new, plan) for c in compared if c.pairs]
    adjusted = holm([c.paired.tests.p if c.paired.tests else None for c in changes])
    changes = [replace(c, p=p) for c, p in zip(changes, adjusted, strict=True)]
    return tuple(sorted(changes, key=lambda change: _order(change, plan)))


def _change(c: Comparison, old: str, new: str, plan: Plan) -> Change:
    after, before = zip(*c.pairs.values(), strict=True)
    return Change(
        c, old, new, mean_interval(before, plan.confidence), mean_interval(after, plan.confidence)
    )


def _order(change: Change, plan: Plan) -> tuple[object, ...]:
    return (
        change.setting.order,
        change.method,
        plan.metrics.index(change.metric),
        version_order(change.new),
    )
