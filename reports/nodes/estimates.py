"""How fast each machine was, in the runs that several of them made alike."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from reports.input.runs import Run

SECONDS = "epoch_seconds"

Node = tuple[str, str]
"""A machine's name and its kind."""


@dataclass(frozen=True, slots=True)
class NodeTime:
    """One machine: its kind, its runs, those that finished, and its time per epoch.

    `ratio` is the geometric mean of an epoch's time over that of the same method and setting on all
    machines together, of `settings` arms that more than one has; `None` where there is none.
    """

    node: str
    machine: str
    runs: int
    finished: int
    ratio: float | None
    settings: int


def times_by_node(runs: Iterable[Run]) -> tuple[NodeTime, ...]:
    """Return the machines of `runs`; none where they are one, or where nobody has said."""
    by_node: dict[Node, list[Run]] = defaultdict(list)
    for run in runs:
        if run.node:
            by_node[run.node, run.machine].append(run)
    if len(by_node) < 2:
        return ()
    ratios = _log_ratios(by_node)
    return tuple(
        NodeTime(
            node=node,
            machine=machine,
            runs=len(made),
            finished=sum(run.ok for run in made),
            ratio=float(np.exp(np.mean(found))) if (found := ratios[node, machine]) else None,
            settings=len(found),
        )
        for (node, machine), made in sorted(by_node.items())
    )


def _log_ratios(by_node: dict[Node, list[Run]]) -> dict[Node, list[float]]:
    """Return by machine, for every arm that several have, the log of its time over all theirs."""
    logs: dict[tuple[object, ...], dict[Node, list[float]]] = defaultdict(lambda: defaultdict(list))
    for node, made in by_node.items():
        for run in made:
            seconds = run.values.get(SECONDS)
            if seconds is not None:
                arm = (run.method, run.dataset, run.batch_size, run.timesteps, run.condition)
                logs[arm][node].append(float(np.log(seconds)))
    ratios: dict[Node, list[float]] = defaultdict(list)
    for found in logs.values():
        means = {node: float(np.mean(values)) for node, values in found.items()}
        for node, mean in means.items():
            if len(means) > 1:
                ratios[node].append(mean - float(np.mean(list(means.values()))))
    return ratios
