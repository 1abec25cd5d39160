"""Studies that add seeds until they are decided: their looks, and what a command line says of them.

Looks are planned before the first run, as numbers of seeds; what is looked at, and how alpha is
spent over the looks, stands in `reports.statistics.sequential`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from noprop_core.errors import InvalidSetting
from noprop_core.words import one_line
from reports.input.plan import LAST_PER_FIRST, LOOKS

if TYPE_CHECKING:  # it imports torch, and a slip of the finger is told before
    from bench.study.study import Study

MOST = LOOKS[-1]
"""Seeds at most, where `--max-seeds` does not say."""

FEWEST, HIGHEST = 3, LAST_PER_FIRST * LOOKS[0]
"""What `--max-seeds` may say."""


def looks_up_to(most: int) -> list[int]:
    """Return the looks of a study of at most so many seeds: the usual ones, and the last."""
    return [*(look for look in LOOKS if look < most), most]


def until_decided(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that `--until-decided` replaces in a study; raises `InvalidSetting`."""
    text = given.get("max_seeds")
    if not given.get("until_decided"):
        if text is not None:
            raise InvalidSetting("--max-seeds needs --until-decided")
        return {}
    if given.get("seeds") is not None:
        raise InvalidSetting(
            "--seeds and --until-decided exclude each other: seeds are added by looks, "
            "--max-seeds says how many at most"
        )
    most = str(MOST) if text is None else text.strip()
    if not (most.isdecimal() and FEWEST <= int(most[:9]) <= HIGHEST):
        raise InvalidSetting(
            f"--max-seeds: '{one_line(most, 80)}' is no whole number from {FEWEST} to {HIGHEST}"
        )
    return {"sequential": {"looks": looks_up_to(int(most))}, "seeds": list(range(int(most)))}


def with_looks(whole: "Study", overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `overrides` as they go with looks that `whole` may declare; raises `InvalidSetting`.

    A study that declares looks adds seeds until it is decided in any case, and by those alone.
    """
    if whole.sequential is None:
        return overrides
    looks = ", ".join(map(str, whole.sequential.looks))
    asked = overrides.get("sequential")
    if "seeds" in overrides and asked is None:
        raise InvalidSetting(f"--seeds: '{whole.name}' adds seeds by its looks, at {looks}")
    if asked is not None and asked["looks"] not in (looks_up_to(MOST), whole.sequential.looks):
        raise InvalidSetting(f"--max-seeds: '{whole.name}' declares its looks, at {looks}")
    return {k: v for k, v in overrides.items() if k not in ("sequential", "seeds")}


def up_to_look(study: "Study", seeds: int) -> "Study":
    """Return the part of a sequential study that is looked at with so many `seeds`."""
    return study.model_copy(update={"seeds": study.seeds[:seeds]})
