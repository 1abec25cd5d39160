"""`python -m bench.run --tune`: what it writes, says, plans and refuses."""

import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from bench import report
from bench.records import frame
from bench.study.cells import expand
from bench.study.loading import build_study, load_study


@pytest.fixture
def tune(command, study_file, tmp_path, pretended, monkeypatch):
    """Call the command on the tiny study, with runs that are not trained; return its answer."""
    module = ModuleType("pretended_runs")
    module.Pretended = pretended
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    executor = ("--executor", "pretended_runs:Pretended", "--device", "cpu")

    def call(*words, file=None, **changes):
        file = file or study_file(**{"tuning": {"trials": 4}} | changes)
        return command("--study", file, "--tune", *executor, *words)

    return call


WRITTEN = Path("results/tiny/tiny-tuned.toml")


def records(folder="results/tiny/tuning"):
    return {path: path.read_bytes() for path in Path(folder).glob("records/*.json")}


def test_the_study_that_it_writes_has_the_options_chosen_and_says_where_they_come_from(tune):
    answer = tune()
    assert answer.code == 0
    study, whole = load_study(str(WRITTEN)), load_study("tiny.toml")
    assert (study.name, study.tuning) == ("tiny-tuned", None)
    assert study.seeds == whole.seeds
    for name in study.methods:
        found = study.tuned.method[name]
        assert len(found.scores) == 4
        assert found.runs == 8
        assert found.epochs == 16
        assert found.seconds == pytest.approx(8 * 0.5)
        assert found.flops == 16_000
        assert found.before["optimizer.learning_rate"] == 1e-3
        rate = study.method_config(name).optimizer.learning_rate
        assert rate == found.options["optimizer.learning_rate"]
        assert found.scores[found.chosen] == max(found.scores) > found.scores[0]
        assert f"{name}: 4 trials; validation accuracy 8" in answer.out
    assert f"study: python -m bench.run --study {WRITTEN}" in answer.out
    head = WRITTEN.read_text().splitlines()[:2]
    assert "chosen by validation accuracy alone" in head[0]
    assert "backprop 4, classifier 4, noprop-shared 4" in head[1]


def test_what_it_wrote_can_be_run_and_shares_no_run_with_the_trials(tune, command):
    tune()
    before = records()
    answer = command("--study", WRITTEN, "--isolation", "none", "--device", "cpu")
    assert answer.code == 0
    assert len(records("results/tiny-tuned")) == 6
    assert records() == before
    assert not {p.name for p in before} & {p.name for p in records("results/tiny-tuned")}


def test_a_second_call_runs_nothing_and_writes_the_same(tune):
    tune()
    before, text = records(), WRITTEN.read_bytes()
    answer = tune()
    assert (records(), WRITTEN.read_bytes()) == (before, text)
    assert "[1/" not in answer.err
    assert len(list(WRITTEN.parent.glob("*.toml"))) == 1


def test_a_study_that_somebody_has_edited_is_kept_under_another_name(tune):
    tune()
    WRITTEN.write_text(WRITTEN.read_text() + "\n# mine\n")
    tune()
    assert "# mine" in Path("results/tiny/tiny-tuned.1.toml").read_text()
    assert "# mine" not in WRITTEN.read_text()


def test_methods_may_be_tuned_one_after_another_and_their_trials_add_up(tune):
    tune("--methods", "backprop", "--trials", "3")
    alone = load_study(str(WRITTEN))
    assert list(alone.tuned.method) == ["backprop"]
    assert alone.methods == ["backprop", "classifier", "noprop-shared"]
    tune("--methods", "classifier", "--trials", "5")
    found = load_study(str(WRITTEN)).tuned.method
    assert {name: len(method.scores) for name, method in found.items()} == {
        "backprop": 3,
        "classifier": 5,
    }
    tune("--methods", "backprop", "--trials", "2")
    assert len(load_study(str(WRITTEN)).tuned.method["backprop"].scores) == 3, "3 were spent"


def test_one_setting_may_stand_for_all(tune):
    answer = tune("--timesteps", "4", timesteps=[2, 4], tuning={"trials": 2})
    assert answer.code == 0
    study = load_study(str(WRITTEN))
    assert (study.timesteps, study.tuned.timesteps) == ([2, 4], [4])
    assert {name.rsplit("-s", 1)[0] for name in (p.name for p in records())} == {
        "backprop-digits-b64-T4",
        "classifier-digits-b64",
        "noprop-shared-digits-b64-T4",
    }


def test_what_is_chosen_for_a_method_is_not_its_variant_s(tune):
    methods = ["backprop", "backprop/other", "noprop-ct", "noprop-ct/gentle"]
    tables = {
        "backprop/other": {"gate_init": 0.3},
        "noprop-ct/gentle": {"schedule": "gentle"},
    }
    file = {"methods": methods, "method": tables, "options": {"width": 0.25}}
    assert tune("--methods", "backprop,noprop-ct,noprop-ct/gentle", **file).code == 0
    study, before = load_study(str(WRITTEN)), load_study("tiny.toml")
    assert study.method_config("backprop/other") == before.method_config("backprop/other")
    for name in ("noprop-ct", "noprop-ct/gentle"):
        config, chosen = study.method_config(name), study.tuned.method[name].options
        assert config.schedule.alpha_bar_last == chosen["schedule.alpha_bar_last"]
    assert study.method_config("noprop-ct/gentle").schedule.hidden == 64


def test_a_table_of_tuning_makes_no_other_runs(tiny):
    plain = build_study(tiny, "tiny.toml")
    declared = build_study(tiny | {"tuning": {"trials": 30}}, "tiny.toml")
    assert expand(plain, "cpu") == expand(declared, "cpu")


def test_the_plan_counts_what_is_left_and_writes_nothing(tune, command):
    planned = tune("--plan")
    assert planned.code == 0
    assert not Path("results").exists()
    assert "4 of each of the 3 methods" in planned.out
    assert "1000-1001" in planned.out
    said = " ".join(planned.out.split())
    assert "│ runs │ 24 │" in said
    assert "│ to run │ 24 │" in said
    assert "0.0001 to 0.03, log" in said
    tune("--trials", "3")
    said = " ".join(tune("--plan").out.split())
    assert "│ on record │ 9 trials, which are not run again │" in said
    assert "│ to run │ 6 │" in said
    assert "about 6 s, by 18 records" in said, "a run that is not made takes 1 s"


REFUSED = {
    ("--rerun",): "--tune with --rerun: later trials rest on earlier ones",
    ("--shard", "1/2"): "--tune with --shard: trials follow one another",
    ("--trials", "1"): "--trials: input should be greater than or equal to 2, got 1",
    ("--seeds", "1000-1003"): "seeds: 1000-1001: the comparison uses them",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_is_one_line(words, tune):
    answer = tune(*words)
    assert answer.code == 2
    assert [REFUSED[words] in line for line in answer.errors[-1:]] == [True]
    assert len(answer.errors) == 1
    assert not records()


def test_a_name_too_long_to_be_called_tuned_is_told_before_anything_runs(tune):
    answer = tune("--name", "x" * 123)
    assert answer.code == 2
    [line] = answer.errors
    assert "leaves no room for '-tuned'" in line
    assert not Path("results").exists()
    assert tune("--name", "x" * 122).code == 0


def test_a_tuned_study_is_not_tuned_again(tune):
    tune()
    answer = tune(file=WRITTEN)
    assert answer.code == 2
    assert answer.errors == ["--tune: study tiny-tuned has been tuned; tune tiny, with more trials"]


def test_trials_go_with_tune(command):
    assert command("--trials", "3").errors == ["--trials: goes with --tune"]


@pytest.mark.parametrize(
    ("module", "said"), [("optuna", "optuna is not installed"), ("tomli_w", "tomli-w is not")]
)
def test_without_the_extra_it_says_how_to_install_it(module, said, tune, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    answer = tune()
    assert answer.code == 2
    [line] = answer.errors
    assert said in line
    assert line.endswith('pip install "noprop-bench[tuning]"')


def test_it_trains_what_it_judges(command, study_file, tmp_path):
    file = study_file(
        methods=["backprop"], tuning={"trials": 2, "seeds": 9, "space": {"all": RATE}}
    )
    words = ("--tune", "--results", tmp_path / "results", "--device", "cpu")
    words = (*words, "--isolation", "none")
    assert command("--study", file, *words).code == 0
    content = tomllib.loads((tmp_path / "results/tiny/tiny-tuned.toml").read_text())
    assert content["tuned"]["method"]["backprop"]["runs"] == 2


RATE = {"optimizer": {"learning_rate": {"low": 1e-3, "high": 1e-2, "log": True}}}


@pytest.fixture
def reported(command):
    """Run the study that was written, and return its report as Markdown."""

    def report_of_it(*words):
        answer = command("--study", WRITTEN, "--isolation", "none", "--device", "cpu", *words)
        assert answer.code == 0
        assert command("results/tiny-tuned", "--format", "markdown", main=report.main).code == 0
        return Path("results/tiny-tuned/report.md").read_text()

    return report_of_it


def test_a_method_tuned_with_3_trials_beside_one_with_30_is_called_unfair(tune, reported):
    only = {"methods": ["backprop", "classifier"], "seeds": [0]}
    tune("--methods", "backprop", "--trials", "3", **only)
    tune("--methods", "classifier", "--trials", "30", **only)
    text = reported()
    assert "The comparison is unfair: its methods were not tuned alike" in text
    assert "backprop with 3 trials and classifier with 30 trials" in text


def test_the_report_of_a_fair_one_shows_what_tuning_gained_on_the_comparison_s_seeds(
    tune, reported, command, tmp_path
):
    only = {"methods": ["backprop", "classifier"], "seeds": "0-2"}
    tune(**only)
    assert command("--study", "tiny.toml", "--isolation", "none", "--device", "cpu").code == 0
    command("results/tiny", "--format", "markdown", main=report.main)
    assert "tuning" not in Path("results/tiny/report.md").read_text(), "trials are no runs of it"
    text = reported()
    assert "unfair" not in text
    then, now = (mean_accuracies(f"results/{name}") for name in ("tiny", "tiny-tuned"))
    [line] = [
        row
        for row in text.splitlines()
        if row.startswith("| classifier | ") and " | 4 | 8 | " in row
    ]
    gain = float(line.split("|")[2].split()[0].replace("−", "-"))
    assert gain == pytest.approx(100 * (now["classifier"] - then["classifier"]), abs=0.6)
    assert "n = 3" in line


def test_options_changed_by_hand_are_told(tune, reported):
    tune(methods=["backprop", "classifier"], seeds=[0])
    text = WRITTEN.read_text()
    rate = tomllib.loads(text)["method"]["classifier"]["optimizer"]["learning_rate"]
    before, after = text.split("\n[tuned]\n")
    WRITTEN.write_text(before.replace(f"= {rate}\n", "= 0.0017\n") + "\n[tuned]\n" + after)
    said = "optimizer.learning\\_rate is not as chosen"
    assert f"classifier is not as it was tuned: {said}" in reported()


def mean_accuracies(folder):
    return frame.load(folder).groupby("method")["test_accuracy"].mean()
