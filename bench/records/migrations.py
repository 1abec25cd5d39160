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


STEPS: dict[int, Callable[[Content], Content]] = {1: _no_controls, 2: _less_measured}
"""By the version that a step starts from; it leads to the next."""


def migrated(content: object) -> object:
    """Return a record's JSON content in the newest schema; what is no record stays as it is."""
    while isinstance(content, dict) and content.get("schema_version") in STEPS:
        version = content["schema_version"]
        content = STEPS[version](content) | {"schema_version": version + 1}
    return content
