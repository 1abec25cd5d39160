"""Twins shown once: what a page prints and draws of methods with the same results.

Estimates stay what they are, and flat rows have them all; here the same results are taken out of
what is shown a second time. Twins that are the same computation are one everywhere. Of others what
is about accuracy or loss is one, under a joint name, and what is about time or memory stays.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from reports.comparisons.tallies import Tally
from reports.controls.estimates import ControlGain
from reports.input.metrics import Metric, Scale
from reports.input.pairing import Means
from reports.input.twins import NAME_OF_SAME, Twins
from reports.page.analysis import Analysis
from reports.standings.estimates import Ranking
from reports.statistics.estimate import Estimate, Gap

Entry = TypeVar("Entry")
NOTHING = Estimate(None, None, None, 0, "", Gap.NO_VALUES)


@dataclass(frozen=True, slots=True)
class Once:
    """How twins are called: their names as they are shown, `None` for what another stands for.

    `everywhere` holds for all that is shown, `in_results` for accuracy and loss besides.
    `members` are the methods that a joint name stands for.
    """

    everywhere: Mapping[str, str | None]
    in_results: Mapping[str, str | None]
    members: Mapping[str, tuple[str, ...]]


def once(twins: Sequence[Twins], baseline: str) -> Once:
    """Return how twins are called; the baseline keeps its name, since everything is against it."""
    everywhere: dict[str, str | None] = {}
    in_results: dict[str, str | None] = {}
    members: dict[str, tuple[str, ...]] = {}
    for each in twins:
        known = everywhere if each.same_cost else in_results
        shown = [name for m in each.methods if (name := everywhere.get(m, m)) is not None]
        joint = each.first if each.first == baseline else NAME_OF_SAME.join(shown)
        known |= dict.fromkeys(shown[1:], None) | {shown[0]: joint}
        members[joint] = each.methods
    return Once(everywhere, in_results, members)


def shown_once(analysis: Analysis, names: Once) -> Analysis:
    """Return what is shown of an analysis."""
    shown = _renamed(analysis, names.everywhere, in_all=True)
    return _renamed(shown, names.in_results, in_all=False)


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


def _renamed(analysis: Analysis, names: Mapping[str, str | None], *, in_all: bool) -> Analysis:
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
        controls=_controls(analysis.controls, names),
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


def _controls(
    gains: Sequence[ControlGain], names: Mapping[str, str | None]
) -> tuple[ControlGain, ...]:
    """Show parts of twins once where all of them have the same parts with the same gains."""
    parts = {name: _parts(gains, name) for name in names}
    if len(set(parts.values())) > 1:
        return tuple(gains)
    return tuple(
        replace(gain, method=name)
        for gain in gains
        if (name := names.get(gain.method, gain.method)) is not None
    )


def _parts(gains: Sequence[ControlGain], method: str) -> frozenset[object]:
    return frozenset(
        (gain.setting, gain.control, *gain.by_seed.items())
        for gain in gains
        if gain.method == method
    )
