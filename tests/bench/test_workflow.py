"""The documented workflow and container do what they say, without a runner or a daemon."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from bench import report, run
from bench.records.store import RecordStore
from noprop_core.errors import UserError

ROOT = Path(__file__).parents[2]
WORKFLOW = (ROOT / "docs" / "examples" / "regressions.yml").read_text(encoding="utf-8")
FILLED = WORKFLOW.replace("${{ github.workspace }}", "here")
COMMANDS = [shlex.split(words) for words in re.findall(r"run: python -m (.*)", FILLED)]


def saved(folder, record, cell, study, accuracy):
    store = RecordStore(folder)
    store.save_study(study(name="ci", seeds=[0, 1, 2, 3, 4]))
    for seed, luck in enumerate((0.004, 0.001, -0.002, 0.003, -0.001)):
        store.save(record(cell(seed=seed), test_accuracies=[accuracy + luck * accuracy]))


def test_base_and_change_are_measured_alike():
    measured = [words[1:] for words in COMMANDS if words[0] == "bench.run"]
    assert len(measured) == 2
    old, new = (run.parser().read(words) for words in measured)
    assert (old.name, new.name) == ("ci", "ci")
    assert (Path(old.results).name, Path(new.results).name) == ("old", "new")
    for name in ("seeds", "study", "methods"):
        assert getattr(old, name) == getattr(new, name)


@pytest.mark.parametrize(("accuracy", "code"), [(0.75, 0), (0.25, 1)])
def test_the_comparison_fails_where_the_change_is_worse(
    accuracy, code, tmp_path, monkeypatch, record, cell, study, capsys
):
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "old" / "ci", record, cell, study, 0.75)
    saved(tmp_path / "new" / "ci", record, cell, study, accuracy)
    (words,) = [words[1:] for words in COMMANDS if words[0] == "bench.report"]
    assert report.main(words) == code
    assert (tmp_path / "changes.html").is_file()
    assert ("less-accurate" in capsys.readouterr().out) is bool(code)


def test_an_option_of_the_workflow_that_is_gone_would_be_noticed():
    with pytest.raises(UserError):
        run.parser().read(["--sead", "0"])


def test_the_container_installs_what_there_is():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for module in re.findall(r"noprop-bench (bench\.\w+)", text) + re.findall(
        r'CMD \["(bench\.\w+)"', text
    ):
        assert importlib.util.find_spec(module) is not None, module
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"results", "data", ".git"} <= set(ignored)
    (extra,) = re.findall(r"/source\[(\w+)\]", text)
    assert f"{extra} = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
