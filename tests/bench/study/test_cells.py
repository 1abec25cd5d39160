"""A study expands to cells in a fair order; a cell's id is its content and nothing else."""

import json
import os
import string
import subprocess
import sys
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.study.budget import Convergence, Epochs, Seconds
from bench.study.cells import Cell, Execution, expand
from noprop_core import registry
from noprop_core.methods.classifier import Classifier
from noprop_core.options import recorded

OTHER = {
    "method": "noprop-dt",
    "dataset": "mnist",
    "train_images": 65,
    "batch_size": 65,
    "timesteps": 3,
    "seed": 1,
    "budget": Epochs(epochs=3),
    "inference_repeats": 3,
    "execution": Execution(device="cpu", threads=None),
    "options": {"width": 0.5},
}
OTHER_PARTS = [
    {"budget": Epochs(epochs=2, keep="best")},
    {"budget": Seconds(seconds=2)},
    {"budget": Seconds(seconds=2.5)},
    {"budget": Convergence()},
    {"budget": Convergence(patience=6)},
    {"budget": Convergence(min_gain=0.0)},
    {"budget": Convergence(max_epochs=99)},
    {"budget": Convergence(keep="best")},
    {"execution": Execution(device="cuda", threads=1)},
    {"execution": Execution(device="cpu", threads=1, side_by_side=True)},
    {"execution": Execution(device="cpu", threads=1, cuda_graphs=True)},
    {"execution": Execution(device="cpu", threads=1, gradient_norms=True)},
    {"execution": Execution(device="cpu", threads=1, precision="bf16")},
    {"execution": Execution(device="cuda", threads=1, precision="fp32", deterministic=True)},
    {"execution": Execution(device="cuda", threads=1, precision="fp32", deterministic=False)},
]


def test_methods_without_t_run_once_per_batch_size(study):
    declared = study(
        methods=["noprop-shared", "classifier", "backprop"],
        seeds=[0, 1],
        batch_sizes=[16, 32],
        timesteps=[2, 4, 6],
    )
    cells = expand(declared, "cpu")
    assert len(cells) == 2 * 2 * (2 * 3 + 1)
    plain = [c for c in cells if c.method == "classifier"]
    assert [(c.seed, c.batch_size, c.timesteps) for c in plain] == [
        (0, 16, None), (0, 32, None), (1, 16, None), (1, 32, None)
    ]  # fmt: skip
    assert {c.timesteps for c in cells if c.method != "classifier"} == {2, 4, 6}
    assert len({c.id for c in cells}) == len(cells)


def test_seeds_are_outermost_so_that_an_interrupted_study_holds_whole_seeds(study):
    cells = expand(study(seeds=[4, 0, 2], batch_sizes=[16, 32], timesteps=[2, 3]), "cpu")
    seeds = [cell.seed for cell in cells]
    assert list(dict.fromkeys(seeds)) == [4, 0, 2]
    assert seeds == sorted(seeds, key=[4, 0, 2].index)


def test_methods_take_turns_in_being_first(study):
    methods = ["backprop", "noprop-dt", "noprop-shared"]
    cells = expand(study(methods=methods, seeds="0-3"), "cpu")
    orders = [[c.method for c in cells if c.seed == seed] for seed in range(4)]
    assert orders[0] == methods
    assert orders[1] == ["noprop-dt", "noprop-shared", "backprop"]
    assert orders[2] == ["noprop-shared", "backprop", "noprop-dt"]
    assert orders[3] == methods


def test_a_cell_carries_the_study_s_settings_and_the_method_s_whole_configuration(study):
    declared = study(threads=3, inference_repeats=4, budget={"epochs": 5})
    for cell in expand(declared, "cuda"):
        assert cell.execution == Execution(
            device="cuda", threads=3, precision="fp32", deterministic=True
        )
        assert (cell.budget, cell.inference_repeats) == (Epochs(epochs=5), 4)
        assert cell.train_images == 64
        assert cell.config() == declared.method_config(cell.method)
        assert set(cell.options) == set(recorded(declared.method_config(cell.method)))


def test_every_data_set_has_its_cells(study):
    cells = expand(study(datasets=["digits", "mnist"], seeds=[0]), "cpu")
    assert [c.dataset for c in cells] == ["digits"] * 3 + ["mnist"] * 3


@pytest.mark.parametrize("field", Cell.model_fields)
def test_every_field_changes_the_id(cell, field):
    assert getattr(cell(), field) != OTHER[field]
    assert cell(**{field: OTHER[field]}).id != cell().id


def test_every_part_of_budget_and_execution_changes_the_id(cell):
    ids = {cell(**changes).id for changes in OTHER_PARTS}
    assert len(ids | {cell().id}) == len(OTHER_PARTS) + 1


def test_the_layout_is_flat_and_holds_nothing_that_the_first_release_lacked(cell):
    assert cell().layout() == {
        "method": "backprop", "dataset": "digits", "train_images": 64, "batch_size": 64,
        "timesteps": 2, "seed": 0, "epochs": 2, "inference_repeats": 2, "device": "cpu",
        "threads": 1, "options": cell().options,
    }  # fmt: skip
    parts = [set(Cell.model_fields) - {"budget", "execution"}, set(Execution.model_fields)]
    for budget in (Epochs, Seconds, Convergence):
        names = [*parts[0], *parts[1], *budget.model_fields]
        assert len(names) == len(set(names)), "two entries of the layout have one name"


class Classifier2(Classifier):
    """The classifier a release later, with a new option and a new default of it."""

    class Config(Classifier.Config):
        historical = {"dropout": 0.0}  # noqa: RUF012
        dropout: float = 0.1


def test_a_new_option_changes_no_id_where_it_is_at_its_historical_value(study, monkeypatch):
    def cells(**options):
        declared = study(methods=["classifier"], baseline="classifier", method=options)
        return expand(declared, "cpu")

    before = cells()
    monkeypatch.setattr(registry, "find", lambda name: Classifier2)
    assert [c.id for c in cells(classifier={"dropout": 0.0})] == [c.id for c in before]
    assert before[0].config() == Classifier2.Config(width=0.25, dropout=0.0)
    # The new default is not what was done before.
    assert not {c.id for c in cells()} & {c.id for c in before}


def test_a_deep_option_changes_the_id(cell):
    options = cell().options
    optimizer = options["optimizer"] | {"learning_rate": 0.125}
    assert cell(options=options | {"optimizer": optimizer}).id != cell().id


def test_the_order_of_options_does_not_change_the_id(cell):
    def turned(options):
        pairs = reversed(options.items())
        return {k: turned(v) if isinstance(v, dict) else v for k, v in pairs}

    other = cell(options=turned(cell().options))
    assert list(other.options) != list(cell().options)
    assert other.id == cell().id


def test_ids_are_the_same_in_every_process(cell):
    reader = (
        "import sys; from bench.study.cells import Cell; "
        "print(*(Cell.model_validate_json(line).id for line in sys.stdin))"
    )
    cells = [cell(), cell(seed=7), cell(method="∂:Ü", options={"b": {"d": 1, "c": 2}, "a": "é"})]
    done = subprocess.run(
        [sys.executable, "-c", reader],
        input="\n".join(c.model_dump_json() for c in cells).encode(),
        env=os.environ | {"PYTHONHASHSEED": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().split() == [c.id for c in cells]


def test_ids_stay_what_they_were_in_records_already_on_disk(cell):
    kept = cell(options={"width": 0.25, "optimizer": {"name": "adam", "learning_rate": 1e-3}})
    assert kept.id == "5abe1c7f185a"


def test_a_label_says_what_a_person_calls_the_cell(cell):
    assert cell(method="noprop-dt", timesteps=5).label == "noprop-dt-digits-b64-T5-s0"
    assert cell(method="classifier", timesteps=None, seed=3).label == "classifier-digits-b64-s3"


HOSTILE = ["../../etc/x:Y", "a b", "..", "x\ny", "a\x00b", "C:\\x", "*?<>|", "ä/∂", "x" * 300, "-"]


@pytest.mark.parametrize("method", HOSTILE, ids=lambda name: ascii(name[:12]))
def test_a_label_is_a_file_name_whatever_the_method_is_called(cell, tmp_path, method):
    label = cell(method=method).label
    assert set(label) <= set(string.ascii_letters + string.digits + "._-")
    path = tmp_path / f"{label}-{cell().id}.json"
    path.write_text("kept")
    assert [inside.name for inside in tmp_path.iterdir()] == [path.name]


@given(method=st.text(min_size=1, max_size=60), seed=st.integers(0, 2**62))
def test_a_cell_of_any_method_survives_json(cell, method, seed):
    before = cell(method=method, seed=seed)
    after = Cell.model_validate_json(before.model_dump_json())
    assert after == before
    assert after.id == before.id
    assert not set(before.label) - set(string.ascii_letters + string.digits + "._-")


@pytest.mark.parametrize("method", registry.names())
def test_a_configuration_survives_toml_and_json(study, toml, method):
    settings = {"width": 0.5, "optimizer": {"learning_rate": 3e-3, "weight_decay": 0.0}}
    [cell] = expand(study(methods=[method], baseline=method, seeds=[0], options=settings), "cpu")
    written = tomllib.loads(toml(cell.config().model_dump(mode="json")))
    back = Cell.model_validate(
        cell.model_dump() | {"options": json.loads(json.dumps(cell.options))}
    )
    assert back.config() == cell.config()
    assert back.id == cell.id
    assert Cell.model_validate(cell.model_dump() | {"options": written}).config() == cell.config()
    # A study file that states the whole configuration gives the very same cell.
    stated = study(
        methods=[method], baseline=method, seeds=[0], options={}, method={method: written}
    )
    assert expand(stated, "cpu")[0].id == cell.id


def test_an_unknown_field_is_refused(cell):
    with pytest.raises(ValueError, match="extra"):
        cell(colour="red")
