"""What tuning came to: the study with the options chosen, as a file that anyone can run."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import tomli_w

from bench.records.whole import write_whole
from bench.study.loading import build_study
from bench.study.options import method_config, names_of
from bench.study.space import flat, with_values
from bench.study.study import Study
from bench.study.tuning import Tuned, TunedMethod
from bench.tuning.history import History

SUFFIX = "-tuned"


def tuned_study(study: Study, tried: Sequence[History]) -> Study:
    """Return `study` with the options that were chosen, and what it was tuned with.

    `tried` holds the methods' trials on record; a method without any keeps its options, and is not
    named as tuned.
    """
    assert study.tuning is not None
    tuning, known = study.tuning, {each.method: each for each in tried if each.trials}
    content = study.model_dump(mode="json", exclude_unset=True)
    content.pop("tuning", None)
    tables = _with_choices(study, known)
    tuned = Tuned(
        study=study.name,
        seeds=tuning.seeds,
        datasets=tuning.datasets or study.datasets,
        batch_sizes=tuning.batch_sizes or study.batch_sizes,
        timesteps=tuning.timesteps or study.timesteps,
        sampler=tuning.sampler,
        sampler_seed=tuning.sampler_seed,
        pruning=tuning.pruning,
        method={method: _tuned_method(each) for method, each in known.items()},
    )
    content |= {
        "name": f"{study.name}{SUFFIX}",
        "method": tables,
        "tuned": tuned.model_dump(mode="json", exclude_none=True),
    }
    return build_study(content, content["name"], part=True)


def written_study(study: Study) -> str:
    """Return a tuned study as TOML, which says at its head where it comes from."""
    assert study.tuned is not None
    trials = ", ".join(f"{name} {len(m.scores)}" for name, m in study.tuned.method.items())
    head = (
        f"# The study {study.tuned.study} with options chosen by validation accuracy alone.\n"
        f"# Trials: {trials}. Written by python -m bench.run --tune; [tuned] says how.\n\n"
    )
    content = study.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return head + tomli_w.dumps(content)


def write_study(study: Study, path: Path) -> None:
    """Write a tuned study to `path`; another one that is there gets another name."""
    text = written_study(study)
    if path.exists() and path.read_bytes() != text.encode():
        aside = (path.with_name(f"{path.stem}.{n}.toml") for n in count(1))
        path.rename(next(each for each in aside if not each.exists()))
    write_whole(path, text)


def _tuned_method(history: History) -> TunedMethod:
    records, study = history.records(), history.searched.study
    flops = [r.flops_per_epoch for r in records if r.epochs]
    return TunedMethod(
        scores=[
            round(each.accuracy, 6) if each.state == "finished" else each.state
            for each in history.judged
        ],
        chosen=history.best,
        space=history.searched.space,
        before=history.searched.now,
        options=history.chosen,
        budget=study.budget.of(history.method).label_on(study.train_images),
        runs=len(records),
        seconds=round(sum(epoch.seconds or 0.0 for r in records for epoch in r.epochs), 3),
        epochs=sum(len(r.epochs) for r in records),
        flops=None
        if None in flops
        else float(sum((r.flops_per_epoch or 0) * len(r.epochs) for r in records)),
    )


def _with_choices(study: Study, known: Mapping[str, History]) -> dict[str, Any]:
    """Return the study's tables of method options with those chosen.

    What is chosen for a method holds for its variants too, which were tuned for themselves or not
    at all: they are told what they have.
    """
    tables: dict[str, Any] = deepcopy(dict(study.method))
    chosen = {method: each.chosen for method, each in known.items()}
    wanted = {
        method: with_values(study.method_config(method), chosen.get(method, {}))
        for method in study.methods
    }
    for method, config in wanted.items():
        stated = {option for name in names_of(method) for option in chosen.get(name, {})}
        values = flat(config)
        for option in sorted(stated):
            _enter(tables.setdefault(method, {}), option, values[option])
    # A table that a study gives by a name (`schedule = "gentle"`) has no place for one option.
    for _ in range(2):
        for method, config in wanted.items():
            if method_config(method, study.options, tables) != config:
                tables[method] = config.model_dump(mode="json")
    return tables


def _enter(table: dict[str, Any], option: str, value: Any) -> None:
    """Put the value of an option into nested tables, by its dotted name."""
    *path, last = option.split(".")
    for name in path:
        if not isinstance(table.get(name), dict):
            table[name] = {}
        table = table[name]
    table[last] = value
