"""Method options as a study states them: once for all methods, or for one by name.

[options]                        # every method that has the option
width = 0.5
optimizer.learning_rate = 3e-3
[method.noprop-dt]               # this method only, and its variants; wins over [options]
schedule.alpha_bar_last = 0.999
[method."noprop-dt/learned"]     # a variant of it: another line of the comparison
embedding.kind = "learned"
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bench.study.here import method_is_here
from bench.study.problems import problems_of, unknown_key
from noprop_core import registry
from noprop_core.datasets import table
from noprop_core.declared import without_variant
from noprop_core.errors import InvalidSetting
from noprop_core.image_path import ImagePathConfig, padding_for
from noprop_core.method import MethodConfig

Tables = Mapping[str, Mapping[str, Any]]
"""Options by method or variant."""

VARIANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,39}")
"""What may stand after the slash of a variant's name."""


def method_config(method: str, shared: Mapping[str, Any], tables: Tables) -> MethodConfig:
    """Return the configuration of `method`, which may be a variant.

    Its defaults, then `shared`, then the method's own table, then the variant's. Raises pydantic's
    ValidationError for a value that does not fit.
    """
    config = registry.find(method).Config
    merged = config().model_dump(mode="json")
    known = {key: value for key, value in shared.items() if key in config.model_fields}
    for options in (known, *(tables.get(name, {}) for name in names_of(method))):
        merged = _merge(merged, options)
    return config.model_validate(merged)


def names_of(method: str) -> list[str]:
    """Return the tables that apply to `method`, the weaker first: its own name's the last."""
    return list(dict.fromkeys((without_variant(method), method)))


def problems_with_options(
    methods: Sequence[str],
    shared: Mapping[str, Any],
    tables: Tables,
    *,
    part: bool = False,
) -> list[str]:
    """Return one line for every option that no method knows or whose value does not fit.

    With `part`, tables of methods that do not run this time are of no account.
    """
    configs = {method: registry.find(method).Config for method in methods}
    known = {key for config in configs.values() for key in config.model_fields}
    problems = [unknown_key(key, known) for key in shared if methods and key not in known]
    problems += [
        f"'{name}' is none of the study's methods ({', '.join(methods)})"
        for name in tables
        if methods and not part and not any(name in names_of(method) for method in methods)
    ]
    for method, config in configs.items():
        try:
            method_config(method, shared, tables)
        except ValidationError as error:
            own = any(tables.get(name) for name in names_of(method))
            prefix = f"{method}." if own else ""
            problems += problems_of(error, config, prefix)
    return list(dict.fromkeys(problems))


def problems_of_known_methods(content: Mapping[str, Any]) -> list[str]:
    """Return problems with the options of those methods of a study's entries that there are."""
    named, tables = content.get("methods"), content.get("method", {})
    shared = content.get("options", {})
    if not (isinstance(named, list) and isinstance(tables, dict) and isinstance(shared, dict)):
        return []
    known = [name for name in named if isinstance(name, str) and method_is_here(name)]
    own = {name: t for name, t in tables.items() if name in known and isinstance(t, dict)}
    return [f"options: {problem}" for problem in problems_with_options(known, shared, own)]


def problems_with_images(
    methods: Sequence[str], names: Sequence[str], shared: Mapping[str, Any], tables: Tables
) -> list[str]:
    """Return one line for every method for whose network images of a data set are too small.

    Data of one's own are known only when they are read.
    """
    known = [d for name in names if isinstance(d := table.find(name), table.Published)]
    problems = []
    for method in methods:
        config = method_config(method, shared, tables)
        if not isinstance(config, ImagePathConfig):
            continue
        for dataset in known:
            try:
                padding_for(dataset.image_shape, config)
            except InvalidSetting as error:
                problems.append(f"{method} on {dataset.name}: {error}")
    return problems


def problems_with_variants(methods: Sequence[str], tables: Tables) -> list[str]:
    """Return one line for every variant that has no table: its name would say what it is not."""
    problems = []
    for method in methods:
        _, slash, variant = method.partition("/")
        if slash and not VARIANT.fullmatch(variant):
            problems.append(f"'{method}': a variant's name has letters, digits, '.', '_', '-'")
        elif slash and method not in tables:
            problems.append(
                f"variant '{method}' has no options; give it a table [method.\"{method}\"], which "
                "may be empty"
            )
    return problems


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(inner, value)
        else:
            merged[key] = value
    return merged
