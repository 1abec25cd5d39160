"""What README's results are computed from: one value per run and metric, small enough to keep.

No more than the answer needs: epochs, options and what the machine did stay in the records.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from bench.records import frame
from bench.records.columns import RUN_COLUMNS
from bench.records.store import RecordStore
from bench.study.cells import expand
from bench.study.loading import build_study
from bench.study.study import Study
from noprop_core.errors import InvalidSetting, UserError
from reports.input.runs import RUN_COLUMNS as NEEDED

FORMAT = 1
KEPT = (*NEEDED, "execution", "configuration", "threads", "processor")
"""Columns of the runs frame, see `bench.records.columns`."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A study, its runs as a frame with the columns `KEPT`, and what no column says.

    `seconds` from the first run's start to the last one's end; `disturbed` is how many runs had a
    machine with something else to do; `picture` the SHA-256 of the page's picture, or empty.
    """

    study: Study
    runs: pd.DataFrame
    seconds: float
    disturbed: int
    picture: str = ""


def reference_of(folder: Path, picture: str = "") -> Reference:
    """Read the records of a whole study; raises `InvalidSetting` where runs are missing."""
    store = RecordStore(folder)
    study, runs = store.load_study(), frame.load(folder)
    runs = runs[runs["configuration"] == ""]
    declared = len(expand(study, "cpu"))
    if len(runs) != declared:
        raise InvalidSetting(
            f"'{folder}' has {len(runs)} of {declared} runs that its study declares; README tells "
            "of whole studies, made in one way"
        )
    started = [datetime.fromisoformat(text) for text in runs["started_at"]]
    ended = [s + timedelta(seconds=w) for s, w in zip(started, runs["wall_seconds"], strict=True)]
    seconds = (max(ended) - min(started)).total_seconds()
    disturbed = int((runs["disturbed"] != "").sum())
    return Reference(study, runs[[*KEPT]].reset_index(drop=True), seconds, disturbed, picture)


def to_json(reference: Reference) -> str:
    """Write a reference: columns, of which one that never varies is a single value."""
    columns = {}
    for name in KEPT:
        values = [None if pd.isna(v) else v for v in reference.runs[name].tolist()]
        columns[name] = values[0] if len(set(values)) == 1 else values
    content = {
        "format": FORMAT,
        "picture": reference.picture,
        "seconds": round(reference.seconds, 1),
        "disturbed": reference.disturbed,
        "count": len(reference.runs),
        "study": reference.study.model_dump(mode="json", exclude_unset=True),
        "runs": columns,
    }
    lines = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return lines.replace('],"', '],\n"').replace('},"', '},\n"') + "\n"


def read_reference(path: Path) -> Reference:
    """Read what `to_json` wrote; raises `UserError` for anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}, not {FORMAT}")
        return Reference(
            build_study(content["study"], str(path)),
            _frame(content["runs"], content["count"]),
            content["seconds"],
            content["disturbed"],
            content["picture"],
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: is no reference of this version: {error}") from error


def _frame(columns: Mapping[str, Any], count: int) -> pd.DataFrame:
    types = {column.name: column.dtype for column in RUN_COLUMNS if column.name in KEPT}
    whole = {
        name: values if isinstance(values, list) else [values] * count
        for name, values in columns.items()
    }
    return pd.DataFrame(whole)[[*KEPT]].astype({name: types[name] for name in KEPT})
