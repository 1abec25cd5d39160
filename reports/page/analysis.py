"""Frames and a plan in, everything a page says out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from reports.answer.estimates import Arm, arms
from reports.budgets.estimates import Budgets, budgets_beside
from reports.claims.estimates import claims_of
from reports.claims.evidence import Claimed
from reports.comparisons.estimates import Comparison
from reports.comparisons.exploratory import ExploratoryPair, explore_pairs
from reports.comparisons.finished import FinishedComparison, compare_finished
from reports.comparisons.gated import Family, families
from reports.comparisons.looks import compare_at_looks, of_the_page
from reports.comparisons.pooled import PooledComparison
from reports.comparisons.tallies import Tally, tallies
from reports.controls.estimates import ControlGain, control_gains
from reports.curves.estimates import CurveGroup, curve_groups
from reports.gradients.estimates import Gradients, gradients_of
from reports.input.context import Context, context_of
from reports.input.pairing import group_runs
from reports.input.plan import Plan
from reports.input.runs import (
    Run,
    as_declared,
    latest_per_seed,
    read_curves,
    read_runs,
    row_of,
    rows_by_run,
)
from reports.input.targets import Target, find_targets, with_target_costs
from reports.input.tuning import Tuning
from reports.input.twins import Twins, find_twins
from reports.memory.estimates import MemoryParts, memory_parts
from reports.nodes.estimates import NodeTime, times_by_node
from reports.page.collection import collection_paused
from reports.pareto.estimates import Front, pareto_fronts
from reports.provenance.estimates import Origin, origin_of
from reports.published.estimates import BesideOurs, Key, Published, beside_published
from reports.scaling.estimates import DividedArm, divided_arms
from reports.settings.estimates import GroupSummary, means_of, summarise
from reports.standings.estimates import (
    Improvement,
    Ranking,
    Standing,
    improvements,
    rankings,
    standings,
)
from reports.trends.ends import Trend, trends
from reports.trends.estimates import Scaling, interactions, trends_over
from reports.tuning.estimates import TuningGain, tuning_gains
from reports.versions.estimates import Change, changes_across_versions
from reports.warnings.caveat import Caveat, Evidence
from reports.warnings.found import find_caveats


@dataclass(frozen=True, slots=True)
class Analysis:
    """A study's results, estimated and judged. Words, tables and figures only print it.

    `runs` holds the latest record of every seed. Where the plan has several budgets, everything is
    about runs under the first, and `budgets` has what there is under all of them.
    """

    context: Context
    runs: tuple[Run, ...]
    summaries: tuple[GroupSummary, ...]
    comparisons: tuple[Comparison, ...]
    pooled: tuple[PooledComparison, ...]
    families: tuple[Family, ...]
    tallies: tuple[Tally, ...]
    trends: tuple[Trend, ...]
    curves: tuple[CurveGroup, ...]
    caveats: tuple[Caveat, ...]
    controls: tuple[ControlGain, ...]
    beside_published: tuple[BesideOurs, ...]
    targets: tuple[Target, ...]
    exploratory: tuple[ExploratoryPair, ...]
    standings: tuple[Standing, ...]
    improvements: tuple[Improvement, ...]
    rankings: tuple[Ranking, ...]
    scalings: tuple[Scaling, ...]
    interactions: tuple[Scaling, ...]
    fronts: tuple[Front, ...]
    finished: tuple[FinishedComparison, ...] = ()
    memory: tuple[MemoryParts, ...] = ()
    versions: tuple[Change, ...] = ()
    divided: tuple[DividedArm, ...] = ()
    nodes: tuple[NodeTime, ...] = ()
    arms: tuple[Arm, ...] = ()
    origin: Origin | None = None
    tuning: Tuning | None = None
    tuning_gains: tuple[TuningGain, ...] = ()
    gradients: Gradients = field(default_factory=Gradients)
    budgets: Budgets = field(default_factory=Budgets)
    claims: tuple[Claimed, ...] = ()
    twins: tuple[Twins, ...] = ()

    @property
    def failures(self) -> tuple[Run, ...]:
        """Runs that did not finish."""
        return tuple(run for run in self.runs if not run.ok)


@collection_paused()
def analyse(
    runs: pd.DataFrame,
    epochs: pd.DataFrame,
    plan: Plan,
    controls: pd.DataFrame | None = None,
    *,
    published: Mapping[Key, Published] | None = None,
    all_configurations: bool = False,
    hint: str = "",
    tuning: Tuning | None = None,
    before_tuning: pd.DataFrame | None = None,
    gradients: pd.DataFrame | None = None,
) -> Analysis:
    """Estimate and compare everything `plan` asks for.

    `runs` has one row per record and `epochs` one per epoch, with the columns of
    `runs.RUN_COLUMNS` and `runs.EPOCH_COLUMNS` (others are ignored); the order of rows
    changes nothing. `controls` has one row per run and control, if any were run; `published` are
    results to put beside ours.

    Runs whose column `configuration` is not empty differ from what the study declares. They are set
    aside and counted in a warning, which ends with `hint`: how to see them; with
    `all_configurations` they are arms of their own. Raises `FrameError` if a column is missing.

    `tuning` says how the options were chosen, `before_tuning` are runs with those from before.
    `gradients` has one row per run, epoch and block, if norms were measured.
    """
    curves = read_curves(epochs)
    declared, others = as_declared(
        read_runs(runs, plan.metrics), all_configurations=all_configurations
    )
    kept, superseded = latest_per_seed(declared)
    every_target = find_targets(kept, curves, plan)
    under_all = with_target_costs(kept, curves, every_target)
    # All budgets are judged together, for they share alpha; the page then shows the first.
    every, every_pooled = compare_at_looks(group_runs(under_all), plan)
    alpha_families = families(every, every_pooled, plan)
    comparisons, pooled = of_the_page(every, every_pooled, plan)
    kept = tuple(run for run in under_all if not plan.is_beside(run.condition.budget))
    groups = group_runs(kept)
    summaries = summarise(groups, plan)
    rows = rows_by_run(runs)
    finished = [(run, row_of(run, rows)) for run in kept if run.ok]
    scalings = trends_over(groups, plan)
    norms = gradients_of(kept, gradients, scalings, plan.confidence)
    parts = control_gains(kept, controls, plan.confidence)
    same = find_twins(kept, rows, curves, plan.baseline)
    evidence = Evidence(
        plan, kept, superseded, others, comparisons, alpha_families, pooled, finished, hint, tuning,
        norms, same, tuple(run for run in under_all if plan.is_beside(run.condition.budget)),
    )  # fmt: skip
    before = () if before_tuning is None else read_runs(before_tuning, plan.metrics)
    return Analysis(
        context=context_of(kept, plan),
        runs=kept,
        summaries=summaries,
        comparisons=comparisons,
        pooled=pooled,
        families=alpha_families,
        tallies=tallies(comparisons),
        trends=trends(means_of(summaries), plan),
        curves=curve_groups(groups, curves, plan.confidence),
        caveats=find_caveats(evidence),
        controls=parts,
        beside_published=beside_published(groups, summaries, published or {}, plan.confidence),
        targets=tuple(t for t in every_target if not plan.is_beside(t.condition.budget)),
        exploratory=explore_pairs(groups, plan),
        standings=standings(groups, plan),
        improvements=improvements(groups, plan),
        rankings=rankings(groups, plan),
        scalings=scalings,
        interactions=interactions(groups, plan),
        fronts=pareto_fronts(groups, plan),
        finished=compare_finished(groups, plan),
        memory=memory_parts(groups, rows),
        versions=changes_across_versions(kept, plan),
        divided=divided_arms(groups, rows, plan),
        nodes=times_by_node(kept),
        arms=arms(pooled, summaries, same, plan),
        origin=origin_of((run, row_of(run, rows)) for run in under_all),
        tuning=tuning,
        tuning_gains=tuning_gains(
            tuning, kept, latest_per_seed(as_declared(before)[0])[0], plan.confidence
        ),
        gradients=norms,
        budgets=budgets_beside(every_pooled, under_all, rows, curves, every_target, plan),
        claims=claims_of(groups, rows, plan, pooled, norms, parts),
        twins=same,
    )
