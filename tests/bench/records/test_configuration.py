"""A run that is not as its folder's study declares says in a few words what differs."""

import json
from pathlib import Path

import pytest
from pydantic import Field

from bench import frame
from bench.records.configuration import configurations
from bench.records.store import RecordStore
from bench.study.cells import expand
from noprop_core import registry
from noprop_core.method import MethodConfig
from noprop_core.methods.classifier import Classifier

OLDER = Path(__file__).parent / "records_of_older_schemas"


@pytest.fixture
def made(record):
    """Make records of every cell of a study, as if it had run."""
    return lambda study, device="cpu": [record(cell) for cell in expand(study, device)]


def test_runs_as_declared_have_no_configuration(made, study):
    declared = study(threads=None)
    records = [*made(declared), *made(declared, "cuda")]
    assert configurations(records, declared) == [""] * len(records)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": {"width": 0.5}}, "width=0.5"),
        ({"options": {"width": 0.25, "optimizer": {"weight_decay": 0.5}}},
             "optimizer.weight_decay=0.5"),
        ({"budget": {"epochs": 3}}, "epochs=3"),
        ({"budget": {"seconds": 3}}, "3 s of training"),
        ({"budget": {"epochs": 2, "keep": "best"}}, "keep=best"),
        ({"seeds": [7]}, "an undeclared seed"),
        ({"batch_sizes": [32]}, "batch size 32"),
        ({"train_images": 65}, "65 training images"),
        ({"train_images": None}, "all training images"),
        ({"inference_repeats": 3}, "3 inference repeats"),
        ({"threads": 2}, "threads=2"),
        ({"threads": None}, "threads=as torch chooses"),
        ({"seeds": [7], "options": {}, "budget": {"epochs": 3}},
         "an undeclared seed, epochs=3, width=1.0"),
    ],
    ids=str,
)  # fmt: skip
def test_words_say_what_differs(made, study, changes, words):
    declared = study()
    records = [*made(declared), *made(study(**changes))]
    assert configurations(records, declared)[6:] == [words] * (len(records) - 6)


def test_t_and_methods_that_are_not_declared(made, study):
    declared = study(methods=["backprop", "classifier"])
    records = made(study(timesteps=[3], seeds=[0]))
    assert {r.cell.method: words for r, words in zip(records, configurations(records, declared),
                                                     strict=True)} == {
        "backprop": "T=3", "classifier": "", "noprop-shared": "no declaration"
    }  # fmt: skip


def test_one_method_s_own_declaration_counts_for_it_alone(made, study):
    declared = study(method={"backprop": {"width": 0.5}}, budget={
        "epochs": 2, "own_epochs": {"classifier": 4}
    })  # fmt: skip
    words = configurations(made(study(seeds=[0])), declared)
    assert words == ["width=0.25", "epochs=2", ""]


class WithAnotherDefault(Classifier):
    class Config(MethodConfig):
        width: float = Field(1.0)
        momentum: float = 0.9


class Before(Classifier):
    class Config(MethodConfig):
        momentum: float = 0.5


@pytest.fixture
def older(made, study, monkeypatch):
    """Return a study whose runs were made when its method had another default."""
    declared = study(methods=["classifier"], baseline="classifier")
    monkeypatch.setattr(registry, "find", lambda name: Before)
    records = made(declared)
    monkeypatch.setattr(registry, "find", lambda name: WithAnotherDefault)
    return declared, records


def test_runs_of_a_version_with_other_defaults_are_as_they_were_declared(older):
    declared, records = older
    assert configurations(records, declared) == ["", ""]


def test_runs_under_two_defaults_are_two_configurations(older, made):
    declared, records = older
    words = configurations([*records, *made(declared)], declared)
    assert words == ["momentum=0.5", "momentum=0.5", "", ""]


def test_an_option_that_the_study_states_is_no_old_default(older, study):
    _, records = older
    stated = study(
        methods=["classifier"], baseline="classifier", method={"classifier": {"momentum": 0.75}}
    )
    assert configurations(records, stated) == ["momentum=0.5"] * 2


def test_options_of_an_older_version_are_told_by_their_old_names(study, tmp_path):
    store = RecordStore(tmp_path)
    store.records_folder.mkdir()
    (store.records_folder / "a.json").write_bytes((OLDER / "schema-1.json").read_bytes())
    content = json.loads((OLDER / "schema-1.json").read_bytes())
    declared = study(methods=["noprop-dt"], baseline="noprop-dt", options={"width": 0.25})
    [words] = configurations(store.load(), declared)
    assert content["cell"]["options"]["width"] == 0.5
    assert "width=0.5" in words


def test_a_folder_s_frame_has_the_column_where_there_is_a_declaration(made, study, tmp_path):
    store = RecordStore(tmp_path)
    for record in made(study(seeds=[0], methods=["backprop"])):
        store.save(record)
    assert list(frame.load(tmp_path)["configuration"]) == [""]
    store.save_study(study(options={"width": 0.5}))
    assert list(frame.load(tmp_path)["configuration"]) == ["width=0.25"]
