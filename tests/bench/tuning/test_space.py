"""What is searched: every method's own space, what a study declares, and what does not fit."""

import sys
import tomllib
from types import ModuleType

import pytest
from pydantic import ValidationError

from bench.study.loading import build_study
from bench.study.problems import InvalidInput
from bench.study.space import flat, space_of_method, with_values
from bench.study.tuning import Tuning
from noprop_core import registry
from noprop_core.method import Method, MethodConfig
from noprop_core.optimisation import OptimizerConfig
from noprop_core.options import Options, space_of
from noprop_core.search import Choice, Range

OPTIMIZER = {f"optimizer.{name}": search for name, search in OptimizerConfig.searched.items()}


@pytest.mark.parametrize("name", registry.built_in())
def test_every_end_of_a_method_s_space_is_a_value_of_its_options(name):
    config = registry.find(name).Config()
    for option, search in config.search_space().items():
        for end in search.ends:
            assert flat(with_values(config, {option: end}))[option] == end
        now = flat(config)[option]
        kind = type(search.ends[0])
        assert isinstance(now, kind) or now == "auto" or isinstance(search, Choice)


@pytest.mark.parametrize("name", registry.built_in())
def test_learning_rate_and_weight_decay_are_searched_alike_in_every_method(name):
    space = registry.find(name).Config().search_space()
    assert space | OPTIMIZER == space


def test_a_method_that_declares_no_space_has_the_optimiser_s():
    class Config(MethodConfig):
        depth: int = 3

    assert Config().search_space() == OPTIMIZER


def test_what_has_no_effect_is_not_searched():
    config = registry.find("noprop-dt").Config
    learned = config.model_validate({"embedding": {"kind": "learned"}})
    assert "eta" not in config().search_space()
    assert "eta" in learned.search_space()


def test_a_range_for_no_option_is_its_author_s_slip():
    with pytest.raises(TypeError, match=r"Slip.searched names no option: depht"):

        class Slip(Options):
            searched = {"depht": Range(low=1, high=3)}  # noqa: RUF012
            depth: int = 3


def test_a_table_s_ranges_are_found_in_what_extends_it_and_in_what_holds_it():
    class Inner(Options):
        searched = {"rate": Range(low=0.1, high=1.0)}  # noqa: RUF012
        rate: float = 0.5

    class Further(Inner):
        searched = {"kind": Choice(values=["a", "b"])}  # noqa: RUF012
        kind: str = "a"

    class Outer(Options):
        inner: Further | None = None

    assert list(space_of(Outer)) == ["inner.rate", "inner.kind"]


def test_what_a_study_declares_for_a_method_is_its_whole_space_and_its_variants_():
    tuning = Tuning.model_validate(
        {
            "space": {
                "noprop-dt": {"eta": {"low": 0.1, "high": 1.0}},
                "all": {"optimizer": {"learning_rate": {"low": 1e-3, "high": 1e-2}}},
            }
        }
    )
    variant = {"noprop-dt/learned": {"embedding": {"kind": "learned"}}}
    assert list(space_of_method("noprop-dt/learned", tuning, {}, variant)) == ["eta"]
    others = space_of_method("backprop", tuning, {}, {})
    assert others["optimizer.learning_rate"] == Range(low=1e-3, high=1e-2)
    assert list(others) == sorted(["gate_init", *OPTIMIZER])


LINES = {
    'seeds = "1-1000"': "tuning: seeds: 1: the comparison uses them",
    "trials = 1": "tuning.trials: input should be greater than or equal to 2",
    'sampler = "random"': "tuning.sampler: input should be 'qmc' or 'tpe'",
    "timesteps = [7]": "tuning: timesteps: 7 is none of the study's",
    'datasets = ["mnist"]': "tuning: datasets: mnist is none of the study's",
    "pruning = true\nseeds = 9": "tuning: pruning: is between seeds, and there is one",
    "space.backprop.gate_init = { low = 0.1, high = 3.0 }": "less than 1, got 3.0",
    "space.backprop.gate_int = { low = 0.1, high = 0.3 }": "did you mean 'gate_init'?",
    "space.backprop.gate_init = { low = 0.5, high = 0.1 }": "low must be below high",
    "space.backprop.gate_init = { low = 0.0, high = 0.1, log = true }": "begins above 0, got 0",
    "space.backprop.gate_init = { low = 0.0, high = 0.1, lag = true }": "did you mean 'log'?",
    "space.backprop.gate_init = 0.5": "is no range such as { low = 1e-4, high = 1e-2, log",
    "space.backprop.head.start = { values = ['default', 'x'] }": "'embedding' or 'default', got",
    "space.backprop.head.start = { values = ['default'] }": "at least 2 items",
    "space.backprop = {}": "tuning: space.backprop: nothing is searched",
    "space.dfa.width = { low = 1.0, high = 2.0 }": "space.dfa: is none of the study's methods",
    "space.all.wdth = { low = 1.0, high = 2.0 }": "did you mean 'width'?",
}


@pytest.mark.parametrize("declared", LINES)
def test_what_does_not_fit_is_one_line(declared, tiny):
    content = tiny | {"tuning": tomllib.loads(declared)}
    with pytest.raises(InvalidInput) as caught:
        build_study(content, "my.toml")
    assert str(caught.value).startswith("my.toml: tuning")
    assert LINES[declared] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pruning_needs_a_validation_loss(tiny, monkeypatch):
    class Blind(registry.find("classifier")):
        name = "blind"
        predict = Method.predict

    Blind.has_logits = False
    module = ModuleType("without_logits")
    module.Blind = Blind
    monkeypatch.setitem(sys.modules, module.__name__, module)
    methods = ["backprop", "without_logits:Blind"]
    with pytest.raises(InvalidInput, match="pruning: without_logits:Blind: no logits"):
        build_study(tiny | {"methods": methods, "tuning": {"pruning": True}}, "my.toml")
    assert build_study(tiny | {"methods": methods, "tuning": {}}, "my.toml").tuning


def test_a_corner_in_which_two_options_do_not_go_together_is_found(tiny):
    both = {
        "order": {"values": ["together", "sequential"]},
        "block_execution": {"values": ["stacked", "sequential"]},
    }
    content = tiny | {
        "methods": ["backprop", "noprop-dt"],
        "tuning": {"space": {"noprop-dt": both}},
    }
    with pytest.raises(InvalidInput, match='block_execution = "stacked" needs order'):
        build_study(content, "my.toml")


def test_a_tuned_study_keeps_off_the_seeds_it_was_tuned_on(tiny):
    method = {
        "scores": [0.5, "failed"],
        "chosen": 0,
        "space": {},
        "before": {},
        "options": {},
        "budget": "2 epochs",
        "runs": 2,
        "seconds": 1.0,
        "epochs": 2,
    }
    tuned = {
        **{"study": "tiny", "seeds": [1, 7], "datasets": ["digits"], "batch_sizes": [64]},
        **{"timesteps": [2], "sampler": "qmc", "sampler_seed": 0, "pruning": False},
        "method": {"backprop": method},
    }
    with pytest.raises(InvalidInput, match="chosen on seeds 1, which no comparison may use"):
        build_study(tiny | {"tuned": tuned}, "my.toml")
    assert build_study(tiny | {"tuned": tuned, "seeds": [2]}, "my.toml").tuned


def test_ranges_know_no_infinity():
    with pytest.raises(ValidationError):
        Range(low=0.0, high=float("inf"))
