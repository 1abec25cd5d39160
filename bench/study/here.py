"""Whether what a study names can be had on this machine: its methods, its data sets."""

from collections.abc import Iterable

from noprop_core import registry
from noprop_core.datasets import table
from noprop_core.errors import UserError


def all_here(methods: Iterable[str], datasets: Iterable[str]) -> bool:
    """Tell whether every method and every data set can be loaded."""
    return all(map(method_is_here, methods)) and all(map(dataset_is_here, datasets))


def method_is_here(name: str) -> bool:
    """Tell whether `name` leads to a method."""
    return registry.find_here(name) is not None


def dataset_is_here(name: str) -> bool:
    """Tell whether `name` leads to a data set."""
    try:
        table.find(name)
    except UserError:
        return False
    return True
