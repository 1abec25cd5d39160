"""Hostile inputs, half of them valid studies near the edge: a clear end, whatever they are.

`tox run -e fuzz` tries ten thousand; here it is a few. An input follows from its number alone, and
NOPROP_FUZZ_FIRST is that of the first.
"""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hostile_inputs import COMMANDS, Input, prepare
from hostile_verdicts import called, faults
from legal_verdicts import faults_of_legal, records_of

INPUTS = int(os.environ.get("NOPROP_FUZZ_INPUTS", "12"))
FIRST = int(os.environ.get("NOPROP_FUZZ_FIRST", "0"))
SHARE = 0.9
"""Of the valid studies: so many have to be run, or what lies behind validation is not reached."""
FOUND = os.environ.get("NOPROP_FUZZ_FOUND")
"""A file that takes up each fault as it is found."""


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory, tiny, run_of, study):
    """Return results to spoil copies of: two methods, three seeds, and their study's file."""
    from bench.records.store import RecordStore

    folder = tmp_path_factory.mktemp("fuzz") / "results"
    few = study(methods=["backprop", "classifier"], seeds=[0, 1, 2], batch_sizes=[16])
    store = RecordStore(folder / "tiny")
    run_of(few, store)
    return folder, few


def kept(folder: Path) -> Counter[bytes]:
    """Count the contents of all records, set aside or not."""
    paths = [p for name in ("records", "superseded") for p in folder.glob(f"*/{name}/*.json")]
    return Counter(path.read_bytes() for path in paths if path.is_file())


def judged(made: Input, folder: Path) -> list[str]:
    found = []
    for name, words in made.calls:
        before = kept(folder / "results")
        came = called(COMMANDS[name].main, words)
        wrong = faults(came)
        if not wrong and made.legal:
            again = (name, words) in made.calls[: len(made.codes)]
            wrong = faults_of_legal(name, words, came, again=again)
        if before - kept(folder / "results"):
            wrong.append("a record is lost")
        found += [f"{name} {' '.join(words)!r}: {words_}" for words_ in wrong]
        made.codes.append(came.code)
    return found


def test_every_input_comes_to_a_clear_end(spoilt, toml, tmp_path, monkeypatch):
    finished, few = spoilt
    declared = toml(few.model_dump(mode="json", exclude_unset=True))
    monkeypatch.setenv("BROWSER", "true")
    found, codes, legal, ran = [], Counter(), 0, 0
    for number in range(FIRST, FIRST + INPUTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "tiny.toml").write_text(declared, encoding="utf-8")
        monkeypatch.chdir(folder)
        made = prepare(number, folder, finished, toml)
        wrong = judged(made, folder)
        legal += made.legal
        ran += made.legal and ("--plan" in made.calls[0][1] or bool(records_of(made.calls[0][1])))
        codes[made.what.partition(":")[0], *made.codes] += 1
        found += [f"input {number}, {made.what}: {fault}" for fault in wrong]
        if FOUND:
            with Path(FOUND).open("a") as file:
                file.write("".join(f"input {number}, {made.what}: {w}\n" for w in wrong))
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(folder)
    for what, count in sorted(codes.items(), key=str):
        print("fuzz:", count, *what)
    print(f"fuzz: {ran} of {legal} valid studies were run or planned")
    assert not found, "\n\n".join(found)
    assert ran >= SHARE * legal
