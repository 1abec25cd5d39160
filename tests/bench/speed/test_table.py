"""`python -m bench.speed`: which rows there are, what they are of, and where they go."""

import json
from types import SimpleNamespace

import pytest
import torch

from bench.execute import side_by_side
from bench.speed import __main__ as speed
from bench.speed import (
    ceiling,
    data_path,
    divided_step,
    inference,
    lean_steps,
    overhead,
    paper_step,
    public,
    seed_stacks,
    stacked_steps,
    start_up,
    turns,
    two_at_once,
)
from bench.speed.catalogue import MEASUREMENTS, Measurement
from bench.speed.row import Row, at_least, at_most, figure_row, in_digits, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import Interval, Turns

CPU = torch.device("cpu")


@pytest.fixture
def setting() -> Setting:
    return Setting(CPU, 1, "0", None)


@pytest.fixture
def measured(monkeypatch):
    """Replace every measurement by one that tells its name and threads, and meets its goal or not.

    Returns what was measured; a name put into `slow` misses its goal.
    """
    seen, slow = [], []

    def stand_in(name, real):
        class Known(Measurement):
            def rows(self, setting):
                seen.append((name, setting.rounds, setting.seeds))
                yield figure_row(name, f"what of {name}", [0.5 if name in slow else 2.0], GOAL)
                yield figure_row(f"{name}/share", "[b]", [0.5], unit="%", note="a note")

        return Known(real.what, real.place, real.limits, real.threads)

    for name, real in list(MEASUREMENTS.items()):
        monkeypatch.setitem(MEASUREMENTS, name, stand_in(name, real))
    return seen, slow


GOAL = at_least(1.5)


def test_the_list_names_every_measurement_and_what_it_is(command):
    answer = command("--list", main=speed.main)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert [line.split()[0] for line in lines] == list(MEASUREMENTS)
    assert all(m.what in line for m, line in zip(MEASUREMENTS.values(), lines, strict=True))


def test_every_measurement_has_its_function():
    modules = {
        module.__name__.rpartition(".")[2]: module
        for module in (
            ceiling,
            data_path,
            divided_step,
            inference,
            lean_steps,
            overhead,
            paper_step,
            public,
            seed_stacks,
        )
    } | {"stacked_steps": stacked_steps, "start_up": start_up, "two_at_once": two_at_once}
    for measurement in MEASUREMENTS.values():
        module, _, function = measurement.place.partition(":")
        assert module == "original" or callable(getattr(modules[module], function))


def test_all_are_measured_unless_some_are_named(command, measured):
    seen, _ = measured
    assert command("--device", "cpu", main=speed.main).code == 0
    assert [name for name, *_ in seen] == list(MEASUREMENTS)
    seen.clear()
    words = ("--only", "jobs, steps", "--rounds", "4", "--seeds", "1", "--device", "cpu")
    answer = command(*words, main=speed.main)
    assert seen == [("steps", 4, "1"), ("jobs", 4, "1")]
    assert "what of steps" in answer.out
    assert "2.00 x" in answer.out


def test_the_file_holds_every_row_and_the_machine(command, measured, tmp_path):
    _, slow = measured
    slow.append("original")
    path = tmp_path / "new" / "speed.json"
    words = ("--only", "steps,original", "--device", "cpu", "--json", path)
    threads = torch.get_num_threads()
    assert command(*words, main=speed.main).code == 1
    assert torch.get_num_threads() == threads
    document = json.loads(path.read_text("utf-8"))
    assert document["environment"]["torch"] == torch.__version__
    assert len(document["load_average"]) == 3
    rows = {row["name"]: row for row in document["rows"]}
    assert list(rows) == ["steps", "steps/share", "original", "original/share"]
    assert rows["steps"]["threads"] == 1
    assert rows["original"]["threads"] == threads
    assert (rows["steps"]["goal"], rows["steps"]["met"]) == ({"at_least": 1.5}, True)
    assert rows["original"]["met"] is False
    assert (rows["steps/share"]["goal"], rows["steps/share"]["met"]) == (None, None)
    assert rows["steps"]["figure"] == {"median": 2.0, "low": 2.0, "high": 2.0}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("--only", "steps,setps"), "--only: 'setps' is none of steps, "),
        (("--only", ","), "--only: ',' names nothing"),
        (("--rounds", "0"), "--rounds: must be at least 1, got 0"),
        (("--rounds", "-3"), "--rounds: must be at least 1, got -3"),
        (("--processes", "0"), "--processes: must be at least 1, got 0"),
        (("--seeds", "x"), "--seeds: "),
        (("--device", "tpu"), "--device: 'tpu'"),
        (("--json", "."), "--json: '.' is a folder"),
        (("--json", "/dev/null/speed.json"), "'/dev/null' takes no files"),
    ],
)
def test_a_wrong_word_is_one_line_and_exit_code_2_before_anything_is_timed(
    command, measured, words, shown
):
    answer = command(*words, main=speed.main)
    assert answer.code == 2
    assert answer.out == ""
    assert len(answer.errors) == 1
    assert shown in answer.errors[0]
    assert measured[0] == []


def test_a_goal_is_kept_from_its_own_side():
    row = ratio_row(Turns("", (1.0, 2.0, 3.0), ()), "name", "what", at_least(2.0))
    assert row.met is True
    assert (row.figure, row.cpu, row.rounds) == (Interval(2.0, 1.0, 3.0), None, 3)
    assert figure_row("", "", [2.0], at_least(2.1)).met is False
    assert figure_row("", "", [2.0], at_most(2.0)).met is True
    assert figure_row("", "", [2.1], at_most(2.0)).met is False
    assert Row("", "", Interval(1, 1, 1), 1).met is None


def test_steps_have_a_row_each_and_their_median_round_by_round(monkeypatch, setting):
    found = [Turns("step of a", (1.0, 4.0), ()), Turns("step of b", (3.0, 5.0), (1.0, 1.0))]
    monkeypatch.setattr(lean_steps, "lean_steps", lambda *_: found)
    rows = list(lean_steps.rows(setting))
    assert [row.name for row in rows] == ["steps/a", "steps/b", "steps"]
    assert rows[-1].figure == Interval(3.25, 2.0, 4.5)


def test_small_rows_are_measured_on_the_same_work(monkeypatch, setting):
    done = []
    monkeypatch.setattr(
        turns, "seconds_of", lambda work, *_: done.append(work) or (work(), (2, 2))[1]
    )
    (paper,) = paper_step.rows(setting, batch=8, timesteps=2, width=0.125)
    (path,) = data_path.rows(setting, images=256)
    assert (paper.figure.median, path.figure.median) == (1, 1)
    assert len(set(done)) == 4


def test_a_data_loader_gives_the_images_that_we_give():
    task = data_path.mnist_of_noise(CPU, 16)
    theirs = data_path.NoiseAsMNIST(task)
    ours_BCHW, labels_B = task.training_batch(torch.arange(16))
    for index in range(16):
        x_CHW, label = theirs[index]
        torch.testing.assert_close(x_CHW, ours_BCHW[index], rtol=1e-4, atol=1e-5)
        assert label == labels_B[index]


def test_the_ceiling_is_flops_per_second_beside_the_convolution(monkeypatch, setting):
    monkeypatch.setattr(ceiling, "CHANNELS", 2)
    monkeypatch.setattr(ceiling, "SIDE", 4)
    monkeypatch.setattr(ceiling, "PRODUCT", 8)
    monkeypatch.setattr(ceiling, "seconds_of", lambda *_: (2.0, 2.0))
    methods, size = ["classifier"], {"batch": 8, "timesteps": 1, "width": 0.125}
    ours, product = ceiling.rows(setting, methods=methods, copied=64, **size)
    convolution = 2 * 8 * 2 * 2 * 9 * 4 * 4
    assert product.figure.median == 2 * 8**3 / convolution
    assert ours.figure.median > 0
    assert ours.note.startswith("most time: ")
    assert ours.note.endswith("%")


def ran(backprop: float, noprop: float, classifier: float) -> list[SimpleNamespace]:
    """Return what of three records a comparison of times reads; one method has no T."""
    seconds = [
        ("backprop", 2, backprop),
        ("noprop-dt", 2, noprop),
        ("classifier", None, classifier),
    ]
    return [
        SimpleNamespace(
            cell=SimpleNamespace(method=method, batch_size=32, timesteps=t, seed=0),
            phases=SimpleNamespace(training=taken),
        )
        for method, t, taken in seconds
    ]


def test_two_at_once_are_timed_on_the_same_cells(monkeypatch, setting, study):
    walls = iter([(9.0, []), (9.0, []), (4.0, ran(1.0, 2.0, 4.0)), (2.0, ran(1.1, 2.2, 5.5))])
    asked = []
    monkeypatch.setattr(two_at_once, "cores_available", lambda: [0, 1])
    monkeypatch.setattr(side_by_side.Server, "start", lambda self: None)
    monkeypatch.setattr(side_by_side.Server, "stop", lambda self: None)
    monkeypatch.setattr(
        two_at_once,
        "_wall",
        lambda _, part, executor: asked.append((len(part.seeds), executor)) or next(walls),
    )
    methods = ["backprop", "noprop-dt", "classifier"]
    part = study(methods=methods, baseline="backprop", seeds=[0, 1], threads=1)
    row, times, comparisons = two_at_once.rows(setting, part)
    assert row.figure.median == 0.5
    assert times.figure.median == pytest.approx(1.1)
    assert comparisons.figure.low == pytest.approx(1.0)
    assert comparisons.figure.high == pytest.approx(1.25)
    assert [seeds for seeds, _ in asked] == [1, 1, 2, 2]
    assert asked[2][1] is setting.executor
    assert asked[3][1].settings.jobs == 2


def test_where_two_cells_find_no_cores_nothing_is_claimed(monkeypatch, setting):
    monkeypatch.setattr(two_at_once, "cores_available", lambda: [0])
    assert list(two_at_once.rows(setting)) == []


def test_overhead_is_that_of_all_seeds_between_their_extremes(monkeypatch, setting, study):
    def spent(device, part, executor):
        assert part.seeds == [3, 4]
        walls = {9.0: 10.0, 6.0: 10.0}
        return [
            overhead.Overhead(overhead.Phases(training=t, start=wall - t, wall=wall), 0.0, 1)
            for t, wall in walls.items()
        ]

    monkeypatch.setattr(overhead, "measure_overhead", spent)
    (row,) = overhead.rows(setting, study(seeds=[3, 4]))
    assert (row.figure.median, row.figure.low, row.figure.high) == pytest.approx((0.25, 0.1, 0.4))
    assert row.met is False
    assert "a process for each cell 25.0%" in row.note


def test_every_answer_has_a_row_and_one_cell_too(monkeypatch, setting):
    monkeypatch.setattr(start_up, "cpu_seconds", lambda words, code=0: 2.0)
    rows = list(start_up.rows(setting))
    assert len(rows) == len(start_up.ANSWERS) + 1
    assert {row.figure.median for row in rows[:-1]} == {2.0}
    assert rows[-1].figure.median == 1.0


@pytest.mark.parametrize(
    ("median", "unit", "goal", "shown"),
    [
        (1.0021, "x", at_most(1.0), "1.002"),
        (1.00004, "x", at_most(1.0), "1.00004"),
        (0.9979, "x", at_most(1.0), "1.00"),  # is at most 1, and 1.00 is too
        (2.4961, "x", at_least(2.5), "2.496"),
        (0.0803, "%", at_most(0.08), "8.03"),
        (0.081, "%", at_most(0.08), "8.1"),
        (1.0 + 1e-12, "x", at_most(1.0), "1.000000"),
        (1.0021, "x", None, "1.00"),
    ],
)
def test_a_figure_has_the_digits_that_tell_whether_its_goal_is_met(median, unit, goal, shown):
    assert in_digits(Interval(median, median, median), unit, goal) == (shown, shown, shown)
