"""What differs in a run from what its folder's study declares: the column `configuration`.

A folder may hold runs of several configurations: a study's file is edited, a default changes. A
run as the study declares it now has an empty configuration; any other has a few words that read
well after "with", such as "width=0.25" or "epochs=3, width=0.25".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bench.records.record import Record
from bench.study.budget import Budget, Epochs
from bench.study.cells import Cell, deterministic_on, expand, norms_in, precision_on, stacked_in
from bench.study.options import names_of
from bench.study.study import Study
from noprop_core import registry
from noprop_core.errors import UserError
from noprop_core.options import recorded

UNDECLARED_METHOD = "no declaration"
STACKED, NOT_STACKED = "stacked seeds", "seeds one by one"


def configurations(records: Sequence[Record], study: Study) -> list[str]:
    """Return what differs in each of `records` from what `study` declares; "" for nothing.

    Cells are declared for every kind of device that is found, whatever the release of torch.
    """
    cells = {record.cell.id: record.cell for record in records}
    kinds = {(c.execution.device, c.execution.side_by_side) for c in cells.values()}
    here = [method for method in study.methods if registry.find_here(method)]
    known = study.model_copy(update={"methods": here})
    declared = {
        cell.id
        for kind, beside in (kinds if here else ())
        for cell in expand(known, kind, side_by_side=beside)
    }
    words = dict.fromkeys(cells, "")
    for method in {cell.method for id_, cell in cells.items() if id_ not in declared}:
        ours = [id_ for id_, cell in cells.items() if cell.method == method]
        if method not in study.methods:
            words |= dict.fromkeys(ours, UNDECLARED_METHOD)
            continue
        if registry.find_here(method):
            wanted = recorded(study.method_config(method))
        else:
            newest = max(records, key=lambda r: (r.cell.method == method, r.started_at))
            wanted = _as_stated(method, study, newest.cell.options)
        options = {
            id_: _options(cells[id_], flattened(wanted)) for id_ in ours if id_ not in declared
        }
        if len(options) == len(ours):
            _forget_old_defaults(list(options.values()), _stated(method, study))
        for id_, found in options.items():
            words[id_] = ", ".join([*_settings(cells[id_], study), *found.values()])
    return [words[record.cell.id] for record in records]


def flattened(options: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested options under dotted names, as a study writes them."""
    flat: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _settings(cell: Cell, study: Study) -> list[str]:
    """Return words for what differs, options apart."""
    images, repeats = cell.train_images or "all", cell.inference_repeats
    threads = cell.execution.threads or "as torch chooses"
    graphs = str(cell.execution.cuda_graphs).lower()
    norms = cell.execution.gradient_norms
    device, precision = cell.execution.device, cell.execution.precision
    repeating = cell.execution.deterministic
    known = registry.find_here(cell.method)
    uses_timesteps = known.uses_timesteps if known else cell.timesteps is not None
    steps = study.timesteps_of(cell.method) if uses_timesteps else [None]
    stacking = [stacked_in(study, cell.method) if known else cell.execution.stacked]
    declared_norms = [norms_in(study, cell.method) if known else norms]
    checked: list[tuple[object, Sequence[object], str]] = [
        (cell.dataset, study.datasets, f"data set {cell.dataset}"),
        (cell.batch_size, study.batch_sizes, f"batch size {cell.batch_size}"),
        (cell.timesteps, steps, f"T={cell.timesteps}"),
        (cell.seed, study.seeds, "an undeclared seed"),
        (cell.train_images, [study.train_images], f"{images} training images"),
        (repeats, [study.inference_repeats], f"{repeats} inference repeats"),
        (cell.execution.threads, [study.threads], f"threads={threads}"),
        (cell.execution.cuda_graphs, [study.cuda_graphs], f"cuda_graphs={graphs}"),
        (norms, declared_norms, f"gradient_norms={str(norms).lower()}"),
        (precision, [precision_on(device, study)], f"precision={precision or 'as torch chose'}"),
        (cell.execution.stacked, stacking, STACKED if cell.execution.stacked else NOT_STACKED),
        (repeating, [deterministic_on(device, study)], f"deterministic={str(repeating).lower()}"),
    ]
    found = [words for value, declared, words in checked if value not in declared]
    return found + _budget(cell.budget, study.budget.all_of(cell.method))


def _budget(budget: Budget, declared: Sequence[Budget]) -> list[str]:
    found = []
    if budget.words not in [one.words for one in declared]:
        found.append(f"epochs={budget.epochs}" if isinstance(budget, Epochs) else budget.words)
    if budget.keep != declared[0].keep:
        found.append(f"keep={budget.keep}")
    return found


def _as_stated(method: str, study: Study, newest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that `study` declares for a method whose code is not here.

    Its defaults are unknown: what the study leaves to them is taken to be as in the `newest` run.
    """
    shared = {name: value for name, value in study.options.items() if name in newest}
    stated = flattened(shared)
    for name in names_of(method):
        stated |= flattened(study.method.get(name, {}))
    return flattened(newest) | stated


def _options(cell: Cell, declared: Mapping[str, Any]) -> dict[str, str]:
    """Return words for each option, by dotted name, that differs from the declaration."""
    ours = flattened(cell.options)
    try:  # what the record leaves out had its historical value
        whole = flattened(cell.config().model_dump(mode="json")) | ours
    except (ValidationError, UserError):  # options that today's method lacks; no method here
        whole = ours
    return {
        name: f"{name}={whole[name]}" if name in whole else f"no {name}"
        for name in sorted(declared.keys() | ours.keys())
        if ours.get(name, ...) != declared.get(name, ...)
    }


def _stated(method: str, study: Study) -> set[str]:
    """Return the options of `method`, by dotted name, that `study` does not leave to defaults."""
    tables = (study.options, *(study.method.get(name, {}) for name in names_of(method)))
    return {name for table in tables for name in flattened(table)}


def _forget_old_defaults(found: Sequence[dict[str, str]], stated: set[str]) -> None:
    """Remove the options in which all runs of a method are alike and which the study left open.

    Where no run has today's default of such an option, the runs are as they were declared when
    they were made, by a version with other defaults: that is no other configuration.
    """
    alike = [set(one.items()) for one in found]
    for name, _ in set.intersection(*alike):
        if name not in stated:
            for one in found:
                del one[name]
