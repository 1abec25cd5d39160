"""What a reader has to know before believing a number: mixtures, failures, too few seeds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from reports.comparisons.estimates import Comparison, Family
from reports.input.plan import Plan
from reports.input.runs import Run
from reports.statistics.multiplicity import smallest_exact_p

COMPARED_APART = ("device", "torch_version", "budget")
NEVER_SILENT = (*COMPARED_APART, "data_checksum", "code_version", "device_name")


class Kind(StrEnum):
    """What a caveat is about; `sentences` has the words for each."""

    NOTHING_FINISHED = "nothing finished"
    NO_BASELINE = "no baseline"
    COMPARED_APART = "conditions compared apart"
    MIXED = "mixed provenance"
    SUPERSEDED = "superseded records"
    FAILURES = "failures"
    UNUSABLE = "unusable values"
    LEFT_OUT = "seeds left out"
    TOO_FEW_PAIRS = "too few pairs"
    CANNOT_REACH_ALPHA = "cannot reach alpha"
    DISAGREEMENT = "tests disagree"


@dataclass(frozen=True, slots=True)
class Caveat:
    """One warning: its kind, what it is about, how often, and the values at issue."""

    kind: Kind
    subject: str = ""
    count: int = 0
    of: int = 0
    values: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()


def find_caveats(
    runs: tuple[Run, ...],
    superseded: tuple[Run, ...],
    comparisons: tuple[Comparison, ...],
    families: tuple[Family, ...],
    plan: Plan,
) -> tuple[Caveat, ...]:
    """Every caveat of an analysis, the ones that change the reading most first.

    `runs` are those analysed, `superseded` the older records of the same seed.
    """
    return (
        *_absences(runs, plan),
        *_mixtures(runs, superseded),
        *_failures(runs),
        *_pairs(comparisons),
        *_reach(comparisons, families),
    )


def _absences(runs: tuple[Run, ...], plan: Plan) -> Iterator[Caveat]:
    if not any(run.ok for run in runs):
        yield Caveat(Kind.NOTHING_FINISHED, of=len(runs))
    elif not any(run.method == plan.baseline for run in runs):
        methods = tuple(sorted({run.method for run in runs}))
        yield Caveat(Kind.NO_BASELINE, subject=plan.baseline, values=methods)


def _mixtures(runs: tuple[Run, ...], superseded: tuple[Run, ...]) -> Iterator[Caveat]:
    """Fields that differ between runs of one data set; nothing of the kind is pooled silently."""
    by_dataset: dict[str, list[Run]] = defaultdict(list)
    for run in (*runs, *superseded):
        by_dataset[run.dataset].append(run)
    for field in NEVER_SILENT:
        for dataset, members in sorted(by_dataset.items()):
            values = tuple(sorted({_field(run, field) for run in members}))
            if len(values) > 1:
                kind = Kind.COMPARED_APART if field in COMPARED_APART else Kind.MIXED
                yield Caveat(
                    kind, subject=field, count=_mixed_seeds(members, field),
                    values=(dataset, *values),
                )  # fmt: skip
    if superseded:
        yield Caveat(Kind.SUPERSEDED, count=len(superseded), of=len(runs) + len(superseded))


def _mixed_seeds(runs: Iterable[Run], field: str) -> int:
    """How many (method, batch size, T, seed) groups hold more than one value of `field`."""
    seen = defaultdict(set)
    for run in runs:
        seen[run.method, run.batch_size, run.timesteps, run.seed].add(_field(run, field))
    return sum(len(values) > 1 for values in seen.values())


def _field(run: Run, field: str) -> str:
    value = getattr(run.condition, field) if field in COMPARED_APART else run.provenance[field]
    return str(value) or "(not recorded)"


def _failures(runs: tuple[Run, ...]) -> Iterator[Caveat]:
    for status, count in sorted(Counter(run.status for run in runs if not run.ok).items()):
        methods = tuple(sorted({run.method for run in runs if run.status == status}))
        yield Caveat(Kind.FAILURES, subject=status, count=count, of=len(runs), values=methods)
    for column, count in sorted(Counter(c for run in runs for c in run.unusable).items()):
        methods = tuple(sorted({run.method for run in runs if column in run.unusable}))
        yield Caveat(Kind.UNUSABLE, subject=column, count=count, values=methods)


def _pairs(comparisons: tuple[Comparison, ...]) -> Iterator[Caveat]:
    # Where nobody reached the target there is nothing to pair: a result, and no defect of the runs.
    few = [
        c
        for c in comparisons
        if c.n < 3 and not (c.paired.censoring and c.n + c.paired.censoring.neither >= 3)
    ]
    if few:
        names = tuple(sorted({c.candidate for c in few}))
        yield Caveat(Kind.TOO_FEW_PAIRS, count=len(few), of=len(comparisons), values=names)
    left = [c for c in comparisons if c.left_out and c.n >= 3 and not c.paired.censoring]
    if left:
        names = tuple(sorted({c.candidate for c in left}))
        yield Caveat(Kind.LEFT_OUT, count=len(left), of=len(comparisons), values=names)
    disagreeing = [c for c in comparisons if c.disagrees]
    if disagreeing:
        names = tuple(sorted({c.candidate for c in disagreeing}))
        yield Caveat(Kind.DISAGREEMENT, count=len(disagreeing), of=len(comparisons), values=names)


def _reach(comparisons: tuple[Comparison, ...], families: tuple[Family, ...]) -> Iterator[Caveat]:
    """Metrics whose exact test cannot pass alpha; those in the same straits are told together.

    The n that is told is the largest that does not suffice: the others suffice even less.
    """
    shapes: dict[tuple[int, int, int, bool], list[str]] = defaultdict(list)
    for family in families:
        short = [
            c.n
            for c in comparisons
            if (c.metric, c.family) == (family.metric, family.members)
            and c.paired.tests is not None
            and not c.reachable
        ]
        if short:
            exact = family.metric.is_censored
            shapes[family.tests, max(short), family.seeds_needed, exact].append(
                ", ".join((family.metric.name, *family.members))
            )
    for (tests, n, needed, exact), names in shapes.items():
        yield Caveat(
            Kind.CANNOT_REACH_ALPHA,
            count=n,
            of=tests,
            values=tuple(names),
            numbers=(smallest_exact_p(n), float(needed), float(exact)),
        )
