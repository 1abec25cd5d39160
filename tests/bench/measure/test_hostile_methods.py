"""Methods that return, raise or set what they must not: a failed record each, and no other harm."""

import asyncio
import gc
import math
import os
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from bench.measure import cell_run
from bench.measure.cell_run import CellRun
from bench.measure.driven import run_cell
from bench.measure.failures import exit_is_a_failure
from bench.measure.job import Job
from bench.records import frame
from bench.records.record import Environment
from bench.records.store import RecordStore
from bench.reporting import analysed
from bench.study.loading import build_study
from noprop_core import registry
from noprop_core.errors import InvalidSetting
from noprop_core.method import MethodConfig
from noprop_core.methods.classifier import Classifier, ClassifierConfig
from noprop_core.torch_state import as_it_is, changes_since
from reports.formats.formats import render_as

NAN = float("nan")


class Silent(Classifier):
    """Has no class scores, so that what it predicts is its own affair."""

    name = "silent"

    def predict(self, encoded, generator):
        return torch.zeros(len(encoded), dtype=torch.long)


@pytest.fixture
def method(monkeypatch):
    """Give a method with some members replaced, and return its name."""
    module = ModuleType("hostile_methods")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def define(base=Classifier, **members):
        label = f"M{len(vars(module))}"
        setattr(module, label, type(label, (base,), members))
        return f"{module.__name__}:{label}"

    return define


@pytest.fixture
def outcome(cell, method):
    """Run a cell of such a method, and return its record."""

    def run(base=Classifier, **members):
        of = cell(method=method(base, **members), timesteps=None, options={"width": 0.25})
        return run_cell(CellRun(Job(cell=of, study="tiny")))

    return run


def says(value):
    return lambda self, *words: value


SAID = {
    "predictions of one": (Silent, "predict", lambda s, e, g: torch.zeros(1, dtype=torch.long)),
    "predictions that are shares": (Silent, "predict", lambda s, e, g: torch.zeros(len(e))),
    "predictions that are NaN": (Silent, "predict", lambda s, e, g: torch.full((len(e),), NAN)),
    "a class too many": (Silent, "predict", lambda s, e, g: torch.full((len(e),), 10)),
    "a class below 0": (Silent, "predict", lambda s, e, g: torch.full((len(e),), -1)),
    "no tensor": (Silent, "predict", lambda s, e, g: [0] * len(e)),
    "scores of fewer classes": (Classifier, "logits", lambda s, e, g: torch.zeros(len(e[0]), 3)),
    "losses": (Classifier, "train_step", lambda s, x, y: torch.ones(3)),
    "a loss of shape (1,)": (Classifier, "train_step", lambda s, x, y: torch.ones(1)),
    "a complex loss": (Classifier, "train_step", lambda s, x, y: torch.tensor(1j)),
    "a loss that is true": (Classifier, "train_step", lambda s, x, y: torch.tensor(True)),
    "a whole loss": (Classifier, "train_step", lambda s, x, y: torch.tensor(2)),
    "a control of one": (Classifier, "controls", says({"c": torch.zeros(1, dtype=torch.long)})),
    "a control without a name": (Classifier, "controls", lambda s, e, g: {"": torch.zeros(1)}),
    "a fact that is NaN": (Classifier, "facts", says({"f": NAN})),
    "a fact that is a tensor": (Classifier, "facts", says({"f": torch.ones(1)})),
    "a fact without a name": (Classifier, "facts", says({5: 1.0})),
    "parameters that are no number": (Classifier, "parameter_count", says("many")),
    "parameters below 0": (Classifier, "parameter_count", says(-1)),
    "parameters beyond any column": (Classifier, "parameter_count", says(2**63)),
}


@pytest.mark.parametrize("name", SAID)
def test_what_cannot_be_counted_is_an_error(outcome, name, tmp_path):
    base, member, function = SAID[name]
    record = outcome(base, **{member: function})
    assert record.status == "error", record
    assert record.failure
    assert record.test_accuracies == []
    RecordStore(tmp_path).save(record)
    assert len(frame.load(tmp_path)) == 1


def test_scores_that_are_nan_are_a_run_that_diverged(outcome):
    def logits(self, encoded, generator):
        return Classifier.logits(self, encoded, generator) * NAN

    record = outcome(logits=logits)
    assert (record.status, record.test_accuracies) == ("diverged", [])
    assert "are NaN" in record.failure


@pytest.mark.parametrize("error", [SystemExit(0), SystemExit("bye"), asyncio.CancelledError()])
@pytest.mark.parametrize("member", ["build", "train_step", "facts"])
def test_an_exit_that_a_method_asks_for_is_its_failure(outcome, error, member):
    def fail(self, *words):
        raise error

    record = outcome(**{member: fail})
    assert record.status == "error"
    assert type(error).__name__ in record.failure


def test_ctrl_c_is_no_failure(outcome):
    def interrupt(self, *words):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outcome(train_step=interrupt)


def test_a_file_name_that_is_no_utf_8_is_recorded_escaped(outcome, tmp_path):
    def fail(self, *words):
        raise FileNotFoundError(2, "no such file", "weights-\udcff.pt")

    record = outcome(train_step=fail)
    assert record.status == "error"
    assert r"weights-\udcff.pt" in record.failure
    RecordStore(tmp_path).save(record)
    assert RecordStore(tmp_path).load() == [record]


def test_words_that_cannot_be_written_are_recorded_escaped(outcome, tmp_path):
    words = "an \udcff\x1b[2J"
    record = outcome(
        title=words,
        source=words,
        controls=lambda self, encoded, noise: {words: torch.zeros(len(encoded), dtype=torch.long)},
    )
    said = r"an \udcff\x1b[2J"
    assert (record.method_title, record.method_source, *record.controls) == (said,) * 3
    named = Environment(**(record.environment.model_dump() | {"node": words}))
    assert named.node == said
    RecordStore(tmp_path).save(record)
    assert RecordStore(tmp_path).load() == [record]


class Unsayable(RuntimeError):
    def __str__(self):
        raise self.args[0]


@pytest.mark.parametrize("error", [ValueError(), SystemExit(0)], ids=repr)
def test_an_error_whose_own_words_fail_is_recorded_by_its_kind(outcome, error):
    def fail(self, *words):
        torch.set_num_threads(2)
        raise Unsayable(error)

    threads = torch.get_num_threads()
    record = outcome(train_step=fail)
    assert record.status == "error"
    assert record.failure.startswith("Unsayable")
    assert "Unsayable" in record.traceback
    assert torch.get_num_threads() == threads


def test_what_a_method_sets_in_torch_stays_its_own(outcome):
    def set_all(self, *words):
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(2)
        torch.set_grad_enabled(False)
        torch.set_float32_matmul_precision("medium")
        torch.manual_seed(5)
        raise ValueError

    before, state = outcome(), torch.get_rng_state()
    outcome(train_step=set_all)
    after = outcome()
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_default_dtype() == torch.float32
    assert torch.get_float32_matmul_precision() == "highest"
    assert after.environment.threads == before.environment.threads
    losses = [[epoch.train_loss for epoch in record.epochs] for record in (before, after)]
    assert losses[0] == losses[1]


def _newest(precision):
    """Set float32's precision by torch's newer switch, past which the older cannot be read."""
    place = getattr(torch.backends.mkldnn, "matmul", None)  # torch 2.6 has neither
    if hasattr(place, "fp32_precision"):
        place.fp32_precision = precision
    else:
        torch.set_float32_matmul_precision("medium")


SETS = {
    "threads": (lambda: torch.set_num_threads(3), "the number of threads (1, now 3)"),
    "dtype": (lambda: torch.set_default_dtype(torch.bfloat16), "now torch.bfloat16"),
    "device": (lambda: torch.set_default_device("meta"), "the default device (cpu, now meta)"),
    "gradients": (lambda: torch.set_grad_enabled(False), "(True, now False)"),
    "anomalies": (lambda: torch.autograd.set_detect_anomaly(True), "anomaly detection"),
    "precision": (lambda: torch.set_float32_matmul_precision("medium"), "float32's precision"),
    "precision past the older switch": (lambda: _newest("bf16"), "float32's precision"),
    "algorithms": (
        lambda: torch.use_deterministic_algorithms(True, warn_only=True),
        "the mode of deterministic algorithms (0, now 1)",
    ),
    "cudnn": (lambda: setattr(torch.backends.cudnn, "benchmark", True), "cuDNN's"),
    "autocast": (lambda: torch.set_autocast_enabled("cpu", True), "autocast"),
    "oneDNN": (lambda: torch._C._set_mkldnn_enabled(False), "whether oneDNN is used (True, now F"),
    "denormals": (lambda: torch.set_flush_denormal(True), "denormal numbers are 0 (False, now T"),
    "a hook": (
        lambda: torch.nn.modules.module.register_module_forward_hook(lambda *_: None),
        "hooks on every module or optimiser",
    ),
    "an optimiser's hook": (
        lambda: register_optimizer_step_post_hook(lambda *_: None),
        "hooks on every module or optimiser",
    ),
    "seed": (lambda: torch.manual_seed(5), "the global generator"),
    "a draw": (lambda: torch.rand(1), "the global generator"),
}


@pytest.mark.parametrize("name", SETS)
def test_what_a_method_sets_in_torch_while_it_runs_is_an_error_that_says_which(outcome, name):
    sets, words = SETS[name]

    def facts(self):  # after training: nothing else of the run is in the way of its good end
        sets()
        return {}

    before = as_it_is()
    record = outcome(facts=facts)
    assert record.status == "error"
    assert record.failure.startswith("ChangedTorch: its code changed torch for the whole process: ")
    assert words in record.failure
    assert record.failure.count("(") <= 1  # one thing was changed, and one is named
    assert changes_since(before) == []


@pytest.mark.parametrize("part", ["train", "validation", "test"])
@pytest.mark.parametrize("fails", [False, True], ids=["ends", "fails"])
def test_a_method_that_writes_into_the_data_is_an_error_and_the_next_run_has_them_whole(
    outcome, part, fails
):
    def spoil(self):
        getattr(self.task, part).labels_N.zero_()
        if fails:
            raise ValueError
        return Classifier.build(self)

    before = outcome()
    record = outcome(build=spoil)
    after = outcome()
    assert record.status == "error"
    assert ("wrote into the data" in record.failure) is not fails
    assert after.data_checksum == before.data_checksum
    assert after.test_accuracies == before.test_accuracies
    losses = [[epoch.train_loss for epoch in run.epochs] for run in (before, after)]
    assert losses[0] == losses[1]


def test_where_a_run_fails_by_what_it_set_both_are_said(outcome):
    def step(self, x_BCHW, y_B):
        torch.set_grad_enabled(False)
        return Classifier.train_step(self, x_BCHW, y_B)

    failure = outcome(train_step=step).failure
    assert "does not require grad" in failure
    assert failure.endswith("whether gradients are taken (True, now False)")


def test_what_a_module_sets_as_it_is_imported_is_undone(tmp_path, monkeypatch):
    (tmp_path / "sets_torch.py").write_text(
        "import os, sys, torch\nos.chdir('/')\nsys.stdout = sys.stderr = None\n"
        "from torch.nn.modules.module import register_module_forward_pre_hook as before_all\n"
        "before_all(lambda *_: 1 / 0)\nsys.path.clear()\nsys.path.append('/new')\n"
        "torch.set_default_dtype(torch.float64)\ntorch.set_num_threads(3)\n"
        "from noprop_core.methods.classifier import Classifier\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = [*sys.path]
    monkeypatch.setattr(sys, "path", [*path])
    threads, process = torch.get_num_threads(), (Path.cwd(), sys.stdout, sys.stderr)
    registry.find("sets_torch:Classifier")
    torch.nn.Identity()(torch.ones(1))
    assert sys.path == ["/new", *dict.fromkeys(path)]
    assert (Path.cwd(), sys.stdout, sys.stderr) == process
    assert (torch.get_default_dtype(), torch.get_num_threads()) == (torch.float32, threads)


def test_a_method_that_goes_elsewhere_takes_no_records_along(outcome, tmp_path, monkeypatch):
    def build(self):
        os.chdir(tmp_path)
        return Classifier.build(self)

    before = Path.cwd()
    assert outcome(build=build).status == "ok"
    assert Path.cwd() == before

    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert outcome().status == "ok"


@pytest.mark.parametrize("member", ["build", "train_step", "facts"])
def test_a_method_that_closes_the_stream_we_print_to_closes_it_for_itself(
    outcome, member, tmp_path, monkeypatch
):
    def close(self, *words):
        if not sys.stdout.closed:
            sys.stdout.close()
        return getattr(Classifier, member)(self, *words)

    with (tmp_path / "said").open("w") as below:
        stream = open(below.fileno(), "w", closefd=False)  # noqa: SIM115
        monkeypatch.setattr(sys, "stdout", stream)
        assert outcome(**{member: close}).status == "ok"
        print("after", flush=True)
        monkeypatch.undo()
    assert (tmp_path / "said").read_text() == "after\n"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("title", None), ("source", 5), ("deviations", "one"), ("deviations", (1,))),
        *(("uses_timesteps", 1), ("exact", ["a"])),
    ],
)
def test_a_declaration_of_another_type_is_one_line(method, member, value):
    with pytest.raises(InvalidSetting, match=f"{member} ") as caught:
        registry.find(method(**{member: value}))
    assert str(caught.value).isprintable()


class Words(ClassifierConfig):
    embedding: str = "words"


def test_an_option_that_shares_a_name_with_one_of_ours_is_reported(method, tmp_path, tiny, run_of):
    name = method(Config=Words, facts=says({"label_readable": "very", "padding": 1.5}))
    study = build_study(tiny | {"methods": ["classifier", name], "baseline": "classifier"}, "tiny")
    store = RecordStore(tmp_path / "tiny")
    assert run_of(study, store).exit_code == 0
    assert set(frame.load(store.folder)["embedding"]) == {""}
    assert "words" in render_as("html", analysed(store)[0])


@pytest.mark.parametrize(
    "tick", [lambda now: 5.0, lambda now: -now, lambda now: math.nan, lambda now: math.inf]
)
def test_a_clock_that_does_not_go_forward_measures_nothing(outcome, monkeypatch, tick, tmp_path):
    times = iter(range(10**6))
    clock = ModuleType("clock")
    clock.__dict__.update(vars(time), perf_counter=lambda: tick(float(next(times))))
    monkeypatch.setattr(cell_run, "time", clock)
    record = outcome()
    assert record.status == "error"
    RecordStore(tmp_path).save(record)
    assert RecordStore(tmp_path).load() == [record]
    assert issubclass(Words, MethodConfig)


def test_a_block_that_ctrl_c_left_half_run_ends_without_a_word(monkeypatch):
    """Its exit never comes: what is left is thrown away, which is no exit of the method's."""
    said = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    exit_is_a_failure().__enter__()
    gc.collect()
    assert said == []
