"""What tuning searches for a method in a study, and what is wrong with a declaration of it."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from pydantic import ValidationError

from bench.study.options import Tables, method_config, names_of
from bench.study.problems import problems_of, unknown_key
from bench.study.ranges import written
from bench.study.tuning import FOR_ALL, Tuning
from noprop_core import registry
from noprop_core.method import MethodConfig
from noprop_core.search import Range, Search

MOST_CORNERS = 1024
"""Corners of a space that are looked at: more are cut off, by varying the last options less."""


def space_of_method(
    method: str, tuning: Tuning, shared: Mapping[str, Any], tables: Tables
) -> dict[str, Search]:
    """Return what is searched for `method`, by dotted option, in the order of the names.

    What the study declares for it (or for the method that it is a variant of), else what its
    configuration offers; of what is declared for all methods, the options that it has.
    """
    config = method_config(method, shared, tables)
    own = [tuning.space[name] for name in names_of(method) if name in tuning.space]
    space = dict(own[-1]) if own else config.search_space()
    if not own:
        have = flat(config)
        space |= {n: s for n, s in tuning.space.get(FOR_ALL, {}).items() if n in have}
    return dict(sorted(space.items()))


def problems_with_tuning(tuning: Tuning, known: Mapping[str, Any], *, part: bool) -> list[str]:
    """Return one line for everything in [tuning] that does not go with the study's other entries.

    `known` are those, as far as they were valid. With `part`, only some methods run this time.
    """
    methods: Sequence[str] = known.get("methods", [])
    problems = list(_overlaps(tuning, known))
    problems += _strangers(tuning, known, part=part)
    if tuning.pruning:
        if len(tuning.seeds) < 2:
            problems.append("pruning: is between seeds, and there is one")
        blind = [m for m in methods if not registry.find(m).has_logits]
        if blind:
            problems.append(f"pruning: {', '.join(blind)}: no logits, so no validation loss")
    if {"options", "method"} <= known.keys():
        for method in methods:
            space = space_of_method(method, tuning, known["options"], known["method"])
            problems += _misfits(method, space, known["options"], known["method"])
    return list(dict.fromkeys(problems))


def with_values(config: MethodConfig, values: Mapping[str, Any]) -> MethodConfig:
    """Return `config` with options, by dotted name, replaced; raises `ValidationError`."""
    content = config.model_dump(mode="json")
    for name, value in values.items():
        *path, last = name.split(".")
        place = content
        for table in path:
            place = place[table]
        place[last] = value
    return type(config).model_validate(content)


def flat(config: MethodConfig) -> dict[str, Any]:
    """Return a configuration's options by dotted name."""
    found: dict[str, Any] = {}

    def enter(prefix: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                enter(f"{prefix}.{name}" if prefix else name, inner)
        else:
            found[prefix] = value

    enter("", config.model_dump(mode="json"))
    return found


def is_whole(search: Search, now: Any) -> bool:
    """Tell whether a range is one of whole numbers: the option's value is, and both ends are."""
    ends = search.ends if isinstance(search, Range) else ()
    return bool(ends) and all(type(value) is int for value in (*ends, now))


def _overlaps(tuning: Tuning, known: Mapping[str, Any]) -> list[str]:
    both = {*tuning.seeds} & {*known.get("seeds", ())}
    if not both:
        return []
    return [f"seeds: {written(both)}: the comparison uses them; tuning needs seeds of its own"]


def _strangers(tuning: Tuning, known: Mapping[str, Any], *, part: bool) -> list[str]:
    """Name what [tuning] is about and the study is not."""
    problems = []
    for entry in ("datasets", "batch_sizes", "timesteps"):
        declared = getattr(tuning, entry)
        for value in declared or ():
            if entry in known and value not in known[entry] and not part:
                problems.append(f"{entry}: {value} is none of the study's")
    methods = known.get("methods", [])
    running = {name for method in methods for name in names_of(method)}
    for name in tuning.space:
        if methods and name not in running | {FOR_ALL} and not part:
            said = f"space.{name}: is none of the study's methods ({', '.join(methods)})"
            problems.append(said)
    options = {name for m in methods for name in flat(registry.find(m).Config())}
    problems += [
        f"space.{FOR_ALL}: {unknown_key(name, options)}"
        for name in tuning.space.get(FOR_ALL, {})
        if methods and name not in options
    ]
    return problems


def _misfits(
    method: str, space: Mapping[str, Search], shared: Mapping[str, Any], tables: Tables
) -> list[str]:
    """Return what is wrong with the ends of ranges as values of the method's options."""
    config = method_config(method, shared, tables)
    known = flat(config)
    unknown = [name for name in space if name not in known]
    if not space:
        return [f"space.{method}: nothing is searched"]
    if unknown:
        return [f"space.{method}: {unknown_key(name, known)}" for name in unknown]
    corners: list[dict[str, Any]] = [{name: end} for name, s in space.items() for end in s.ends]
    whole = 1
    fitting = {}
    for name, search in space.items():
        whole *= len(search.ends)
        if whole <= MOST_CORNERS:
            fitting[name] = search.ends
    corners += [dict(zip(fitting, ends, strict=True)) for ends in product(*fitting.values())]
    for corner in corners:
        try:
            with_values(config, corner)
        except ValidationError as error:
            return problems_of(error, type(config), f"space.{method}.")
    return []
