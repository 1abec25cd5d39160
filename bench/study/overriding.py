"""What a command line replaces in a study's entries."""

from collections.abc import Mapping
from typing import Any

from bench.study.own_timesteps import other_timesteps
from bench.study.settings import with_settings


def overridden(content: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a study's entries with some replaced; "budget.keep" is the entry of a table.

    Another budget is for all methods: it leaves no epochs of their own, but keeps `keep`. So are T
    that the study does not have: they leave no T of their own.
    """
    replaced, declared = dict(content), content.get("budget")
    for entry, value in overrides.items():
        if entry == "set":
            continue
        table, _, name = entry.partition(".")
        before = replaced.get(table)
        if not name:
            replaced[entry] = value
        elif isinstance(before, Mapping):
            replaced[table] = {**before, name: value}
    if "budget" in overrides and isinstance(declared, Mapping) and "keep" in declared:
        replaced["budget"] = {"keep": declared["keep"], **replaced["budget"]}
    if other_timesteps(overrides, content):
        replaced.pop("own_timesteps", None)
    if "set" in overrides:  # last, for it is about the methods that run
        replaced = with_settings(replaced, overrides["set"])
    return replaced
