"""What a command line makes of a study: which runs, and in whose folder they belong.

Seeds, methods, batch sizes, T and data sets that a study declares are a part of it: such runs join
its folder, whose declaration stays. What leaves the declaration has a study and a folder of its
own, named by what was changed (`quick+epochs=2`), so that no call changes what a finished study
says.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.study.loading import build_study, load_study
from bench.study.looks import with_looks
from bench.study.problems import InvalidInput
from bench.study.ranges import written
from bench.study.settings import words_of
from bench.study.study import Study

LONGEST = 100
"""Characters of a folder's name; a longer one ends in a hash of what was cut off."""

Listed = Callable[[Sequence[Any]], str]
LISTS: dict[str, tuple[str, Listed]] = {
    "methods": ("methods", ",".join),
    "datasets": ("dataset", ",".join),
    "seeds": ("seeds", written),
    "batch_sizes": ("batch-sizes", written),
    "timesteps": ("timesteps", written),
}
"""By entry of a study that is a list: its option, and how values are written there."""


@dataclass(frozen=True)
class Call:
    """The runs that a command line asks for.

    `study` holds them, `declared` is what the folder of its name declares. `changed` says what
    leaves the declaration of the study `of`, such as `("epochs=2",)`; if nothing, they join it.
    """

    study: Study
    declared: Study
    of: str
    changed: tuple[str, ...]

    def line(self, folder: Path) -> str | None:
        """Return a line that says which folder the runs go to and why, if it is not the study's."""
        if not self.changed:
            return None
        words, verb = " and ".join(self.changed), "are" if len(self.changed) > 1 else "is"
        return (
            f"note: {words} {verb} not what '{self.of}' declares, so these runs have a folder of "
            f"their own: {folder}"
        )

    def declaration(self, earlier: Study | None) -> Study:
        """Return what the folder is to declare, where it declares `earlier` now.

        Calls that change the same may name other values beside: the folder declares all of them,
        unless it is decided as a whole by looks.
        """
        if earlier is None or self.declared.sequential is not None:
            return self.declared
        changed = {
            name: [*getattr(earlier, name), *getattr(self.declared, name)]
            for name, (option, _) in LISTS.items()
            if any(words.startswith(f"{option}=") for words in self.changed)
        }
        distinct = {name: list(dict.fromkeys(values)) for name, values in changed.items()}
        return _replaced(self.declared, distinct)


def call_of(reference: str, overrides: Mapping[str, Any], name: str | None = None) -> Call:
    """Return what `overrides`, a command line's, make of the study that `reference` names.

    `name` is that of the runs' study and folder, instead of one that says what was changed.
    Raises as `load_study` does.
    """
    whole = load_study(reference)
    overrides = with_looks(whole, overrides)
    study = load_study(reference, overrides)
    if study.sequential is not None:
        return _whole_call(whole, study, name, _set_changes(whole, study, overrides))
    lists = {
        entry: outside
        for entry in LISTS
        if (outside := [v for v in getattr(study, entry) if v not in getattr(whole, entry)])
    }
    words = [f"{LISTS[entry][0]}={LISTS[entry][1](values)}" for entry, values in lists.items()]
    budget, division = _budget_changes(whole, study), _division_changes(whole, study)
    numerics = _numerics_changes(whole, study)
    options = _set_changes(whole, study, overrides)
    changed = (*words, *options, *budget, *division, *_words_of_numerics(numerics))
    replaced = {entry: getattr(study, entry) for entry in lists} | numerics
    if options:
        replaced |= {"options": study.options, "method": study.method}
    if division:
        replaced |= {"ranks": study.ranks, "division": study.division}
    if study.own_timesteps != whole.own_timesteps:  # other T are for all methods
        replaced["own_timesteps"] = study.own_timesteps
    if budget:
        replaced["budget"] = study.budget.model_dump(mode="json", exclude_unset=True)
    if changed or name:
        replaced["name"] = name or folder_name(whole.name, changed)
        try:
            declared = _replaced(whole, replaced)
        except InvalidInput:
            if name:
                raise
            # The rest of the study does not go with the change; these runs do.
            declared = _replaced(study, {"name": replaced["name"]})
        study = _replaced(study, {"name": declared.name})
        return Call(study, declared, whole.name, changed)
    return Call(study, whole, whole.name, ())


def _whole_call(whole: Study, study: Study, name: str | None, options: Sequence[str]) -> Call:
    """Return a call of a study that is decided as a whole: a part of it is another study."""
    words = [
        f"{option}={text(values)}"
        for entry, (option, text) in LISTS.items()
        if entry != "seeds"
        and sorted(values := getattr(study, entry)) != sorted(getattr(whole, entry))
    ]
    words += [*options, *_budget_changes(whole, study), *_division_changes(whole, study)]
    words += _words_of_numerics(_numerics_changes(whole, study))
    if not _budget_changes(whole, study) and study.budget.settings != whole.budget.settings:
        words += study.budget.settings
    if study.sequential != whole.sequential:
        words.append(f"until-decided={len(study.seeds)}")
    if not (words or name):
        return Call(whole, whole, whole.name, ())
    named = name or folder_name(whole.name, words)
    content = study.model_dump(mode="json", exclude_unset=True) | {"name": named}
    declared = build_study(content, named)
    return Call(declared, declared, whole.name, tuple(words))


def folder_name(study: str, changed: Sequence[str]) -> str:
    """Return a name for what was changed in a study: safe in file names, and of bearable length."""
    whole = re.sub(r"[^A-Za-z0-9._=,+-]+", "-", "+".join((study, *changed)))
    if len(whole) <= LONGEST:
        return whole
    return f"{whole[: LONGEST - 7]}-{hashlib.sha256(whole.encode()).hexdigest()[:6]}"


def _set_changes(whole: Study, study: Study, overrides: Mapping[str, Any]) -> list[str]:
    """Return what `--set` says, if it makes any method's options others than the study's."""
    if all(study.method_config(m) == whole.method_config(m) for m in study.methods):
        return []
    return words_of(overrides.get("set", {}))


def _budget_changes(whole: Study, study: Study) -> list[str]:
    """Return what is not declared; of several budgets that are, some are a part of the study."""
    pairs = [(study.budget.all_of(name), whole.budget.all_of(name)) for name in study.methods]
    changes = []
    if any({one.words for one in new} - {one.words for one in old} for new, old in pairs):
        changes += study.budget.settings
    if any(new[0].keep != old[0].keep for new, old in pairs):
        changes.append(f"keep={study.budget.keep}")
    return changes


def _division_changes(whole: Study, study: Study) -> list[str]:
    ways = sorted({*study.division.values()})
    changes = [f"division={','.join(ways)}"] if study.division != whole.division else []
    return changes + ([f"ranks={study.ranks}"] if study.ranks != whole.ranks else [])


def _numerics_changes(whole: Study, study: Study) -> dict[str, Any]:
    names = ("precision", "deterministic", "stack_seeds")
    return {n: getattr(study, n) for n in names if getattr(study, n) != getattr(whole, n)}


def _words_of_numerics(changes: Mapping[str, Any]) -> list[str]:
    return [f"{name}={str(value).lower()}" for name, value in changes.items()]


def _replaced(study: Study, entries: Mapping[str, Any]) -> Study:
    """Return `study` with other entries; what it left to defaults stays left to them."""
    content = study.model_dump(mode="json", exclude_unset=True) | dict(entries)
    return build_study(content, study.name, part=True, given=dict(entries))
