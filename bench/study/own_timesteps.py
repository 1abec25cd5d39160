"""`own_timesteps`: methods that run at some of a study's T alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.study.options import names_of
from bench.study.ranges import listed
from noprop_core import registry


def own_problems(
    own: Mapping[str, Sequence[int]],
    methods: Sequence[str],
    timesteps: Sequence[int],
    *,
    part: bool = False,
) -> list[str]:
    """Return one line for every entry that no run of a study could be about.

    With `part`, methods and T that do not run this time are of no account.
    """
    problems = []
    for name, chosen in own.items():
        others = [t for t in chosen if t not in timesteps]
        if not any(name in names_of(method) for method in methods):
            if not part:
                problems.append(f"'{name}' is none of the study's methods ({', '.join(methods)})")
        elif not registry.find(name).uses_timesteps:
            problems.append(f"'{name}' has no T")
        elif others and not part:
            among = ", ".join(map(str, timesteps))
            problems.append(f"'{name}': T = {others[0]} is none of the study's ({among})")
    return problems


def other_timesteps(overrides: Mapping[str, Any], declared: Mapping[str, Any]) -> bool:
    """Tell whether `overrides` ask for T that the study `declared` does not have."""
    return not {*_steps_in(overrides)} <= {*_steps_in(declared)}


def _steps_in(entries: Mapping[str, Any]) -> list[int]:
    try:
        return [value for value in listed(entries.get("timesteps", [])) if isinstance(value, int)]
    except (TypeError, ValueError):  # what is wrong with it is said where it is validated
        return []
