"""README, its reference and its picture, written: what `bench.readme` does."""

import hashlib
import tempfile
from pathlib import Path

from bench.browser import NO_BROWSER, take_picture
from bench.command import say, warn
from bench.readme_block import begins, written_into
from bench.readme_reference import read_reference, reference_of, to_json
from bench.records.store import RecordStore
from bench.report_files import save, save_report
from bench.reporting import analysed
from noprop_core.errors import InvalidSetting, UserError

PICTURED = "quick"
"""The study whose page README shows."""


def references(readme: Path) -> list[Path]:
    """Return the files that README's results are computed from."""
    return sorted((readme.parent / "docs" / "measured").glob("*.json"))


def picture_of(readme: Path) -> Path:
    """Return where README's picture is."""
    return readme.parent / "docs" / "report.png"


def renew(folder: Path, readme: Path) -> int:
    """Write reference, README and picture from the records in `folder`; return the exit code."""
    text = _read(readme)
    found = reference_of(folder)
    written_into(text, found)  # before anything is written
    picture = ""
    if found.study.name == PICTURED:
        picture = _photographed(folder, picture_of(readme))
    path = readme.parent / "docs" / "measured" / f"{found.study.name}.json"
    save(to_json(reference_of(folder, picture)), path)
    say(path)
    return rewrite(readme)


def rewrite(readme: Path) -> int:
    """Write README's results anew from the references beside it; return the exit code."""
    text = _read(readme)
    found = [read_reference(path) for path in references(readme)]
    if not found:
        raise InvalidSetting(f"no results in '{readme.parent / 'docs' / 'results'}'")
    for reference in found:
        text = written_into(text, reference)
    save(text, readme)
    say(readme)
    return 0


def _photographed(folder: Path, picture: Path) -> str:
    """Take the picture of a study's page; return its SHA-256, or "" where there is no browser."""
    report, _ = analysed(RecordStore(folder))
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "report.html"
        save_report(report, "html", page)
        if not take_picture(page, picture):
            warn(f"warning: {NO_BROWSER}; {picture} stays as it is, and behind the numbers")
            return ""
    say(picture)
    return hashlib.sha256(picture.read_bytes()).hexdigest()


def _read(readme: Path) -> str:
    try:
        text = readme.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot read '{readme}': {error.strerror or error}") from error
    if begins("").partition(",")[0] not in text:
        raise InvalidSetting(f"'{readme}' has no place for results: '{begins('STUDY')}'")
    return text
