"""Twins shown once: what a page prints and draws of methods with the same results.

Estimates stay what they are, and flat rows have them all; here the same results are taken out of
what is shown a second time. Twins that are the same computation are one everywhere. Of others what
is about accuracy or loss is one, under a joint name, and what is about time or memory stays.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from reports.budgets.estimates import Budgets, UnderBudgets
from reports.claims.evidence import Claimed, Evidence
from reports.comparisons.tallies import Tally
from reports.controls.estimates import ControlGain
from reports.input.metrics import Metric, Scale
from reports.input.pairing import Means
from reports.page.analysis import Analysis
from reports.page.twin_names import Once, once
from reports.standings.estimates import Ranking
from reports.statistics.estimate import Estimate, Gap

Entry = TypeVar("Entry")
NOTHING = Estimate(None, None, None, 0, "", Gap.NO_VALUES)


def shown_once(analysis: Analysis, names: Once) -> Analysis:
    """Return what is shown of an analysis."""
    shown = _renamed(analysis, names, names.everywhere, in_all=True)
    shown = _renamed(shown, names, names.in_results, in_all=False)
    return replace(
        shown,
        budgets=_budgets(analysis.budgets, analysis.context.plan.baseline),
        claims=tuple(_claimed(claimed, names) for claimed in analysis.claims),
    )


def members_of(analysis: Analysis, names: Once) -> dict[str, tuple[str, ...]]:
    """Return the methods of every joint name there is, those of several budgets too."""
    under_all = once(analysis.budgets.twins, analysis.context.plan.baseline)
    return {**under_all.members, **names.members}


def means_once(means: Means, names: Once) -> Means:
    """Take accuracies and losses of twins out of their own means, and put them under one name."""
    found: dict[Any, Mapping[str, Estimate]] = {}
    for (method, setting), own in means.items():
        if method not in names.in_results:
            found[method, setting] = own
            continue
        joint = names.in_results[method]
        apart = {c: NOTHING if _is_result_column(c) else e for c, e in own.items()}
        if joint == method:
            found[method, setting] = own
            continue
        found[method, setting] = apart
        if joint is not None:
            found[joint, setting] = {
                c: e if _is_result_column(c) else NOTHING for c, e in own.items()
            }
    return found


def methods_once(methods: Sequence[str], names: Once) -> tuple[str, ...]:
    """Add the joint names to the methods that are drawn, each before the first of its own."""
    found: list[str] = []
    for method in methods:
        joint = names.in_results.get(method)
        found += [*([joint] if joint and joint != method else []), method]
    return tuple(found)


def _is_result(metric: Metric) -> bool:
    return _is_result_column(metric.column) or metric.is_accuracy


def _is_result_column(column: str) -> bool:
    return column.endswith(("accuracy", "loss"))


def _renamed(
    analysis: Analysis, twins: Once, names: Mapping[str, str | None], *, in_all: bool
) -> Analysis:
    """Rename and leave out: in everything, or in results alone."""
    if not names:
        return analysis

    def concerns(metric: Metric) -> bool:
        return in_all or (_is_result(metric) and metric.scale is not Scale.CENSORED)

    def of(
        entries: Iterable[Entry], field: str, is_there: Callable[[Any], bool] = lambda _: True
    ) -> tuple[Entry, ...]:
        found = []
        for entry in entries:
            name = getattr(entry, field)
            if name not in names or not is_there(entry):
                found.append(entry)
            elif (new := names[name]) is not None:
                found.append(replace(entry, **{field: new}))  # type: ignore[type-var]
        return tuple(found)

    def by_metric(entries: Iterable[Entry], field: str = "method") -> tuple[Entry, ...]:
        return of(entries, field, lambda entry: concerns(entry.metric))

    def of_alike(part: Callable[[Any], object], *kinds: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rename in every kind of entries where all twins have the same of all kinds."""
        same = twins.where_alike(
            names, lambda m: [[part(e) for e in entries if e.method == m] for entries in kinds]
        )
        return [
            tuple(
                replace(entry, method=name)
                for entry in entries
                if (name := same.get(entry.method, entry.method)) is not None
            )
            for entries in kinds
        ]

    def nested(entries: Iterable[Entry], *sides: str) -> tuple[Entry, ...]:
        """Rename the sides of the comparison in each."""
        found = []
        for entry in entries:
            own: tuple[Any, ...] = (entry.comparison,)  # type: ignore[attr-defined]
            for side in sides:
                own = by_metric(own, side)
            found += [replace(entry, comparison=c) for c in own]  # type: ignore[type-var]
        return tuple(found)

    def tally(each: Tally) -> Tally:
        return replace(each, largest=next(iter(by_metric([each.largest], "candidate")), None))

    norms = analysis.gradients
    [controls] = of_alike(_part, analysis.controls)
    ratios, blocks, slopes = of_alike(_anonymous, norms.ratios, norms.norms, norms.slopes)
    shown = replace(
        analysis,
        comparisons=by_metric(analysis.comparisons, "candidate"),
        pooled=nested(analysis.pooled, "candidate"),
        tallies=tuple(
            tally(t) if t.largest else t for t in by_metric(analysis.tallies, "candidate")
        ),
        trends=by_metric(analysis.trends),
        exploratory=nested(analysis.exploratory, "candidate", "baseline"),
        standings=by_metric(analysis.standings),
        improvements=by_metric(analysis.improvements, "candidate"),
        rankings=tuple(_ranking(r, names) if concerns(r.metric) else r for r in analysis.rankings),
        scalings=by_metric(analysis.scalings),
        interactions=by_metric(analysis.interactions),
        finished=of(analysis.finished, "candidate"),
        controls=controls,
        gradients=replace(norms, ratios=ratios, norms=blocks, slopes=slopes),
    )
    if not in_all:
        return shown
    return replace(
        shown,
        context=replace(
            analysis.context,
            methods=tuple(
                name for m in analysis.context.methods if (name := names.get(m, m)) is not None
            ),
        ),
        summaries=of(analysis.summaries, "method"),
        curves=of(analysis.curves, "method"),
        memory=of(analysis.memory, "method"),
        fronts=tuple(replace(f, points=of(f.points, "method")) for f in analysis.fronts),
    )


def _ranking(ranking: Ranking, names: Mapping[str, str | None]) -> Ranking:
    """Show tied twins once; ranks are still among all methods."""
    kept = [
        (name, rank)
        for method, rank in zip(ranking.methods, ranking.mean_ranks, strict=True)
        if (name := names.get(method, method)) is not None
    ]
    return replace(
        ranking,
        methods=tuple(name for name, _ in kept),
        mean_ranks=tuple(rank for _, rank in kept),
        cliques=tuple(
            tuple(n for m in clique if (n := names.get(m, m)) is not None)
            for clique in ranking.cliques
        ),
        left_out=tuple(n for m in ranking.left_out if (n := names.get(m, m)) is not None),
    )


def _part(gain: ControlGain) -> object:
    return gain.setting, gain.control, *gain.by_seed.items()


def _anonymous(entry: Any) -> object:
    return replace(entry, method="")


def _budgets(budgets: Budgets, baseline: str) -> Budgets:
    """Show those once that are twins under every budget; what was spent, where the cost is too."""
    names = once(budgets.twins, baseline)
    same = names.everywhere

    def candidate(one: UnderBudgets) -> str | None:
        known = {**same, **names.in_results} if _is_result(one.metric) else same
        if one.metric.scale is Scale.CENSORED:
            known = same
        name = same.get(one.candidate, one.candidate)
        return None if name is None else known.get(name, name)

    def named(entries: Iterable[Entry]) -> tuple[Entry, ...]:
        found = ((entry, same.get(e := entry.method, e)) for entry in entries)  # type: ignore[attr-defined]
        return tuple(replace(entry, method=name) for entry, name in found if name is not None)  # type: ignore[type-var]

    return replace(
        budgets,
        compared=tuple(
            replace(one, candidate=name)
            for one in budgets.compared
            if (name := candidate(one)) is not None
        ),
        spent=named(budgets.spent),
        summaries={budget: named(own) for budget, own in budgets.summaries.items()},
    )


def _claimed(claimed: Claimed, names: Once) -> Claimed:
    """Show evidence once that is the same of twins, under their joint name; all of it counts."""
    joint = {method: name for name, methods in names.members.items() for method in methods}
    found: dict[Evidence, list[Evidence]] = {}
    for each in claimed.evidence:
        method, against = (joint.get(name, name) for name in (each.method, each.against))
        # A twin against its twin is no evidence of one alone.
        shown = each if method == against else replace(each, method=method, against=against)
        found.setdefault(shown, []).append(each)
    return replace(
        claimed,
        evidence=tuple(
            replace(shown, times=len(own)) if len(own) > 1 else own[0]
            for shown, own in found.items()
        ),
    )
