"""A study's folder as one file, as published results keep it: `records.tar.xz`.

Equal records give equal bytes: names sorted, no times, no owners, no rights. In it lies the study's
own folder first; a tuned study has with it the folder of the study that was tuned, whose trials
say how its options were chosen. Models, predictions, locks and reports stay outside.
"""

import io
import lzma
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.records.anonymous import without_paths
from bench.records.reported import REPORTED, without_times
from bench.records.store import RecordStore
from bench.study.problems import InvalidInput
from noprop_core.errors import InvalidSetting
from reports.files.regular import read_regular

ARCHIVE = "records.tar.xz"
KEPT = (
    "study.json",
    REPORTED,
    "looks/*.json",
    "records/*.json",
    "superseded/*.json",
    "tuning/study.json",
    "tuning/trials/*/*.json",
    "tuning/records/*.json",
    "*.toml",
)
"""What of a study's folder is packed. The records of trials are not those of the comparison."""
RECORDS = {"records", "superseded"}
"""Folders whose files are records."""


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a study's `folder` that are packed, by name in the archive.

    Paths of the machine that recorded are cut short, see `bench.records.anonymous`; raises
    `UserError` for a file that is not what its name says.
    """
    files: dict[str, bytes] = {}
    for each in _folders(folder):
        files |= {f"{each.name}/{name}": data for name, data in _files(each)}
    return files


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return `files`, contents by name, as a compressed archive."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)  # time, owner and group are 0
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return lzma.compress(raw.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def is_packed(folder: Path) -> bool:
    """Whether `folder` has its records in an archive, and none beside it."""
    return (folder / ARCHIVE).is_file() and not (folder / "records").is_dir()


@contextmanager
def readable(folder: Path) -> Iterator[Path]:
    """Yield a study's folder as it is, or a temporary one with what its archive holds.

    Nothing is left behind; raises `InvalidInput` for an archive that is none.
    """
    if not is_packed(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield _unpacked(folder / ARCHIVE, Path(temporary))


def unpacked(path: Path) -> dict[str, bytes]:
    """Return what an archive holds, by name; raises `InvalidInput` for a file that is none."""
    with tempfile.TemporaryDirectory() as temporary:
        _unpacked(path, Path(temporary))
        found = sorted(each for each in Path(temporary).rglob("*") if each.is_file())
        return {each.relative_to(temporary).as_posix(): each.read_bytes() for each in found}


def _unpacked(path: Path, where: Path) -> Path:
    try:
        with tarfile.open(path, mode="r:xz") as archive:
            names = archive.getnames()
            archive.extractall(where, filter="data")
    except (OSError, EOFError, lzma.LZMAError, tarfile.TarError) as error:
        raise InvalidInput(str(path), [f"is no archive of records ({error})"]) from error
    if not names or not (where / Path(names[0]).parts[0] / "records").is_dir():
        raise InvalidInput(str(path), ["holds no records"])
    return where / Path(names[0]).parts[0]


def _folders(folder: Path) -> Iterator[Path]:
    yield folder.resolve()
    tuned = RecordStore(folder).load_study().tuned
    before = folder.resolve().parent / tuned.study if tuned else folder
    if tuned and before.is_dir():
        yield before


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    paths = sorted(path for pattern in KEPT for path in folder.glob(pattern))
    for path in paths:
        try:
            text = read_regular(path)
        except (OSError, ValueError) as error:
            raise InvalidSetting(f"cannot read '{path}': {error}") from error
        if path.parent.name in RECORDS:
            text = without_paths(text, path)
        elif path.name == REPORTED:
            text = without_times(text)
        yield path.relative_to(folder).as_posix(), text.encode()
