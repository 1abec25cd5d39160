"""The evidence of every claim, from a study's runs and what the report has estimated of them."""

from collections.abc import Iterator, Mapping, Sequence

from reports.claims.cost import activations, sent
from reports.claims.evidence import Claim, Claimed, Evidence, Measure
from reports.claims.learning import accuracy_slopes, against_longer, gradient_slopes, parts
from reports.claims.pairs import Runs, compared
from reports.claims.weighing import weigh
from reports.comparisons.pooled import PooledComparison
from reports.controls.estimates import ControlGain
from reports.gradients.estimates import Gradients
from reports.input.pairing import Groups
from reports.input.plan import Plan
from reports.input.runs import Row


def claims_of(
    groups: Groups,
    rows: Mapping[tuple[str, str], Row],
    plan: Plan,
    pooled: Sequence[PooledComparison] = (),
    gradients: Gradients | None = None,
    controls: Sequence[ControlGain] = (),
) -> tuple[Claimed, ...]:
    """Judge the claims in whose parts `plan.claims` names methods; none where it names nobody.

    `rows` are those of the runs frame. Runs of unlike data sets or conditions are never pooled:
    each has evidence of its own, and a verdict needs all of it.
    """
    if plan.claims is None:
        return ()
    places = sorted({s.place for method, s in groups if method == plan.claims.local})
    found: list[Evidence] = []
    for place in places:
        runs = Runs(groups, rows, plan, plan.claims, place, pooled)
        found += _parallel(runs)
        found += _memory(runs)
        found += gradient_slopes(runs, gradients or Gradients())
        found += accuracy_slopes(runs, Claim.GRADIENTS, runs.roles.chained)
        found += sent(runs)
        found += _chain(runs, controls)
    return weigh(found, plan)


def _parallel(runs: Runs) -> Iterator[Evidence]:
    """Divided against undivided, and against back-propagation that is divided over as many."""
    roles, time = runs.roles, (Claim.PARALLEL, Measure.TIME)
    divided, stacked = roles.local_divided, roles.local_stacked
    for against in (roles.local, *roles.chained_divided):
        yield from compared(runs, *time, divided, against)
    yield from compared(runs, *time, divided, roles.chained, decides=False)
    yield from compared(runs, *time, stacked, roles.local, decides=False)
    for method in (roles.local, stacked, *roles.chained_divided):
        yield from compared(runs, *time, method, roles.chained, decides=False)


def _memory(runs: Runs) -> Iterator[Evidence]:
    roles, peak = runs.roles, (Claim.MEMORY, Measure.MEMORY)
    yield from activations(runs, roles.local)
    yield from compared(runs, *peak, roles.local, roles.chained)
    yield from activations(runs, roles.chained, decides=False)
    yield from activations(runs, roles.local_stacked, decides=False)
    yield from compared(runs, *peak, roles.local_stacked, roles.chained, decides=False)
    for against in (roles.local, *roles.chained_divided):
        yield from compared(runs, *peak, roles.local_divided, against, decides=False)


def _chain(runs: Runs, controls: Sequence[ControlGain]) -> Iterator[Evidence]:
    for rival in runs.roles.rivals:
        yield from compared(runs, Claim.CHAIN, Measure.ACCURACY, runs.roles.local, rival)
    yield from parts(runs, controls)
    yield from against_longer(runs)
    for rival in runs.roles.rivals:
        yield from accuracy_slopes(runs, Claim.CHAIN, rival, alone=(rival,))
