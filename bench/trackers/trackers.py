"""The trackers that runs can be exported to, by name: one line each.

To add one, write a function from runs and a target to how many of them were new, in a file of its
own, and add its line. No tracker's library is imported before its name was given.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pkgutil import resolve_name

from bench.trackers.tracked import Tracked
from noprop_core.errors import InvalidSetting


@dataclass(frozen=True, slots=True)
class Tracker:
    """What writes to it (`module:function`), the extra that installs it, and what a target is."""

    writer: str
    extra: str
    target: str


TRACKERS = {
    "mlflow": Tracker("bench.trackers.to_mlflow:write", "mlflow", "DIR or URI"),
    "tensorboard": Tracker("bench.trackers.to_tensorboard:write", "tensorboard", "DIR"),
    "wandb": Tracker("bench.trackers.to_wandb:write", "wandb", "[[ENTITY/]PROJECT]"),
}


def names_a_tracker(text: str) -> bool:
    """Whether `text` begins as `mlflow:` does."""
    return text.partition(":")[0] in TRACKERS and ":" in text


def export(runs: Iterable[Tracked], text: str) -> int:
    """Tell the tracker in `text`, such as `mlflow:DIR`, of `runs`; return how many it did not know.

    Raises `InvalidSetting` where its library is missing or its target cannot be written.
    """
    name, _, target = text.partition(":")
    tracker = TRACKERS[name]
    if not target and not tracker.target.startswith("["):
        raise InvalidSetting(f"--export {text}: a {tracker.target} is missing, as in {text}runs")
    try:
        write = resolve_name(tracker.writer)
    except ImportError as error:
        raise InvalidSetting(
            f'--export {name}: {error.name} is not installed: pip install "noprop-bench'
            f'[{tracker.extra}]"'
        ) from error
    try:
        new = write(runs, target)
    except OSError as error:
        raise InvalidSetting(
            f"--export: cannot write '{target}': {error.strerror or error}"
        ) from error
    return int(new)
