"""A report of a colleague's results, whose method and data set are not on this machine."""

import json
import sys
from types import ModuleType

import pytest
from pydantic import ValidationError

from bench import report
from bench.records.frame import runs_frame
from bench.records.store import RecordStore, digest_of
from bench.study.study import READ_BACK, Study
from noprop_core.datasets.digits import read_digits
from noprop_core.methods.classifier import Classifier

METHOD, DATA = "colleague:Theirs", "colleague:read"


@pytest.fixture(scope="module")
def made(study, run_of, tmp_path_factory):
    """Run a study of a plug-in's method and data set, and take the plug-in away."""
    module = ModuleType("colleague")

    class Theirs(Classifier):
        name, title, source = "theirs", "a colleague's idea", "Colleague 2026, Eq. 7"

        class Config(Classifier.Config):
            boldness: float = 0.5

    module.Theirs, module.read = Theirs, read_digits
    own = {"datasets": [DATA], "methods": ["backprop", METHOD], "options": {}}
    sys.modules["colleague"] = module
    try:
        tables = {METHOD: {"width": 0.25}, "backprop": {"width": 0.25}}
        declared = study(**own, method=tables)
        store = RecordStore(tmp_path_factory.mktemp("made") / "tiny")
        run_of(declared, store)
        bolder = study(**own, method=tables | {METHOD: {"width": 0.25, "boldness": 0.75}})
        run_of(bolder, store)
    finally:
        del sys.modules["colleague"]
    return store, declared


def test_title_and_source_are_the_record_s(command, made, tmp_path):
    store, _ = made
    page = tmp_path / "page.html"
    answer = command(store.folder, "-o", page, main=report.main)
    assert answer.code == 0
    assert answer.err == (
        f"warning: method '{METHOD}' cannot be loaded here; its title and source are those of its "
        "records\n"
    )
    html = page.read_text(encoding="utf-8").replace("&#39;", "'")
    assert "a colleague's idea" in html
    assert "Colleague 2026, Eq. 7" in html


def test_what_the_study_states_tells_configurations_apart(made):
    store, _ = made
    runs = runs_frame(store.load(), store.load_study())
    theirs = runs[runs["method"] == METHOD]
    assert sorted(theirs["configuration"]) == ["", "", "boldness=0.5", "boldness=0.5"]
    assert (runs[runs["method"] == "backprop"]["configuration"] == "").all()


def test_what_it_leaves_open_is_as_in_the_newest_run(made):
    store, declared = made
    ends = {0.5: "2026-01-01T00:00:00+00:00", 0.75: "2026-01-02T00:00:00+00:00"}
    records = [
        r.model_copy(update={"started_at": ends[r.cell.options["boldness"]]})
        for r in store.load()
        if r.cell.method == METHOD
    ]
    runs = runs_frame(records, declared)
    assert sorted(runs["configuration"]) == ["", "", "boldness=0.5", "boldness=0.5"]


def test_a_declaration_without_timesteps_is_read_back(tiny):
    content = {name: value for name, value in tiny.items() if name not in ("timesteps", "options")}
    content |= {"methods": [METHOD], "baseline": METHOD}
    assert Study.model_validate(content, context=READ_BACK).methods == [METHOD]
    with pytest.raises(ValidationError, match="cannot be loaded"):
        Study.model_validate(content)


def test_an_older_record_gives_way_to_the_name(command, made, tmp_path):
    store, _ = made
    older = RecordStore(tmp_path / "older")
    older.save_study(store.load_study())
    older.records_folder.mkdir()
    for path in store.records_folder.iterdir():
        content = json.loads(path.read_text())
        for entry in ("method_title", "method_source", "digest"):
            del content[entry]
        text = json.dumps(content | {"digest": digest_of(content)})
        (older.records_folder / path.name).write_text(text)
    assert command(older.folder, main=report.main).code == 0
    html = (older.folder / "report.html").read_text(encoding="utf-8")
    assert "not recorded, and the method cannot be loaded here" in html
    assert "Colleague 2026" not in html
