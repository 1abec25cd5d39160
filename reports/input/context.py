"""What varies in a study: what every table and sentence needs to know besides its values."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.input.metrics import Metric
from reports.input.plan import Plan
from reports.input.runs import Run, metrics_in


@dataclass(frozen=True, slots=True)
class Context:
    """A study's plan, its methods with the baseline first, its metrics, what all its runs share.

    A page need not repeat the data set where there is `one_dataset`, nor device, release of torch
    and budget where there is `one_condition`; it has no column for batch sizes or T where no run
    has any.
    """

    plan: Plan
    methods: tuple[str, ...]
    one_dataset: bool
    one_condition: bool
    metrics: tuple[Metric, ...]
    has_batch_sizes: bool = True
    has_timesteps: bool = True


def context_of(runs: Sequence[Run], plan: Plan) -> Context:
    """Return what varies among `runs`."""
    names = {run.method for run in runs}
    return Context(
        plan=plan,
        methods=tuple(sorted(names, key=lambda name: (name != plan.baseline, name))),
        one_dataset=len({run.dataset for run in runs}) <= 1,
        one_condition=len({run.condition for run in runs}) <= 1,
        metrics=metrics_in([runs], plan.metrics),
        has_batch_sizes=not runs or any(run.batch_size is not None for run in runs),
        has_timesteps=not runs or any(run.timesteps is not None for run in runs),
    )
