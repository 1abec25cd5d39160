"""Did runs finish?  A question of its own for every candidate, before any mean of finished runs."""

from collections import defaultdict
from dataclasses import dataclass

from reports.comparisons.failures import finished_in
from reports.input.pairing import Groups, Setting, meetings, runs_at
from reports.input.plan import Plan
from reports.input.runs import Condition
from reports.statistics.equivalence import Judgement, Verdict
from reports.statistics.finished import Finished, judge_finished
from reports.statistics.multiplicity import holm


@dataclass(frozen=True, slots=True)
class FinishedComparison:
    """How often a candidate and the baseline finished the runs that both made, over all settings.

    `setting` is the first of them; `adjusted_p` by Holm's method over the candidates.
    """

    candidate: str
    baseline: str
    setting: Setting
    settings: int
    seeds: int
    finished: Finished
    adjusted_p: float
    judgement: Judgement

    @property
    def verdict(self) -> Verdict:
        """Who finishes more often, if that is shown."""
        return self.judgement.verdict

    @property
    def points(self) -> float:
        """Share of runs that the candidate finished less that of the baseline, in points."""
        f = self.finished
        return 100 * (f.candidate - f.baseline) / f.runs


def compare_finished(groups: Groups, plan: Plan) -> tuple[FinishedComparison, ...]:
    """Compare every candidate; empty where all runs of the study finished."""
    if all(run.ok for runs in groups.values() for run in runs):
        return ()
    met: dict[tuple[str, tuple[str, Condition]], list[Setting]] = defaultdict(list)
    for candidate, setting in meetings(groups, plan.baseline):
        met[candidate, setting.place].append(setting)
    found: list[tuple[str, Setting, int, int, Finished]] = []
    for (candidate, _), settings in met.items():
        sides = [
            (runs_at(groups, candidate, s), runs_at(groups, plan.baseline, s)) for s in settings
        ]
        both = [ours.keys() & theirs.keys() for ours, theirs in sides]
        counted = finished_in(sides, seed=plan.random_seed)
        if counted is not None:
            many, seeds = sum(map(bool, both)), len(set().union(*both))
            found.append((candidate, settings[0], many, seeds, counted))
    family = [counted for *_, counted in found]
    return tuple(
        FinishedComparison(
            candidate, plan.baseline, setting, many, seeds, counted, adjusted or 0.0, judgement
        )
        for (candidate, setting, many, seeds, counted), adjusted, judgement in zip(
            found,
            holm([f.p for f in family]),
            judge_finished(family, alpha=plan.alpha),
            strict=True,
        )
    )
