"""`--set`: options of methods on a command line."""

import pytest

from bench.arguments import overrides
from bench.study.calls import call_of
from bench.study.problems import InvalidInput
from bench.study.settings import parse_settings
from noprop_core.errors import InvalidSetting


@pytest.fixture
def call(study_file):
    """Return what a command line makes of the tiny study with a variant."""
    own = {"noprop-dt": {"width": 0.5}, "noprop-dt/fast": {}}
    path = study_file(methods=["backprop", "noprop-dt", "noprop-dt/fast"], method=own, options={})
    return lambda *texts, **given: call_of(str(path), overrides({"set": list(texts)} | given))


def test_a_method_s_own_and_everybody_s_options_are_set(call):
    made = call(
        *("noprop-dt.eta=0.2", "optimizer.learning_rate=3e-3"),
        *("noprop-dt/fast.optimizer.learning_rate=1e-2", "optimizer.name=adam"),
    )
    configs = {name: made.study.method_config(name) for name in made.study.methods}
    assert [c.optimizer.learning_rate for c in configs.values()] == [0.003, 0.003, 0.01]
    assert {c.optimizer.name for c in configs.values()} == {"adam"}
    assert configs["noprop-dt"].eta == configs["noprop-dt/fast"].eta == 0.2
    assert [c.width for c in configs.values()] == [1.0, 0.5, 0.5]  # the study's own stays
    assert {name: made.declared.method_config(name) for name in made.study.methods} == configs


def test_order_and_spelling_make_no_other_folder(call):
    one = call("width=0.75", "noprop-dt.eta=0.20")
    other = call("noprop-dt.eta=9", "noprop-dt.eta=2e-1", "width = 0.75")
    assert one.study.name == other.study.name == "tiny+noprop-dt.eta=0.2+width=0.75"


@pytest.mark.parametrize(
    ("text", "value"),
    [("a=1", 1), ("a=3e-3", 0.003), ("a=true", True), ("a=learned", "learned"), ('a="1"', "1")],
)
def test_values_are_toml_s_or_text(text, value):
    assert parse_settings([text]) == {"a": value}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["noprop-dt.etta=1"], "--set: noprop-dt: unknown key 'etta'; did you mean 'eta'?"),
        (["optimiser.name=adam"], "--set: unknown key 'optimiser'; did you mean 'optimizer'?"),
        (["width=wide"], "--set: width: input should be a valid number, got 'wide'"),
        (["noprop-fm.steps=1"], "--set: 'noprop-fm' is none of the study's methods (backprop, "),
    ],
)
def test_a_wrong_name_or_value_is_a_line(call, texts, said):
    with pytest.raises(InvalidInput) as caught:
        call(*texts)
    assert any(line.startswith(said) for line in str(caught.value).splitlines()), caught.value
    assert all(line.startswith("--set: ") for line in str(caught.value).splitlines())


@pytest.mark.parametrize("text", ["width", "=1", "width=", "a..b=1", ".a=1"])
def test_what_is_no_setting_is_a_line(text):
    with pytest.raises(InvalidSetting, match=r"--set: '.*' is no setting such as noprop-dt\.eta"):
        overrides({"set": [text]})


def test_a_method_that_does_not_run_is_told(call):
    with pytest.raises(InvalidInput, match="'noprop-dt' is none of the study's methods"):
        call("noprop-dt.eta=1", methods="backprop")
