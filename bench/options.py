"""Method options as a study states them: once for all methods, or for one by name.

[options]                        # every method that has the option
width = 0.5
optimizer.learning_rate = 3e-3
[method.noprop-dt]               # this method only; wins over [options]
schedule.alpha_bar_last = 0.999
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bench.problems import problems_of, unknown_key
from noprop_core import registry
from noprop_core.method import MethodConfig


def method_config(method: str, shared: Mapping[str, Any], own: Mapping[str, Any]) -> MethodConfig:
    """Return the configuration of `method`: its defaults, then `shared`, then its `own` options.

    Raises pydantic's ValidationError for a value that does not fit.
    """
    config = registry.find(method).Config
    known = {key: value for key, value in shared.items() if key in config.model_fields}
    merged = _merge(_merge(config().model_dump(mode="json"), known), own)
    return config.model_validate(merged)


def problems_with_options(
    methods: Sequence[str], shared: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Return one line for every option that no method knows or whose value does not fit."""
    configs = {method: registry.find(method).Config for method in methods}
    known = {key for config in configs.values() for key in config.model_fields}
    problems = [unknown_key(key, known) for key in shared if methods and key not in known]
    problems += [
        f"'{name}' is none of the study's methods ({', '.join(methods)})"
        for name in tables
        if methods and name not in configs
    ]
    for method, config in configs.items():
        own = tables.get(method, {})
        try:
            method_config(method, shared, own)
        except ValidationError as error:
            prefix = f"{method}." if own else ""
            problems += problems_of(error, config, prefix)
    return list(dict.fromkeys(problems))


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(inner, value)
        else:
            merged[key] = value
    return merged
