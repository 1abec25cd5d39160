"""What a report is told of how a study's options were chosen."""

import pandas as pd

from bench.records import frame
from bench.records.store import RecordStore
from bench.study.options import method_config
from bench.study.space import flat
from bench.study.study import Study
from bench.study.tuning import TunedMethod
from noprop_core import registry
from noprop_core.errors import UserError
from reports.display.words import join
from reports.input.tuning import TunedMethod as Known
from reports.input.tuning import Tuning

SAMPLERS = {"qmc": "quasi-random points", "tpe": "a tree-structured Parzen estimator"}


def tuning_of(study: Study) -> Tuning | None:
    """Return how the options of `study` were chosen; `None` if by nothing that it knows of."""
    tuned = study.tuned
    if tuned is None:
        return None
    settings = [join(tuned.datasets), f"batch size {_listed(tuned.batch_sizes)}"]
    settings.append(f"T = {_listed(tuned.timesteps)}")
    return Tuning(
        study=tuned.study,
        seeds=tuple(tuned.seeds),
        settings=", ".join(settings),
        sampler=SAMPLERS[tuned.sampler],
        methods=tuple(_known(name, method, study) for name, method in tuned.method.items()),
    )


def runs_before(store: RecordStore, study: Study) -> pd.DataFrame | None:
    """Return the runs of the study that was tuned, from its folder beside this one's, if any.

    Of the methods that have there the options that trial 0 had: a study's file may be edited.
    """
    if study.tuned is None:
        return None
    beside = RecordStore(store.folder.parent / study.tuned.study)
    try:
        other = beside.load_study()
        runs = frame.load(beside.folder)
    except UserError:
        return None
    same = [
        name
        for name, method in study.tuned.method.items()
        if name in other.methods and not _unlike(name, other, method.before)
    ]
    return runs[runs["method"].isin(same)]


def _known(name: str, method: TunedMethod, study: Study) -> Known:
    return Known(
        method=name,
        scores=tuple(100 * s if isinstance(s, float) else None for s in method.scores),
        failed=method.scores.count("failed"),
        pruned=method.scores.count("pruned"),
        chosen=method.chosen,
        space={option: search.words for option, search in method.space.items()},
        before=method.before,
        options=method.options,
        budget=method.budget,
        runs=method.runs,
        seconds=method.seconds,
        epochs=method.epochs,
        flops=method.flops,
        changed=_unlike(name, study, method.options),
    )


def _unlike(name: str, study: Study, options: dict[str, object]) -> tuple[str, ...]:
    """Return the options that `study` does not give the method as they are in `options`."""
    if registry.find_here(name) is None:  # the study is what it was declared to be
        return ()
    have = flat(method_config(name, study.options, study.method))
    return tuple(option for option, value in options.items() if have.get(option) != value)


def _listed(values: list[int]) -> str:
    return join([str(value) for value in values])
