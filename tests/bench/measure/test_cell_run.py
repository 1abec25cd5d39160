"""One cell becomes one record, whatever happens in it, and leaves the process as it was."""

import time
from itertools import pairwise

import pytest
import torch

from bench.measure import cell_run, warm_up
from bench.measure.cell_run import CellRun
from bench.measure.driven import run_cell
from bench.measure.failures import status_of
from bench.measure.job import Job
from bench.records import frame
from noprop_core.errors import DataUnavailable, Diverged, InvalidSetting


@pytest.fixture
def run():
    """Run one cell and return its record."""
    return lambda cell, position=0: run_cell(make(cell, position))


def make(cell, position=0):
    return CellRun(Job(cell=cell, study="tiny", position=position))


@pytest.fixture
def failing_cell(cell, failing):
    """Return a cell of 3 epochs, 2 steps each, of a method that acts before each step."""

    def define(act, **changes):
        small = {"timesteps": None, "batch_size": 32, "epochs": 3, "options": {"width": 0.25}}
        return cell(method=failing(act), **(small | changes))

    return define


def raise_at(step, error, *, warming_up=False):
    def act(method, number):
        if number == step and method.warming_up == warming_up:
            raise error

    return act


def lose_finiteness_at(step):
    @torch.no_grad()
    def act(method, number):
        if number == step and not method.warming_up:
            method.network[-1].bias.fill_(torch.nan)

    return act


@pytest.fixture(scope="module")
def twice(finished, cell):
    """Return the records of two runs of the same cells, other cells in between."""
    cells = [record.cell for record in finished.outcome.made if record.cell.seed == 1]
    return [
        (next(r for r in finished.outcome.made if r.cell == again), run_cell(make(again)))
        for again in cells
    ]


def test_the_same_cell_twice_gives_the_same_numbers_bit_for_bit(twice):
    assert len(twice) == 3
    for first, second in twice:
        assert [e.train_loss for e in first.epochs] == [e.train_loss for e in second.epochs]
        assert [e.validation_accuracy for e in first.epochs] == [
            e.validation_accuracy for e in second.epochs
        ]
        assert first.test_accuracies == second.test_accuracies
        assert first.data_checksum == second.data_checksum


def test_what_the_machine_did_while_the_run_was_prepared_makes_no_times_doubtful(
    run, cell, failing_cell, monkeypatch
):
    """The process forked ahead for the next cell rehearses then, and is no other's work."""
    made = []

    class Watch(cell_run.MachineWatch):
        def __init__(self, **cores):
            super().__init__(**cores)
            made.append(self)
            self.load_average = float(len(made))

    monkeypatch.setattr(cell_run, "MachineWatch", Watch)
    assert run(cell(epochs=1)).load.load_average == 2.0
    made.clear()
    prepared = run(failing_cell(raise_at(1, ValueError("no"), warming_up=True)))
    assert prepared.status == "error"
    assert prepared.load.load_average == 1.0


def test_peak_memory_on_the_cpu_is_the_same_to_the_byte(twice):
    for first, second in twice:
        assert first.memory.peak_bytes > 4 * first.parameters
        assert first.memory == second.memory


def test_another_seed_gives_another_run(run, cell):
    first, second = run(cell(seed=0, epochs=1)), run(cell(seed=1, epochs=1))
    assert first.epochs[0].train_loss != second.epochs[0].train_loss


def test_a_good_run_holds_everything(finished):
    for record in finished.outcome.made:
        assert record.status == "ok"
        assert record.failure == record.traceback == ""
        assert len(record.epochs) == record.cell.budget.epochs
        assert all(epoch.seconds > 0 for epoch in record.epochs)
        assert all(0 <= epoch.validation_accuracy <= 1 for epoch in record.epochs)
        assert len(record.test_accuracies) == (2 if record.cell.method != "classifier" else 1) or (
            record.cell.method == "backprop"
        )
        assert all(0 <= accuracy <= 1 for accuracy in record.test_accuracies)
        assert record.examples_seen == 64 * record.cell.budget.epochs
        assert record.parameters > 0
        assert len(record.data_checksum) == 64
        assert record.cell_id == record.cell.id
        assert record.started_at.endswith("+00:00")


def test_a_deterministic_method_is_tested_once_and_another_as_often_as_declared(finished):
    repeats = {r.cell.method: len(r.test_accuracies) for r in finished.outcome.made}
    assert repeats["classifier"] == 1
    assert repeats["noprop-shared"] == 2


def test_phases_add_up_to_at_most_the_wall_time(finished):
    for record in finished.outcome.made:
        spent = record.phases.model_dump()
        wall = spent.pop("wall")
        assert all(seconds >= 0 for seconds in spent.values())
        assert spent["training"] == pytest.approx(sum(e.seconds for e in record.epochs))
        assert min(spent["warm_up"], spent["building"], spent["evaluation"]) > 0
        assert 0.5 * wall < sum(spent.values()) <= wall


def test_evaluation_and_set_up_are_not_in_an_epoch_s_time(failing_cell, monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr(cell_run.time, "perf_counter", lambda: float(next(clock)))
    with make(failing_cell(lambda method, step: None)) as run:
        while run.advance():
            run.epoch()
    record = run.record()
    # The clock ticks once per reading: an epoch is two readings with nothing between them.
    assert [epoch.seconds for epoch in record.epochs] == [1.0] * 3
    assert record.phases.training == 3.0


def test_a_run_that_diverges_keeps_the_epochs_before(run, failing_cell):
    record = run(failing_cell(lose_finiteness_at(4)))
    assert record.status == "diverged"
    assert record.failure == "Diverged: loss not finite in epoch 2, step 2 of 2"
    assert record.traceback == ""
    assert len(record.epochs) == 1
    assert record.test_accuracies == []
    assert record.examples_seen is None
    assert record.memory is not None


def test_an_exception_becomes_a_record_with_its_traceback(run, failing_cell):
    record = run(failing_cell(raise_at(5, ValueError("no such\n   thing"))))
    assert record.status == "error"
    assert record.failure == "ValueError: no such thing"
    assert "Traceback (most recent call last)" in record.traceback
    assert "in train_step" in record.traceback
    assert len(record.epochs) == 2
    assert record.test_accuracies == []


def test_a_long_failure_is_cut_to_one_line(run, failing_cell):
    record = run(failing_cell(raise_at(1, ValueError("word \n" * 1000))))
    assert len(record.failure) <= 500
    assert len(record.failure.splitlines()) == 1


def test_a_failure_while_warming_up_has_measured_nothing(run, failing_cell):
    record = run(failing_cell(raise_at(2, ValueError("early"), warming_up=True)))
    assert (record.status, record.failure) == ("error", "ValueError: early")
    assert (record.memory, record.parameters, record.epochs) == (None, None, [])
    assert record.data_checksum
    assert record.phases.wall >= record.phases.warm_up > 0


def test_running_out_of_memory_is_an_outcome(run, failing_cell):
    record = run(failing_cell(raise_at(3, torch.OutOfMemoryError("CUDA out of memory"))))
    assert record.status == "out-of-memory"
    assert record.failure == "OutOfMemoryError: CUDA out of memory"
    assert len(record.epochs) == 1


def test_what_torch_raises_without_memory_on_the_cpu_counts_as_out_of_memory():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert status_of(caught.value) == "out-of-memory"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Diverged(1, 1, 1), "diverged"),
        (MemoryError(), "out-of-memory"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried"), "out-of-memory"),
        (RuntimeError("shapes do not match"), "error"),
        (AssertionError(), "error"),
        (KeyError("x"), "error"),
    ],
    ids=repr,
)
def test_an_exception_stands_for_an_outcome(error, status):
    assert status_of(error) == status


@pytest.mark.parametrize(
    "error",
    [
        DataUnavailable("no files"),
        InvalidSetting("no"),
    ],
    ids=repr,
)
def test_what_would_fail_every_cell_is_raised(run, cell, monkeypatch, error):
    def fail(*words):
        raise error

    monkeypatch.setattr(cell_run, "load_task", fail)
    with pytest.raises(type(error)):
        run(cell())


def test_a_setting_that_a_method_refuses_is_an_outcome_without_traceback(run, failing_cell):
    record = run(failing_cell(raise_at(1, InvalidSetting("no such thing"))))
    assert (record.status, record.traceback) == ("error", "")
    assert record.failure == "InvalidSetting: no such thing"


def test_the_threads_of_a_cell_are_its_own(run, failing_cell):
    seen = []
    before = torch.get_num_threads()
    threads = before + 1
    record = run(failing_cell(lambda *_: seen.append(torch.get_num_threads()), threads=threads))
    assert set(seen) == {threads}
    assert record.environment.threads == threads
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("warming_up", [True, False])
@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), InvalidSetting()], ids=repr)
def test_threads_are_restored_after_a_failing_run(run, failing_cell, error, warming_up):
    before = torch.get_num_threads()
    cell = failing_cell(raise_at(2, error, warming_up=warming_up), threads=before + 1)
    if isinstance(error, Exception):
        assert run(cell).status == "error"
    else:
        with pytest.raises(type(error)):
            run(cell)
    assert torch.get_num_threads() == before


def test_the_global_generator_is_left_alone(run, cell):
    state = torch.get_rng_state()
    run(cell(epochs=1))
    assert torch.equal(torch.get_rng_state(), state)


def test_the_warm_up_does_not_change_the_run(run, cell, monkeypatch):
    usual = run(cell(epochs=1))
    monkeypatch.setattr(warm_up, "WARM_UP_STEPS", 1)
    assert run(cell(epochs=1)).epochs[0].train_loss == usual.epochs[0].train_loss


@pytest.mark.parametrize("order", ["sequential", "interleaved"])
def test_activations_of_noprop_dt_do_not_grow_with_t_and_those_of_backprop_do(cell, order):
    def activations(method, timesteps, options):
        options = {"width": 0.25} | options
        with make(cell(method=method, timesteps=timesteps, options=options)) as run:
            return run.memory_parts.activations_bytes

    blockwise = [activations("noprop-dt", t, {"order": order}) for t in (2, 4, 8, 16)]
    assert max(blockwise) <= 1.05 * min(blockwise)
    chain = [activations("backprop", t, {}) for t in (2, 4, 8, 16)]
    assert all(1.8 * small < large < 2.2 * small for small, large in pairwise(chain))


def test_the_parts_of_memory_add_up_to_no_less_than_the_peak(finished):
    for record in finished.outcome.made:
        parts = record.memory_parts
        kept = (parts.parameters_bytes, parts.gradients_bytes, parts.optimizer_bytes)
        assert all(kept)
        assert sum(kept) < record.memory.peak_bytes
        assert record.memory.peak_bytes <= sum(kept) + parts.other_bytes + parts.activations_bytes
        assert parts.process_peak_bytes > record.memory.peak_bytes
        assert parts.reserved_bytes is None


def test_what_others_took_is_recorded(run, failing_cell):
    """Of a run that some ticks of the system's clock pass in: of a shorter one it is unknown."""
    record = run(failing_cell(lambda method, number: time.sleep(0.05)))
    assert record.status == "ok"
    assert record.load.others_cores is not None
    assert record.load.stolen_cores is not None


def test_what_was_measured_besides_is_recorded(finished):
    for record in finished.outcome.made:
        assert record.flops_per_epoch > 2 * record.parameters
        assert record.load.load_average is not None
        assert record.energy_joules is None
        assert record.isolation == "none"
    counted = [record.phases.counting > 0 for record in finished.outcome.made]
    assert counted == [True] * 3 + [False] * 3  # the second seed's are known


@pytest.mark.parametrize("threads", [2**40, 2**63 - 1])
def test_a_count_of_threads_that_torch_refuses_is_a_record(run, cell, threads):
    before = torch.get_num_threads()
    record = run(cell(threads=threads))
    assert record.status == "error"
    assert record.failure.startswith("InvalidSetting: torch cannot use ")
    assert torch.get_num_threads() == before


def test_advance_says_whether_there_is_another_epoch_and_asking_again_changes_nothing(cell):
    with make(cell()) as run:
        for _ in range(2):
            assert run.advance()
            assert run.advance()
            run.epoch()
        assert not run.advance()
        assert not run.advance()
    record = run.record()
    assert (record.status, len(record.epochs)) == ("ok", 2)
    assert record.examples_seen == 128


def test_graphs_that_were_asked_for_and_cannot_be_are_told_in_the_record(cell, run) -> None:
    record = run(cell(epochs=1, cuda_graphs=True))
    assert record.status == "ok"
    assert record.facts["CUDA graphs"] == "none: the device is cpu"
    assert record.cell.execution.words == "CUDA graphs"
    assert "CUDA graphs" not in run(cell(epochs=1)).facts


def test_gradient_norms_are_recorded_and_change_nothing_else(run, cell):
    with_norms, plain = run(cell(epochs=2, gradient_norms=True)), run(cell(epochs=2))
    assert plain.gradient_norms == []
    assert [len(norms) for norms in with_norms.gradient_norms] == [2, 2]
    assert with_norms.memory == plain.memory
    assert with_norms.test_accuracies == plain.test_accuracies
    learnt = [(e.train_loss, e.validation_loss) for e in with_norms.epochs]
    assert learnt == [(e.train_loss, e.validation_loss) for e in plain.epochs]
    rows = frame.gradients_frame([with_norms, plain])
    assert [*zip(rows.epoch, rows.block, strict=True)] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert rows.gradient_norm.tolist() == [n for norms in with_norms.gradient_norms for n in norms]
