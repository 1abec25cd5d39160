"""What a study would run and what it could show, before anything runs: `bench.run --plan`."""

import math
from collections.abc import Iterator, Sequence

from rich.table import Table

from bench.console import Console
from bench.progress import Forecast, clock
from bench.records import frame
from bench.records.known import known_records
from bench.records.record import SETTLED, Record
from bench.records.store import RecordStore
from bench.study.cells import Cell, expand
from bench.study.ranges import written
from bench.study.study import Study
from noprop_core import registry
from reports.comparisons.pooled import PooledComparison
from reports.display.numbers import p_text
from reports.display.words import counted
from reports.input.plan import Plan
from reports.page.primary import primary_pooled
from reports.statistics.gate import pooled_share, setting_share
from reports.statistics.multiplicity import seeds_for, smallest_exact_p
from reports.statistics.power import detectable_effect, pairs_needed, spread_interval
from reports.statistics.sequential import level_at, plan_looks

NOT_KNOWN = "\N{EM DASH}"


def print_plan(
    study: Study, declared: Study, store: RecordStore, device: str, *, side_by_side: bool = False
) -> None:
    """Print the plan of `study`, what a call asks for of what is `declared`, as tables.

    Runs nothing and writes nothing.
    """
    cells = expand(study, device, side_by_side=side_by_side)
    known = known_records(store.folder, expand(declared, device, side_by_side=side_by_side))
    console = Console(highlight=False)
    console.print(
        plan_table(f"plan of the study {study.name}", ("", ""), _runs(study, cells, known, store))
    )
    console.print(plan_table(*_questions(declared)))
    console.print(plan_table(*_effects(declared, known)))


def plan_table(title: str, headings: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Table:
    """Return rows of text under their headings, if there are any."""
    table = Table(title=title, title_justify="left", show_header=any(headings))
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*row)
    return table


def _runs(
    study: Study, cells: Sequence[Cell], known: Sequence[Record], store: RecordStore
) -> Iterator[tuple[str, ...]]:
    settled = {k for k, r in store.found(cells).items() if r.status in SETTLED}
    left = [cell for cell in cells if cell.id not in settled]
    most = "at most " if study.sequential else ""
    yield "folder", str(store.folder)
    yield (
        "runs",
        f"{most}{len(cells)}, of {counted(len(study.seeds), 'seed')}: {written(study.seeds)}",
    )
    yield "on record", f"{len(settled)}, which are not run again"
    yield "to run", f"{most}{len(left)}"
    seconds = Forecast(known).seconds_for(left) if left else 0.0
    measured = counted(len(known), "record")
    yield (
        "time",
        "not known: no run of these methods and settings is on record here or in a folder beside"
        if seconds is None
        else f"{most}about {clock(seconds)}, by {measured} here and in folders beside",
    )
    if study.sequential:
        for look in plan_looks(study.sequential.looks, study.alpha):
            what = f"at {look.seeds} seeds: alpha spent {look.spent:.2g} of {study.alpha:g}"
            yield "look", what
        yield "ends", "at the look that decides every verdict, or at the last"


def _questions(study: Study) -> tuple[str, Sequence[str], Iterator[tuple[str, ...]]]:
    plan, n = Plan.of(study, study.name), len(study.seeds)
    candidates, settings = families_of(study)
    asked = _asks_for_interactions(study)
    overall = study.alpha * pooled_share(candidates, asked=asked)
    within = study.alpha * setting_share(candidates, settings, asked=asked)
    what = "candidate" if len(study.budget.each) == 1 else "comparison"
    rows = [(f"pooled: {counted(candidates, what)}", overall)]
    if settings > 1:
        rows.append((f"then {settings} settings of each", within))

    def lines() -> Iterator[tuple[str, ...]]:
        for what, level in rows:
            last = level_at(level, _looks(study), len(_looks(study)))
            smallest = smallest_exact_p(n)
            reach = "enough" if smallest <= last * (1 + 1e-12) else "too much"
            exact = f"{p_text(smallest)}, {reach}"
            yield what, p_text(last), exact, f"n = {seeds_for(last)}", "none"

    title = f"tests in {plan.primary.name.lower()}, the primary metric, with n = {n}"
    headings = ("who shares alpha", "level", "smallest exact p", "exact needs", "smallest t p")
    return title, headings, lines()


def _effects(
    study: Study, known: Sequence[Record]
) -> tuple[str, Sequence[str], Iterator[tuple[str, ...]]]:
    plan = Plan.of(study, study.name)
    margin = plan.margin_of(plan.primary)
    unit = "pp" if plan.primary.is_difference else "%"
    title = (
        f"what {counted(len(study.seeds), 'seed')} can show over all settings, with "
        f"{100 * study.power:g} % probability"
    )
    headings = (
        "candidate", "n so far", "spread", "effect shown", f"n for {margin:g} {unit}"
    )  # fmt: skip

    def lines() -> Iterator[tuple[str, ...]]:
        measured = {_place(p, study): p for p in _pooled(study, known)}
        for budget in study.budget.labels_on(study.train_images) or ("",):
            for dataset in study.datasets:
                for method in study.methods:
                    if method != study.baseline:
                        where = "" if len(study.datasets) == 1 else f" on {dataset}"
                        under = f" under {budget}" if budget else ""
                        found = measured.get((method, dataset, budget))
                        yield f"{method}{where}{under}", *_effect(found, study)

    return title, headings, lines()


def _place(pooled: PooledComparison, study: Study) -> tuple[str, str, str]:
    """Candidate, data set, and budget where there are several."""
    setting = pooled.comparison.setting
    budget = setting.condition.budget if study.budget.labels_on(study.train_images) else ""
    return pooled.comparison.candidate, setting.dataset, budget


def _effect(pooled: PooledComparison | None, study: Study) -> tuple[str, str, str, str]:
    """Seeds measured, their spread, the effect shown, and the seeds that the margin takes."""
    effect = None if pooled is None else pooled.comparison.paired
    if effect is None or not effect.spread or effect.effect.n < 3:
        return (NOT_KNOWN,) * 4
    spread, n, looks = effect.spread, effect.effect.n, _looks(study)
    candidates, _ = families_of(study)
    planned = study.alpha * pooled_share(candidates, asked=_asks_for_interactions(study))
    level = level_at(planned, looks, len(looks))
    is_ratio = effect.kind == "ratio"
    margin = math.log(effect.margin) if is_ratio else effect.margin
    values = (spread, *spread_interval(spread, n))
    shown = [detectable_effect(s, len(study.seeds), level, study.power) for s in values]
    needed = [pairs_needed(margin, s, level, study.power) for s in values]
    return (
        str(n),
        _with_range([_size(s, is_ratio=is_ratio) for s in values]),
        _with_range([_size(s, is_ratio=is_ratio) for s in shown]),
        _with_range([NOT_KNOWN if k is None else str(k) for k in needed]),
    )


def families_of(study: Study) -> tuple[int, int]:
    """Return how many pooled comparisons share alpha in a metric, and the most settings of one."""
    candidates = len(study.methods) - 1
    with_t = [method for method in study.methods if registry.find(method).uses_timesteps]
    sizes = {
        "candidate": candidates,
        "dataset": len(study.datasets),
        "batch_size": len(study.batch_sizes),
        "timesteps": max((len(study.timesteps_of(m)) for m in with_t), default=1),
    }
    sizes |= dict.fromkeys(study.families, 1)
    arms = sizes["candidate"] * sizes["dataset"] * len(study.budget.each)
    return arms, sizes["batch_size"] * sizes["timesteps"]


def _asks_for_interactions(study: Study) -> bool:
    """Whether effects can be asked to depend on T or batch size, which takes a part of alpha."""
    with_t = any(registry.find(method).uses_timesteps for method in study.methods)
    return len(study.batch_sizes) > 1 or (with_t and len(study.timesteps) > 1)


def _pooled(study: Study, known: Sequence[Record]) -> Sequence[PooledComparison]:
    if not known:
        return ()
    plan = Plan.of(study, study.name, budgets=study.budget.labels_on(study.train_images))
    plan = plan.model_copy(update={"sequential": None})
    return primary_pooled(frame.runs_frame(known), frame.epochs_frame(known), plan)


def _looks(study: Study) -> tuple[int, ...]:
    return () if study.sequential is None else tuple(study.sequential.looks)


def _size(value: float | None, *, is_ratio: bool) -> str:
    if value is None:
        return NOT_KNOWN
    return f"\N{MULTIPLICATION SIGN}{math.exp(value):.3g}" if is_ratio else f"{value:.2f} pp"


def _with_range(texts: Sequence[str]) -> str:
    """`1.2 pp [0.8, 2.4]`: a figure, and what it would be at the ends of the spread's interval."""
    middle, low, high = texts
    return (
        middle
        if middle == NOT_KNOWN
        else f"{middle} [{low.removesuffix(' pp')}, {high.removesuffix(' pp')}]"
    )
