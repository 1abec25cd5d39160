"""The command that makes a study's runs again, from what its folder declares and records hold."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.arguments import overrides
from bench.study.calls import LISTS, call_of
from bench.study.loading import load_study
from bench.study.named import named_studies
from bench.study.settings import words_of
from bench.study.study import Study
from noprop_core.errors import UserError

PROGRAM = ("-m", "bench.run")
NAMES = {"name", "description"}
Given = dict[str, Any]
"""Options by name, with their texts."""


def repeating_command(study: Study, declaration: Path, jobs: int = 1) -> str:
    """Return the command line that asks for what `study` declares, checked by asking.

    It names the study that comes with the project and what was changed in it; where there is none
    such, the file `declaration`, in which `study` was kept. `jobs` cells ran side by side.
    """
    beside = ["--jobs", str(jobs)] if jobs > 1 else []
    divided = any(study.division_of(method) != "none" for method in study.methods)
    python = ["torchrun", "--nproc-per-node", str(study.ranks)] if divided else ["python"]
    for name, given in _candidates(study):
        if _asks_for(study, name, given):
            own = [] if _name_of(name, given) == study.name else ["--name", study.name]
            return shlex.join([*python, *PROGRAM, "--study", name, *_words(given), *own, *beside])
    return shlex.join([*python, *PROGRAM, "--study", str(declaration), *beside])


def _candidates(study: Study) -> Iterator[tuple[str, Given]]:
    """Yield studies that come with the project, and the options that lead from them to this one."""
    known = named_studies()
    named = {study.name, study.name.partition("+")[0]} & known.keys()
    for name in sorted(named, key=len, reverse=True) or known:
        whole = load_study(name)
        if named or whole.description == study.description:
            yield name, _changes(whole, study)


def _changes(whole: Study, study: Study) -> Given:
    given: Given = {
        option.replace("-", "_"): text(getattr(study, entry))
        for entry, (option, text) in LISTS.items()
        if getattr(study, entry) != getattr(whole, entry)
    }
    if study.sequential is not None and study.sequential != whole.sequential:
        given.pop("seeds", None)
        given |= {"until_decided": True, "max_seeds": str(len(study.seeds))}
    if study.budget.settings != whole.budget.settings:
        options = [each.option for each in study.budget.each]
        alone = study.budget.epochs is not None and len(options) == 1
        given |= {"epochs": str(study.budget.epochs)} if alone else {"budget": options}
    if study.budget.keep != whole.budget.keep:
        given["keep"] = study.budget.keep
    if study.precision != whole.precision:
        given["precision"] = study.precision
    if study.deterministic != whole.deterministic:
        given["deterministic"] = study.deterministic
    if settings := _settings(whole, study):
        given["set"] = words_of(settings)
    return given


def _settings(whole: Study, study: Study) -> dict[str, Any]:
    """Return options of methods that `study` sets otherwise, by dotted name."""
    ours, theirs = (_flat(s.options) | _flat(s.method) for s in (study, whole))
    return {name: value for name, value in ours.items() if theirs.get(name) != value}


def _flat(options: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in options.items():
        nested = isinstance(value, Mapping)
        found |= _flat(value, f"{prefix}{name}.") if nested else {prefix + name: value}
    return found


def _asks_for(study: Study, name: str, given: Given) -> bool:
    """Whether such a command line is understood as a call for `study`."""
    try:
        declared = call_of(name, overrides(given)).declared
    except UserError:
        return False
    return declared.model_dump(exclude=NAMES) == study.model_dump(exclude=NAMES)


def _name_of(name: str, given: Given) -> str:
    return call_of(name, overrides(given)).declared.name


def _words(given: Given) -> Iterator[str]:
    for name, value in given.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            yield option if value else f"--no-{option.removeprefix('--')}"
            continue
        for text in value if isinstance(value, list) else [value]:
            yield from (option, text)
