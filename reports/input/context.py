"""What varies in a study: what every table and sentence needs to know besides its values."""

from dataclasses import dataclass

from reports.input.metrics import Metric
from reports.input.plan import Plan


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
