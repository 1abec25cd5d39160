"""Every problem of a study is told at once, one line each, with what would fit."""

import math

import pytest


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timestep": [2]}, "unknown key 'timestep'; did you mean 'timesteps'?"),
        (
            {"budget": {"epochs": 1, "epoch": 1}},
            "budget: unknown key 'epoch'; did you mean 'epochs'?",
        ),
        ({"margins": {"acuracy_pp": 1}}, "margins: unknown key 'acuracy_pp'; did you mean "),
        ({"options": {"wdith": 0.5}}, "options: unknown key 'wdith'; did you mean 'width'?"),
        (
            {"options": {"optimizer": {"learning_rat": 0.1}}},
            "options: optimizer: unknown key 'learning_rat'; did you mean 'learning_rate'?",
        ),
        (
            {
                "methods": ["backprop", "noprop-dt"],
                "baseline": "backprop",
                "method": {"noprop-dt": {"block_execution": "stacked"}},
            },
            'method: noprop-dt: block_execution = "stacked" needs order = "together"',
        ),
        ({"budget": None}, "budget is missing"),
        ({"budget": {}}, "budget: one of epochs, seconds, convergence is missing"),
        ({"seeds": None}, "seeds is missing"),
        ({"seeds": []}, "seeds: "),
        ({"methods": []}, "methods: "),
        ({"datasets": []}, "datasets: "),
        ({"batch_sizes": []}, "batch_sizes: "),
        ({"timesteps": []}, "timesteps: "),
        ({"timesteps": [0]}, "timesteps: input should be greater than or equal to 1, got 0"),
        ({"timesteps": [2, -1]}, "timesteps: input should be greater than or equal to 1, got -1"),
        ({"budget": {"epochs": 0}}, "budget.epochs: input should be greater than or equal to 1"),
        ({"inference_repeats": 0}, "inference_repeats: input should be greater than or equal"),
        ({"threads": 0}, "threads: input should be greater than or equal to 1, got 0"),
        ({"batch_sizes": [64, 65]}, "batch_sizes: 65 exceeds the 64 training images of digits"),
        (
            {"train_images": None, "batch_sizes": [1295]},
            "batch_sizes: 1295 exceeds the 1294 training images of digits",
        ),
        ({"batch_sizes": [1]}, "batch_sizes: batch norm needs at least 2 images per batch, got 1"),
        ({"train_images": 1295}, "train_images: 1295 is more than the 1294 of digits"),
        ({"train_images": 1}, "train_images: input should be greater than or equal to 2, got 1"),
        (
            {"methods": ["backprop", "noprop-dx"]},
            "methods: unknown method 'noprop-dx'; did you mean 'noprop-dt'?",
        ),
        ({"methods": ["backprop", "json:loads"]}, "methods: method 'json:loads' is no subclass"),
        ({"methods": ["backprop", "no_such:X"]}, "methods: method 'no_such:X' cannot be loaded: "),
        ({"datasets": ["mnits"]}, "datasets: unknown data set 'mnits'; did you mean 'mnist'?"),
        ({"options": {"width": 9}}, "options: width: input should be less than or equal to 8"),
        (
            {"options": {"optimizer": {"learning_rate": -1.0}}},
            "options: optimizer.learning_rate: input should be greater than 0, got -1.0",
        ),
        (
            {"method": {"backprop": {"width": 9}}},
            "method: backprop.width: input should be less than or equal to 8, got 9",
        ),
        ({"method": {"noprop-dt": {}}}, "method: 'noprop-dt' is none of the study's methods ("),
        ({"method": {"backprop": {"wdth": 1}}}, "method: backprop: unknown key 'wdth'; did you "),
        ({"seeds": [3, 1, 3]}, "seeds: named twice: 3"),
        ({"batch_sizes": [16, 16]}, "batch_sizes: named twice: 16"),
        ({"methods": ["backprop", "backprop"]}, "methods: named twice: backprop"),
        ({"datasets": ["digits", "digits"]}, "datasets: named twice: digits"),
        ({"seeds": "5-0"}, "seeds: range '5-0' is empty or longer than "),
        ({"seeds": "0-99999999"}, "seeds: range '0-99999999' is empty or longer than "),
        ({"seeds": "0..5"}, "seeds: '0..5' is no list of whole numbers such as 0-5 or 64,128"),
        ({"seeds": "0-5,"}, "seeds: '0-5,' is no list of whole numbers"),
        ({"seeds": [-1]}, "seeds: input should be greater than or equal to 0, got -1"),
        ({"seeds": [True]}, "seeds: input should be a valid integer, got True"),
        ({"seeds": True}, "seeds: input should be a valid integer, got True"),
        ({"seeds": [0.0]}, "seeds: input should be a valid integer, got 0.0"),
        ({"batch_sizes": [64.0]}, "batch_sizes: input should be a valid integer, got 64.0"),
        ({"timesteps": ["2"]}, "timesteps: input should be a valid integer, got '2'"),
        ({"budget": {"epochs": 2.0}}, "budget.epochs: input should be a valid integer, got 2.0"),
        ({"budget": {"epochs": True}}, "budget.epochs: input should be a valid integer, got True"),
        ({"train_images": True}, "train_images: input should be a valid integer, got True"),
        ({"threads": True}, "threads: input should be a valid integer, got True"),
        ({"inference_repeats": 1.5}, "inference_repeats: input should be a valid integer, got 1.5"),
        ({"alpha": 0}, "alpha: input should be greater than 0, got 0"),
        ({"alpha": math.nan}, "alpha: "),
        ({"margins": {"accuracy_pp": 0}}, "margins.accuracy_pp: input should be greater than 0"),
        ({"baseline": "noprop-dt"}, "baseline: 'noprop-dt' is none of the study's methods ("),
        ({"methods": "backprop"}, "methods: input should be a valid list, got 'backprop'"),
        ({"budget": 3}, "budget: input should be a valid dictionary"),
        ({"options": [1]}, "options: input should be a valid dictionary, got [1]"),
        ({"name": "../escape"}, "name: string should match pattern "),
        ({"name": ".hidden"}, "name: string should match pattern "),
        ({"name": ""}, "name: string should match pattern "),
    ],
    ids=str,
)
def test_one_problem_is_one_line_that_says_what_would_fit(problems, changes, said):
    [line] = problems(**changes)
    assert line.startswith(said)


def test_a_file_with_many_problems_is_told_all_of_them_at_once(problems):
    told = problems(
        timestep=[2],
        datasets=["digitz"],
        methods=["backprop", "noprop-dx", "classifeir"],
        seeds=[],
        batch_sizes=[0],
        timesteps=[0],
        budget={"epochs": 0, "epoch": 1},
        inference_repeats=1.5,
        alpha=2,
    )
    about = sorted(line.partition(":")[0] for line in told)
    assert about == sorted(
        [
            *("unknown key 'timestep'; did you mean 'timesteps'?", "datasets", "methods"),
            *("methods", "seeds", "batch_sizes", "timesteps", "budget.epochs", "budget"),
            *("inference_repeats", "alpha"),
        ]
    )


def test_a_wrong_baseline_is_told_along_with_the_rest(problems):
    told = problems(baseline="noprop-dt", alpha=2)
    assert [line.partition(":")[0] for line in told] == ["alpha", "baseline"]


def test_every_wrong_option_has_a_line_of_its_own(problems):
    told = problems(options={"width": 9, "wdith": 1}, method={"backprop": {"head_scale": -1.0}})
    assert len(told) == 3
    assert sum("wdith" in line for line in told) == 1


def test_options_of_the_known_methods_are_checked_beside_an_unknown_method(problems):
    told = problems(methods=["backprop", "noprop-dx"], options={"width": 9})
    assert [line.partition(":")[0] for line in told] == ["methods", "options"]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize(
    "place",
    [
        lambda v: {"options": {"optimizer": {"learning_rate": v}}},
        lambda v: {"margins": {"accuracy_pp": v}},
        lambda v: {"alpha": v},
    ],
    ids=["learning rate", "margin", "alpha"],
)
def test_numbers_that_json_cannot_keep_are_refused(problems, place, value):
    assert len(problems(**place(value))) == 1


@pytest.mark.parametrize(
    "changes", [{"seeds": [2**63]}, {"threads": 2**63}, {"timesteps": [2**63]}]
)
def test_whole_numbers_that_no_table_can_hold_are_refused(problems, changes):
    assert len(problems(**changes)) == 1


def test_booleans_do_not_pass_for_sizes_and_margins(problems):
    assert len(problems(options={"width": True})) == 1
    assert len(problems(margins={"accuracy_pp": True})) == 1


@pytest.mark.parametrize("key", ["a\nb", "a\rb", "a\u2028b", "a\x1b[2Jb"])
def test_a_hostile_key_cannot_write_lines_or_move_the_cursor(problems, key):
    [line] = problems(**{key: 1})
    assert line.isprintable()


@pytest.mark.parametrize("name", [".json:X", "..:X", ":X", "json:", "a:b:c", "json:loads.x", ":"])
def test_a_path_that_leads_to_no_method_is_one_line(problems, name):
    [line] = problems(methods=["backprop", name])
    assert line.startswith(f"methods: method '{name}' ")


def test_a_method_whose_module_fails_at_import_is_one_line(problems, tmp_path, monkeypatch):
    (tmp_path / "breaks_at_import.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    [line] = problems(methods=["backprop", "breaks_at_import:X"])
    assert "division by zero" in line


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ([], "sequential.looks: []: numbers of seeds have to increase, from 3 on"),
        ([2, 4], "sequential.looks: [2, 4]: numbers of seeds have to increase"),
        ([4, 3], "sequential.looks: [4, 3]: numbers of seeds have to increase"),
        ([3, 70], "sequential.looks: [3, 70]: the first comes too early"),
        ([3, 5], "sequential: the last look is at 5 seeds, the study has 4"),
    ],
    ids=str,
)
def test_looks_that_make_no_sense_are_refused(problems, looks, said):
    [line] = problems(seeds=list(range(4)), sequential={"looks": looks})
    assert line.startswith(said)


def test_seeds_are_added_in_ascending_order(problems):
    [line] = problems(seeds=[3, 1, 2], sequential={"looks": [3]})
    assert line == "sequential: seeds are added in ascending order, not as in [3, 1, 2]"


def test_a_sequential_study_has_the_usual_looks(study):
    assert study(seeds=list(range(20)), sequential={}).sequential.looks == [5, 10, 20]
