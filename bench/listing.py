"""What can be named on a command line, without importing any of it: `--list`."""

import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from math import prod
from typing import Any

from bench.study.named import named_studies
from bench.study.ranges import listed
from noprop_core.datasets.table import DATASETS, offered
from noprop_core.declared import ENTRY_POINT_GROUP, declared, without_variant


def listing() -> str:
    """Return the studies, methods and data sets that can be named, each with what it is."""
    lines = ["studies"]
    for name, path in named_studies().items():
        study = tomllib.loads(path.read_text(encoding="utf-8"))
        runs = number_of_runs(study)
        lines.append(f"  {name:<20}{study.get('description', '')} ({runs} runs)")
    lines += ["", "methods"]
    lines += [f"  {name:<20}{title}" for name, title in sorted(methods())]
    lines += ["", "data sets"]
    for dataset in DATASETS.values():
        shape = "x".join(str(size) for size in dataset.image_shape)
        files = "comes with the project" if dataset.name == "digits" else "needs --data-dir"
        lines.append(
            f"  {dataset.name:<20}{dataset.title}: {dataset.classes} classes, {shape}; {files}"
        )
    lines += [f"  {name:<20}{dataset.title}" for name, dataset in offered().items()]
    return "\n".join(lines)


def number_of_runs(study: dict[str, Any]) -> int:
    """Count the cells of a study that is known to be valid, and names our methods only."""
    variables = ("datasets", "batch_sizes", "seeds")
    per_setting = sum(
        len(_steps_of(study, method)) if declared()[without_variant(method)].uses_timesteps else 1
        for method in study["methods"]
    )
    budgets = 1 + len(study["budget"].get("also", ()))
    return budgets * per_setting * prod(len(listed(study[variable])) for variable in variables)


def _steps_of(study: dict[str, Any], method: str) -> list[int]:
    own = study.get("own_timesteps", {})
    chosen = own.get(method, own.get(without_variant(method), study["timesteps"]))
    return list(listed(chosen))


def methods() -> Iterator[tuple[str, str]]:
    """Yield name and title of our methods, and name and place of other packages'."""
    yield from ((method.name, method.title) for method in declared().values())
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        if entry.name not in declared():
            yield entry.name, f"from another package: {entry.value}"
