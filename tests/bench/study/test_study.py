"""A study is right as a whole, or every problem is told at once, one line each."""

import io
import math
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.planning import families_of
from bench.study import study as study_module
from bench.study.cells import expand
from bench.study.named import named_studies
from bench.study.problems import InvalidInput
from bench.study.ranges import parse_integers, parse_names
from bench.study.study import Study, load_study
from noprop_core import registry
from noprop_core.datasets import table
from noprop_core.errors import UnknownName, UserError
from reports.statistics.gate import pooled_share
from reports.statistics.multiplicity import smallest_exact_p


@pytest.fixture
def problems(study_file):
    """Return what is wrong with the tiny study after changes, without the file's name."""

    def find(**changes):
        path = study_file(**changes)
        with pytest.raises(InvalidInput) as caught:
            load_study(str(path))
        lines = str(caught.value).splitlines()
        assert len(lines) == len(caught.value.problems), lines
        assert all(line.startswith(f"{path.name}: ") for line in lines), lines
        return [line.removeprefix(f"{path.name}: ") for line in lines]

    return find


@pytest.mark.parametrize("name", named_studies())
def test_every_named_study_loads_and_bears_its_file_s_name(name):
    study = load_study(name)
    assert study.name == name
    assert study.description
    assert study.baseline in study.methods


def test_the_default_study_is_as_large_as_promised():
    quick = load_study("quick")
    assert (len(quick.methods), len(quick.seeds)) == (5, 8)
    assert len(quick.batch_sizes) == len(quick.timesteps) == 2
    assert quick.datasets == ["digits"]
    assert quick.target_accuracy_percent == 90


def test_exact_tests_of_the_default_study_can_decide():
    """The smallest p that 8 seeds can give is below what each of 4 candidates starts with."""
    quick = load_study("quick")
    candidates, _ = families_of(quick)
    smallest = smallest_exact_p(len(quick.seeds))
    assert smallest < quick.alpha / candidates
    assert smallest <= quick.alpha * pooled_share(candidates, asked=True)
    assert smallest_exact_p(len(quick.seeds) - 1) > quick.alpha / candidates, "none could be left"


def test_the_tiny_study_of_these_tests_loads(study_file, study):
    assert load_study(str(study_file())) == study()


def test_a_study_of_methods_without_t_needs_no_timesteps(study_file, problems):
    path = study_file(methods=["classifier"], baseline="classifier", timesteps=None)
    cells = expand(load_study(str(path)), "cpu")
    assert {cell.timesteps for cell in cells} == {None}
    assert len(cells) == len({cell.id for cell in cells}) == 2
    [line] = problems(timesteps=None)
    assert line == "timesteps: none given, and backprop needs some"


def test_without_a_name_a_study_is_called_like_its_file(study_file):
    assert load_study(str(study_file(name=None))).name == "tiny"


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
    ("text", "said"),
    [
        ("seeds = [0", "(at end of document)"),
        ("\n\nseeds = = 1", "at line 3"),
        ("seeds = 0\nseeds = 1", "overwrite"),
        ("= 3", "at line 1"),
        ("seeds = " + "[" * 9000, ""),
    ],
    ids=["end", "sign", "line 3", "twice", "nested too deep"],
)
def test_malformed_toml_is_one_line_with_the_place(tmp_path, text, said):
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        load_study(str(path))
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{path}: cannot be read: ")
    assert said in line


def test_text_that_is_no_utf_8_is_one_line(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes(b'description = "caf\xe9"')
    with pytest.raises(InvalidInput, match="cannot be read: ") as caught:
        load_study(str(path))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir], ids=["missing", "a folder"])
def test_a_file_that_is_none_is_one_line(tmp_path, make):
    path = tmp_path / "there.toml"
    make(path)
    with pytest.raises(InvalidInput, match="cannot be read: ") as caught:
        load_study(str(path))
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_study_is_told_the_nearest():
    with pytest.raises(UnknownName, match=r"unknown study 'quikc'; did you mean 'quick'\?"):
        load_study("quikc")


def test_numbers_and_ranges_stand_for_lists(study_file):
    study = load_study(str(study_file(seeds="0-2,7", batch_sizes=32, timesteps="2,4")))
    assert (study.seeds, study.batch_sizes, study.timesteps) == ([0, 1, 2, 7], [32], [2, 4])


def test_overrides_replace_whole_entries_and_are_validated_too(study_file):
    path = str(study_file())
    assert load_study(path, {"seeds": [5], "budget": {"epochs": 9}}).budget.epochs == 9
    with pytest.raises(InvalidInput, match=r"timesteps: .* got 0"):
        load_study(path, {"timesteps": [0]})


def test_methods_named_on_the_command_line_may_leave_the_baseline_out(study_file):
    assert load_study(str(study_file()), {"methods": ["classifier"]}).methods == ["classifier"]


def test_an_option_reaches_the_methods_that_have_it_and_a_method_s_own_table_wins(study):
    declared = study(
        methods=["backprop", "classifier"],
        options={"width": 0.5, "head": {"scale": 2.0}, "optimizer": {"weight_decay": 0.5}},
        method={"backprop": {"width": 0.25, "optimizer": {"learning_rate": 0.25}}},
    )
    chain, plain = declared.method_config("backprop"), declared.method_config("classifier")
    assert chain.width == 0.25
    assert chain.head.scale == 2.0
    assert chain.optimizer.weight_decay == 0.5
    assert chain.optimizer.learning_rate == 0.25
    assert plain.width == 0.5
    assert plain.optimizer.learning_rate == type(plain)().optimizer.learning_rate


@given(st.lists(st.integers(0, 500), min_size=1, max_size=20))
def test_a_list_of_numbers_reads_back(values):
    assert parse_integers(",".join(map(str, values))) == values
    assert parse_integers(" , ".join(f" {v} - {v + 2} " for v in values)) == [
        w for v in values for w in (v, v + 1, v + 2)
    ]


@given(st.text())
def test_any_text_is_a_list_of_numbers_or_a_value_error(text):
    try:
        values = parse_integers(text)
    except ValueError:
        return
    assert values
    assert all(isinstance(v, int) and v >= 0 for v in values)


def test_names_are_cut_at_commas_and_blanks_dropped():
    assert parse_names(" a, b ,,c ") == ["a", "b", "c"]


KEYS = [*Study.model_fields, "epochs", "accuracy_pp", "width", "optimizer", "learning_rate", "eta"]
LETTERS = string.ascii_letters + string.digits + " .,-_/:\n\t\x00é∂"
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-3, 300),
    st.integers(),
    st.floats(),
    st.text(LETTERS, max_size=8).filter(lambda text: ":" not in text),
    st.sampled_from([*table.DATASETS, *registry.names(), "0-3", "2,4", ":", "json:loads"]),
    st.datetimes(),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=4),
    ),
    max_leaves=8,
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    changes=st.dictionaries(
        st.one_of(st.sampled_from(KEYS), st.text(LETTERS, max_size=6)), VALUES, max_size=6
    ),
    removed=st.sets(st.sampled_from(KEYS), max_size=2),
)
def test_whatever_a_file_holds_it_is_a_study_or_a_list_of_problems(
    monkeypatch, tmp_path, tiny, changes, removed
):
    content = {k: v for k, v in (tiny | changes).items() if k not in removed}
    monkeypatch.setattr(study_module.tomllib, "load", lambda file: dict(content))
    path = tmp_path / "any.toml"
    path.touch()
    try:
        study = load_study(str(path))
    except UserError as error:
        assert str(error)
    else:
        assert Study.model_validate_json(study.model_dump_json()) == study


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=40) | st.text(LETTERS + '=[]"{}', max_size=40).map(str.encode))
def test_whatever_bytes_a_file_holds_it_is_a_study_or_a_list_of_problems(data):
    class Held:
        name, stem = "any.toml", "any"

        def exists(self):
            return True

        def is_file(self):
            return True

        def open(self, mode):
            return io.BytesIO(data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_module, "path_of", lambda reference: Held())
        with pytest.raises(UserError):
            load_study("any.toml")


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
