"""Records of older schemas, brought up to date one version at a time when they are read.

The file on disk stays as it is. Each step says what the older schema lacked.
"""

from collections.abc import Callable
from typing import Any

Content = dict[str, Any]


def _no_controls(content: Content) -> Content:
    """Add what schema 1 lacked, the controls: none were run."""
    return content | {"controls": {}}


def _less_measured(content: Content) -> Content:
    """Add what schema 2 lacked: the driver and, unknown, what was not measured yet.

    Every run shared one process then. Parts that a later schema marks as unknown by default need
    no entry.
    """
    environment = content.get("environment")
    if isinstance(environment, dict):
        environment = environment | {"driver": ""}
    return content | {"isolation": "none", "environment": environment}


def _epochs_only(content: Content) -> Content:
    """Tell budget and execution apart in the cell, which schema 3 had as one flat table.

    Every budget was in epochs, and ids were made by the first rule.
    """
    cell, by = content.get("cell"), "epochs" if content.get("status") == "ok" else None
    if isinstance(cell, dict):
        parts = {"budget": ("epochs",), "execution": ("device", "threads")}
        moved = {
            part: {name: cell[name] for name in names if name in cell}
            for part, names in parts.items()
        }
        flat = {name for names in parts.values() for name in names}
        cell = {name: value for name, value in cell.items() if name not in flat} | moved
    return content | {"cell": cell, "id_version": 1, "ended_by": by}


STEPS: dict[int, Callable[[Content], Content]] = {
    1: _no_controls,
    2: _less_measured,
    3: _epochs_only,
}
"""By the version that a step starts from; it leads to the next."""


def migrated(content: object) -> object:
    """Return a record's JSON content in the newest schema; what is no record stays as it is."""
    while isinstance(content, dict):
        version = content.get("schema_version")
        if not isinstance(version, int) or version not in STEPS:
            break
        content = STEPS[version](content) | {"schema_version": version + 1}
    return content
