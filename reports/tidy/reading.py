"""A file of anybody's into a table: CSV, TSV, JSON, JSON lines, Parquet."""

from collections.abc import Callable

import pandas as pd

from reports.files.regular import refuse_irregular
from reports.input.validation import FrameError


def _csv(path: str) -> pd.DataFrame:
    """Read every value as text: a method called NA is no missing value, and 007 is no 7."""
    with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123
        head = file.readline()
    separator = max(",;\t", key=head.count) if head else ","
    table = pd.read_csv(
        path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig",
        skipinitialspace=True,
    )  # fmt: skip
    if not isinstance(table.index, pd.RangeIndex):
        raise ValueError("a row has more fields than there are columns")
    return table


def _json(path: str) -> pd.DataFrame:
    return pd.read_json(path, orient="records", dtype=False)


def _lines(path: str) -> pd.DataFrame:
    return pd.read_json(path, orient="records", lines=True, dtype=False)


READERS: dict[str, Callable[[str], pd.DataFrame]] = {
    "csv": _csv,
    "tsv": _csv,
    "txt": _csv,
    "json": _json,
    "jsonl": _lines,
    "ndjson": _lines,
    "parquet": pd.read_parquet,
}
"""What reads a file, by its ending."""


def read_table(path: str) -> pd.DataFrame:
    """Return the table in a file; raises `FrameError` where there is none that can be read."""
    ending = path.rpartition(".")[2].lower()
    if ending not in READERS:
        raise FrameError(f"'{path}': a table's name ends in one of {', '.join(READERS)}")
    try:
        refuse_irregular(path)
        return READERS[ending](path)
    except FileNotFoundError:
        raise FrameError(f"'{path}' does not exist") from None
    except pd.errors.EmptyDataError:
        raise FrameError(f"'{path}' is empty") from None
    except OSError as error:
        raise FrameError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, AttributeError) as error:  # whatever a parser says of a file
        said = " ".join(str(error).split()) or type(error).__name__
        raise FrameError(f"'{path}' holds no {ending} table of one row per run: {said}") from error
