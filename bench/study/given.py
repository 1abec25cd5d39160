"""Which option of the command line gave an entry of a study: its problems are told of it."""

from collections.abc import Mapping, Sequence
from typing import Any

OPTIONS = {
    "name": "--name",
    "methods": "--methods",
    "datasets": "--dataset",
    "seeds": "--seeds",
    "batch_sizes": "--batch-sizes",
    "timesteps": "--timesteps",
    "budget": "--budget",
    "budget.keep": "--keep",
    "set": "--set",
    "options": "--set",
    "method": "--set",
    "precision": "--precision",
    "deterministic": "--deterministic",
    "stack_seeds": "--stack-seeds",
    "tuning.trials": "--trials",
}
"""By entry of a study: the option of the command line that replaces it."""


def options_of(given: Mapping[str, Any]) -> list[str]:
    """Return the options that gave the entries `given`."""
    return list(dict.fromkeys(option_of((entry,), given) for entry in given))


def option_of(location: Sequence[object], given: Mapping[str, Any]) -> str:
    """Return the option that gave the entry of a study at `location`; "" if none did."""
    entry = ".".join(str(part) for part in location[:2])
    if entry in ("budget.keep", "tuning.trials") and entry in given:
        return OPTIONS[entry]
    entry = entry.partition(".")[0] if entry not in given else entry
    return OPTIONS.get(entry, "") if entry in given else ""
