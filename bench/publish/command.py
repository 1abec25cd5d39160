"""What `python -m bench.publish` does: a result's folder written, and what is derived from all."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from bench.command import say
from bench.publish.answer_page import writers
from bench.publish.first_screen import ANSWER, chain, first_screen
from bench.publish.index import index
from bench.publish.marks import rewritten
from bench.publish.pictures import write_pictures
from bench.publish.result import PAGE, RESULTS, STUDY, Result, result_in
from bench.publish.said import Said, all_said
from bench.publish.told import FIGURES, told
from bench.records.packed import ARCHIVE, contents, packed, unpacked
from bench.records.reported import keep_trace
from bench.report_files import must_draw, save, save_figures, save_report
from noprop_core.errors import InvalidSetting, UserError
from reports.display.words import counted, join
from reports.files.output import write_folder

README = "README.md"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}")


def publish(
    folder: Path,
    name: str,
    root: Path,
    *,
    incomplete: bool = False,
    figures: bool = False,
    replace: bool = False,
) -> int:
    """Publish the study's records in `folder` as `docs/results/NAME` of the clone `root`.

    Raises `UserError`, before anything is written, for a study that is not whole unless
    `incomplete` says so, and where records that are published now would be lost unless `replace`.
    """
    if not NAME.fullmatch(name):
        raise InvalidSetting(f"--as: '{name}' is no name of small letters, digits, '.', '_', '-'")
    if figures:
        must_draw()
    result = result_in(folder, name)
    _check(result, folder, incomplete=incomplete)
    # A page of these seeds is made: whoever adds some later is told by the trace.
    keep_trace(folder, {r.cell.seed for r in result.records}, result.study.seeds)
    files = contents(folder)
    target = root / result.folder
    if not replace:
        _check_nothing_is_lost(target / ARCHIVE, files)
    try:
        write_folder({ARCHIVE: packed(files), STUDY: _study(files)}, target)
    except OSError as error:
        raise UserError(f"cannot write '{target}': {error.strerror or error}") from error
    if figures:
        (target / FIGURES).mkdir(exist_ok=True)
    write_page(Said(result, root))
    say(target)
    return refresh(root)


def refresh(root: Path, *, pages: bool = False) -> int:
    """Write anew what is derived from the records in `docs/results` of the clone `root`."""
    if not root.is_dir():
        raise UserError(f"--root: '{root}' is no folder")
    said = all_said(root)
    texts = documents(said, root)  # before anything is written
    write_pictures(said, root)
    for each in said:
        if pages:
            write_page(each)
        save(told(each.result, root), root / each.result.folder / "README.md")
    save(index([each.result for each in said], root), root / RESULTS / "README.md")
    say(root / RESULTS / "README.md")
    for path in texts:  # again: a picture may be there now
        save(documents(said, root)[path], path)
        say(path)
    return 0


def documents(said: Sequence[Said], root: Path) -> dict[Path, str]:
    """Return the documents of the clone `root` that have blocks written from results, anew."""
    known = {
        README: {"the answer": lambda: first_screen(said, root), "the chain": lambda: chain(said)},
        ANSWER: writers(said, root),
    }
    found = {}
    for name, own in known.items():
        if (root / name).is_file():
            text = (root / name).read_text(encoding="utf-8")
            found[root / name] = rewritten(text, own, name)
    return found


def write_page(said: Said) -> None:
    """Write a published result's page, from its archive."""
    target = said.root / said.result.folder
    save_report(said.report, "html", target / PAGE)
    if (target / FIGURES).is_dir():
        save_figures(said.report, target / FIGURES)


def _check(result: Result, folder: Path, *, incomplete: bool) -> None:
    missing = result.missing()
    if not result.records:
        raise InvalidSetting(f"'{folder}' has no run that its study declares")
    if missing and not incomplete:
        raise InvalidSetting(
            f"'{folder}' is not the whole study: {join(missing)} are missing; --incomplete "
            "publishes it so, and says it"
        )


def _check_nothing_is_lost(archive: Path, files: dict[str, bytes]) -> None:
    """Raise `InvalidSetting` if records that are published are not among `files`."""
    if not archive.exists():
        return
    kept = set(files.values())
    known = unpacked(archive)
    lost = [n for n, data in known.items() if "/records/" in n and data not in kept]
    if lost:
        raise InvalidSetting(
            f"'{archive}' has {counted(len(lost), 'record')} that would be lost, such as "
            f"{lost[0]}; --replace publishes the others in their place"
        )


def _study(files: dict[str, bytes]) -> bytes:
    own = next(iter(files)).partition("/")[0]
    # As it was kept, for a study that is run again from this file.
    return json.dumps(json.loads(files[f"{own}/{STUDY}"]), indent=1).encode() + b"\n"
