"""What varies in a study: what every table and sentence needs to know besides its values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from reports.input.metrics import Metric
from reports.input.plan import Plan
from reports.input.runs import Condition, Run, metrics_in
from reports.input.units import BYTES, SECONDS, Unit


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
    has_stacked_seeds: bool = False
    """Whether seeds were computed as one, of which no time and no memory is any run's own."""
    unlike: frozenset[str] = frozenset()
    """Fields of `Condition` that vary."""
    units: Mapping[str, Unit] = field(default_factory=dict)
    """By a metric's column, the unit of its values wherever they are shown."""

    def unit(self, metric: Metric) -> Unit:
        """Return the unit of a metric's values in every table, figure and sentence."""
        return self.units.get(metric.column, metric.units.shown[0])

    @property
    def time_unit(self) -> Unit:
        """The unit of training time, which curves run over."""
        return self.units.get("train_seconds", SECONDS.shown[1])

    @property
    def memory_unit(self) -> Unit:
        """The unit of memory, its parts too."""
        return self.units.get("peak_memory_bytes", BYTES.shown[1])


def context_of(runs: Sequence[Run], plan: Plan) -> Context:
    """Return what varies among `runs`."""
    names = {run.method for run in runs}
    metrics = metrics_in([runs], plan.metrics)
    return Context(
        plan=plan,
        methods=tuple(sorted(names, key=lambda name: (name != plan.baseline, name))),
        one_dataset=len({run.dataset for run in runs}) <= 1,
        one_condition=len({run.condition for run in runs}) <= 1,
        metrics=metrics,
        has_batch_sizes=not runs or any(run.batch_size is not None for run in runs),
        has_timesteps=not runs or any(run.timesteps is not None for run in runs),
        has_stacked_seeds=any(run.stacked for run in runs),
        unlike=frozenset(
            entry.name
            for entry in fields(Condition)
            if len({getattr(run.condition, entry.name) for run in runs}) > 1
        ),
        units={
            metric.column: metric.units.fitting([run.values.get(metric.column) for run in runs])
            for metric in metrics
        },
    )
