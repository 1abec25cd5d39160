"""What is said of single settings: their target accuracy, their failures."""

from collections.abc import Iterable, Mapping

from reports.display.numbers import PERCENT, quantity_text
from reports.input.pairing import Setting
from reports.input.targets import Target


def target_words(setting: Setting, targets: Iterable[Target]) -> str:
    """Name the target accuracy and where it comes from; nothing where there is none."""
    for target in targets:
        if (target.dataset, target.condition) == setting.place:
            source = (
                "declared by the study"
                if target.declared
                else "not declared: 95 % of the baseline's median final validation accuracy here"
            )
            percent = quantity_text(target.percent, PERCENT)
            return f"The target is {percent} validation accuracy ({source})."
    return ""


def failures_words(failures: Mapping[str, int]) -> str:
    """`1 diverged, 2 error`, or `0`."""
    return ", ".join(f"{count} {status}" for status, count in failures.items()) or "0"
