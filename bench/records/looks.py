"""Looks that a sequential study has made: one file each, written once and never changed.

results/<study>/looks/<seeds>.json says what was seen with so many seeds. A runner that is killed
goes on behind the looks on record, and of two runners that look at the same the first one's counts.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bench.records.whole import write_once
from bench.study.looks import up_to_look
from bench.study.problems import InvalidInput
from bench.study.study import Study
from noprop_core.errors import InvalidSetting
from reports.files.regular import read_regular

OTHER = (
    "is a look of a study with other looks, methods or rules than are declared now; "
    "--name gives these runs a folder of their own"
)

NO_RERUN = "--rerun: what a planned look has seen is not run again; --name gives a new folder"


class LookMade(BaseModel):
    """What one look saw. `level` is that of a single test at this look, `spent` of alpha so far.

    `verdicts` are the pooled ones in the primary metric, by candidate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    looks: list[int]
    methods: list[str]
    baseline: str
    metric: str
    alpha: float
    seeds: list[int]
    level: float
    spent: float
    verdicts: dict[str, str]
    undecided: list[str]
    made_at: str
    """UTC, ISO 8601."""

    @property
    def decided(self) -> bool:
        """Whether nothing is left to decide, so that no seeds are added."""
        return bool(self.verdicts) and not self.undecided


def now() -> str:
    """Return the time as records have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def looks_made(folder: Path, study: Study) -> list[LookMade]:
    """Return the looks on record in a study's folder, the first one first.

    Raises `InvalidInput` for a file that is none, and for looks that are not this study's.
    """
    found = [(path, _read(path)) for path in (folder / "looks").glob("*.json")]
    for path, look in found:
        theirs = (look.looks, sorted(look.methods), look.baseline, look.metric, look.alpha)
        if theirs != _rules(study) or look.seeds != study.seeds[: len(look.seeds)]:
            raise InvalidInput(str(path), [OTHER])
    return sorted((look for _, look in found), key=lambda look: len(look.seeds))


def next_look(folder: Path, study: Study, *, rerun: bool) -> tuple[Study, str]:
    """Return the part of a sequential study that its next look will see, and a line about that.

    For pytest, which has to know its items before the first one runs, and so makes no looks.
    Raises `InvalidSetting` for `rerun`.
    """
    assert study.sequential is not None
    if rerun:
        raise InvalidSetting(NO_RERUN)
    made = looks_made(folder, study)
    done = len(made[-1].seeds) if made else 0
    decided = bool(made) and made[-1].decided
    left = [] if decided else [n for n in study.sequential.looks if n > done]
    seeds = left[0] if left else done
    then = (
        "python -m bench.run looks at them and adds seeds until all is decided"
        if left else "its last look has been made, see the report"
    )  # fmt: skip
    return up_to_look(study, seeds), f"study {study.name}: the first {seeds} seeds; {then}"


def keep_look(folder: Path, look: LookMade) -> LookMade:
    """Put a look on record; return the one that is there, which another runner may have made.

    Raises `UserError` where the folder cannot be written.
    """
    path = folder / "looks" / f"{len(look.seeds)}.json"
    if write_once(path, look.model_dump_json(indent=1)):
        return look
    return _read(path)


def _rules(study: Study) -> tuple[list[int], list[str], str, str, float]:
    looks = [] if study.sequential is None else study.sequential.looks
    return looks, sorted(study.methods), study.baseline, study.primary_metric, study.alpha


def _read(path: Path) -> LookMade:
    try:
        return LookMade.model_validate_json(read_regular(path))
    except (OSError, ValueError) as error:
        raise InvalidInput(str(path), ["is no look of this version; move it away"]) from error
