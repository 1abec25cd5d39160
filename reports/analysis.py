"""Frames and a plan in, everything a page says out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from reports.caveats import Caveat, find_caveats
from reports.comparisons import Comparison, Family, compare_all, families, group_runs
from reports.controls import ControlGain, control_gains
from reports.measuring import MeasuringTrouble, measuring_troubles
from reports.memory_parts import MemoryParts, memory_parts
from reports.plan import Plan
from reports.published import BesideOurs, beside_published, published_results
from reports.records import Run, latest_per_seed, read_curves, read_runs
from reports.summaries import (
    CurveGroup,
    GroupSummary,
    Tally,
    Trend,
    curve_groups,
    summarise,
    tallies,
    trends,
)
from reports.versions import Change, changes_across_versions


@dataclass(frozen=True, slots=True)
class Analysis:
    """A study's results, estimated and judged.  Words, tables and figures only print it.

    `runs` holds the latest record of every seed, `methods` their methods with the baseline first.
    """

    plan: Plan
    runs: tuple[Run, ...]
    methods: tuple[str, ...]
    summaries: tuple[GroupSummary, ...]
    comparisons: tuple[Comparison, ...]
    families: tuple[Family, ...]
    tallies: tuple[Tally, ...]
    trends: tuple[Trend, ...]
    curves: tuple[CurveGroup, ...]
    caveats: tuple[Caveat, ...]
    controls: tuple[ControlGain, ...]
    beside_published: tuple[BesideOurs, ...]
    measuring: tuple[MeasuringTrouble, ...] = ()
    memory: tuple[MemoryParts, ...] = ()
    versions: tuple[Change, ...] = ()

    @property
    def failures(self) -> tuple[Run, ...]:
        """Runs that did not finish."""
        return tuple(run for run in self.runs if not run.ok)

    @property
    def one_dataset(self) -> bool:
        """Whether all runs are on the same data set."""
        return len({run.dataset for run in self.runs}) <= 1

    @property
    def one_condition(self) -> bool:
        """Whether device, torch version and budget are the same in all runs."""
        return len({run.condition for run in self.runs}) <= 1


def analyse(
    runs: pd.DataFrame, epochs: pd.DataFrame, plan: Plan, controls: pd.DataFrame | None = None
) -> Analysis:
    """Estimate and compare everything `plan` asks for.

    `runs` has one row per record and `epochs` one per epoch, with the columns of
    `records.RUN_COLUMNS` and `records.EPOCH_COLUMNS` (others are ignored); the order of rows
    changes nothing.  `controls` has one row per run and control, if any were run.  Raises
    `FrameError` if a column is missing.
    """
    kept, superseded = latest_per_seed(read_runs(runs))
    groups = group_runs(kept)
    summaries = summarise(groups, plan)
    comparisons = compare_all(groups, plan)
    holm_families = families(comparisons, plan)
    names = {run.method for run in kept}
    return Analysis(
        plan=plan,
        runs=kept,
        methods=tuple(sorted(names, key=lambda name: (name != plan.baseline, name))),
        summaries=summaries,
        comparisons=comparisons,
        families=holm_families,
        tallies=tallies(comparisons),
        trends=trends(summaries),
        curves=curve_groups(groups, read_curves(epochs)),
        caveats=find_caveats(kept, superseded, comparisons, holm_families, plan),
        controls=control_gains(kept, controls, plan.confidence),
        beside_published=beside_published(kept, summaries, published_results()),
        measuring=measuring_troubles(kept, runs),
        memory=memory_parts(groups, runs),
        versions=changes_across_versions(kept, plan),
    )
