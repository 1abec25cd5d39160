"""What else is kept of a run besides its record: `--save-model`, `--save-predictions`.

Imports nothing heavy: help and a slip of the finger are answered at once.
"""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from noprop_core.errors import InvalidSetting

if TYPE_CHECKING:
    from bench.records.record import Record
    from bench.records.saved import Kind

OPTIONS: dict[str, dict[str, Any]] = {
    "--save-model": {
        "action": "store_true",
        "help": "keep every good run's weights beside its record, as safetensors",
    },
    "--save-predictions": {
        "action": "store_true",
        "help": "keep what every good run predicts in its test beside its record, as parquet",
    },
}
NEEDS: "dict[Kind, str]" = {"model": "safetensors", "predictions": "pyarrow"}


def saves_of(given: Mapping[str, Any]) -> "frozenset[Kind]":
    """Return what the command line asks to keep; raises `InvalidSetting` where it cannot be."""
    kinds: frozenset[Kind] = frozenset(kind for kind in NEEDS if given[f"save_{kind}"])
    for kind in sorted(kinds):
        if find_spec(NEEDS[kind]) is None:
            raise InvalidSetting(
                f'--save-{kind}: {NEEDS[kind]} is not installed: pip install "noprop-bench[models]"'
            )
    return kinds


def lacking_lines(records: "Iterable[Record]", saves: "frozenset[Kind]") -> list[str]:
    """Say how many good records, made before, name no file of a kind that is asked for now."""
    good = [record for record in records if record.status == "ok"]
    counts = {kind: sum(kind not in r.files for r in good) for kind in sorted(saves)}
    return [
        f"--save-{kind}: {count} of {len(good)} good runs were made without: --rerun makes them "
        "again"
        for kind, count in counts.items()
        if count
    ]
