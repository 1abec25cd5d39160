"""Every command and every example in the documents works as it stands there."""

import importlib
import re
import shlex
import shutil
import tomllib
import webbrowser
from pathlib import Path

import pandas as pd
import pytest
import render_speed

import noprop_core
import noprop_vs_backprop
from bench import __main__ as umbrella
from bench import gallery, new, readme, report, rerun, run, scaling
from bench.arguments import executor_settings, overrides
from bench.execute.executor import make
from bench.publish import __main__ as publish
from bench.records import frame
from bench.speed import __main__ as speed
from bench.study.loading import build_study, load_study
from bench.study.tuning import Tuning
from bench.trackers.trackers import names_a_tracker
from noprop_core import catalogue
from noprop_core.method import MethodConfig
from reports import __main__ as tidy_report
from reports import calibrate

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SMALL = (
    *("--seeds", "0", "--batch-sizes", "128", "--epochs", "1", "--device", "cpu"),
    *("--isolation", "none"),  # a process of its own is started in tests/bench
)
ELSEWHERE = {
    "pip": "installs, which tox does for every run of these tests",
    "git": "needs the network, and an address",
    "cd": "goes where git has put it",
    "python3": "makes an environment, which tox does likewise",
    ".": "enters it",
    "uv": "installs, as above",
    "tox": "runs these tests",
    "pre-commit": "is a developer's own tool",
}


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands() -> list[str]:
    lines = [
        line.partition("  #")[0].strip()
        for page in PAGES
        for block in blocks(page, "sh")
        for line in block.splitlines()
    ]
    return sorted({part for line in lines for part in line.split(" && ") if part})


@pytest.fixture
def own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the method of the README and the data set of `extend.md` where commands look for them."""
    (tmp_path / "my_method.py").write_text(blocks(ROOT / "README.md", "python")[0])
    (tmp_path / "my_data.py").write_text(blocks(ROOT / "docs" / "extend.md", "python")[0])
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(ROOT / "tests" / "outside_package" / "src")
    importlib.invalidate_caches()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a study once for every command that reports one; nobody may write there."""
    folder = tmp_path_factory.mktemp("docs") / "results"
    words = ("--methods", "backprop,noprop-shared", "--results", str(folder), *SMALL)
    words = (*words, "--name", "quick")
    assert run.main(words) == 0
    return folder


@pytest.mark.parametrize("command", commands())
def test_a_command_works(command: str, tmp_path, results, own_modules, monkeypatch, capsys) -> None:
    words = shlex.split(command)
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    match words:
        case ["python", "-m", "bench.run", "--list"]:
            assert run.main(words[3:]) == 0
        case ["python", "-m", "bench.run", *rest] if "mnist" in rest or "--export" in rest:
            arguments = run.parser().parse_args(rest)
            assert (
                arguments.dataset == "mnist"
                or arguments.export.endswith(".csv")
                or names_a_tracker(arguments.export)
            )
        case ["python", "-m", "bench.run", "--executor", "ray" | "slurm", *_]:
            arguments = run.parser().parse_args(words[3:])  # tests/bench/execute runs a small one
            assert type(make(arguments.executor, executor_settings(vars(arguments))))
        case ["python", "-m", "bench.run", "--jobs", "auto"]:
            small = [word for word in SMALL if word not in ("--isolation", "none")]
            assert run.main([*words[3:], *small, "--methods", "backprop-mlp,classifier"]) == 0
        case ["python", "-m", "bench.run", "--study", study, *rest] if "--devices" in rest:
            run.parser().parse_args(rest)  # as with the next
            assert load_study(study).datasets != ["digits"]
        case ["python", "-m", "bench.run", "--study", study, *rest] if "cuda:0" in rest:
            run.parser().parse_args(rest)  # hours on a GPU; that it can start is another matter:
            assert load_study(study).datasets != ["digits"]
        case ["python", "-m", "bench.run", "--budget", "seconds=10", *rest]:
            small = [w for w in SMALL if w not in ("--epochs", "1")]
            assert run.main(["--budget", "seconds=0.1", *rest, *small]) == 0
        case ["python", "-m", "bench.run", *rest] if rest.count("--budget") > 1:
            short = {"epochs=7": "epochs=1", "seconds=2": "seconds=0.1"}
            short["convergence"] = "convergence,max-epochs=2"
            few = ("--methods", "backprop,classifier", "--timesteps", "2", "--seeds", "0-2")
            small = [w for w in SMALL if w not in ("--epochs", "1")]
            assert run.main([*(short.get(w, w) for w in rest), *small, *few]) == 0
            [folder] = Path("results").iterdir()
            assert len(frame.load(folder)["budget"].unique()) == 3
            assert report.main([str(folder)]) == 0
            page = (folder / "report.html").read_text(encoding="utf-8")
            assert "Budgets side by side" in page
            assert "Test accuracy: each method against backprop, under each budget" in page
        case ["python", "-m", "bench.run", "--shard", *_]:
            assert run.main([*words[3:], *SMALL, "--methods", "backprop,classifier"]) == 0
        case ["python", "-m", "bench.run", "--tune", "--trials", "20", *rest]:
            few = ("--trials", "2", "--methods", "backprop", "--timesteps", "2")
            assert run.main(["--tune", *few, *rest, *SMALL[2:]]) == 0
            written = list(Path("results").glob("*/*-tuned.toml"))
            assert [load_study(str(path)).tuned.study for path in written] == (
                [] if rest else ["quick+epochs=1"]
            )
        case ["python", "-m", "bench.run", "--study", study, *rest] if "tuned" in study:
            assert rest == []  # the one before has made and loaded such a study
        case ["python", "-m", "bench.run", "--plan", *rest]:
            assert run.main(["--plan", *rest]) == 0
            assert not Path("results").exists()
        case ["python", "-m", "bench.run", "--until-decided", *rest]:
            few = ("--max-seeds", "3", "--methods", "backprop,noprop-shared", "--timesteps", "2")
            assert run.main(["--until-decided", *few, *rest, *SMALL[2:]]) == 0
            assert len(list(Path("results").glob("*/looks/3.json"))) == 1
        case ["python", "-m", "bench.run", *rest] if "--save-model" in rest:
            assert run.main([*rest, *SMALL, "--timesteps", "2"]) == 0
            (example,) = blocks(ROOT / "docs" / "formats.md", "python")
            capsys.readouterr()
            exec(compile(example, "formats.md", "exec"), {})
            assert "noprop-dt-digits-b128-T2-s0-" in capsys.readouterr().out
        case ["python", "-m", "bench.run", *rest]:
            assert run.main([*rest, *SMALL]) == 0
            [folder] = Path("results").iterdir()
            assert len(frame.load(folder)) >= 2
        case ["torchrun", "--nproc-per-node", "2", "-m", "bench.run", *rest]:
            # Two processes are started in tests/bench/execute/test_ranks.py.
            monkeypatch.setenv("RANK", "0")
            monkeypatch.setenv("WORLD_SIZE", "2")
            given = vars(run.parser().read(rest))
            assert load_study(given["study"], overrides(given)).division
        case ["python", "-m", "bench.scaling", *rest]:
            scaling.parser().read(rest)  # tests/bench/test_scaling_command.py has records for it
        case ["python", "-m", "bench.report", "results/scaling" | "results/quick-tuned"]:
            pass  # as below; two processes make its records
        case ["python", "-m", "bench.publish", folder, *rest]:
            shutil.copytree(results, "results")
            assert publish.main([folder, *rest, "--incomplete"]) == 0
            assert Path("docs/results/my-quick/report.html").is_file()
        case ["python", "-m", "bench.report" | "bench.rerun", folder, *_] if "docs" in folder:
            assert folder == "docs/results/my-quick"  # tests/bench/publish has such a folder
            module = {"bench.report": report, "bench.rerun": rerun}[words[2]]
            module.parser().read(words[3:])
        case ["python", "-m", "bench.report", *rest] if "latex-tables" in rest:
            shutil.copytree(results, "results")
            assert report.main(rest) == 0
            assert Path("figures/answer.pdf").is_file()
            assert Path("tables/answer.tex").is_file()
        case ["python", "-m", "bench.report", *rest]:
            shutil.copytree(results, "results")
            if "--against" in rest:
                shutil.copytree("results/quick", "old/quick")
            assert report.main(rest) == 0
            stem = "changes" if "--against" in rest else "report"
            folder = tmp_path if "-o" in rest else tmp_path / "results" / "quick"
            assert list(folder.glob(f"{stem}.*"))
            assert bool(opened) is ("--open" in rest)
        case ["noprop-bench", "run"]:
            assert umbrella.main(["run", *SMALL, "--methods", "backprop,classifier"]) == 0
        case ["noprop-bench", "report", *rest]:
            shutil.copytree(results, "results")
            assert umbrella.main(["report", *rest]) == 0
            assert opened
        case ["python", "-m", "bench.readme", *rest]:
            readme.parser().read(rest)  # tests/bench/test_readme.py writes one
        case ["python", "-m", "bench.new", *rest]:
            assert new.main(rest) == 0  # tests/bench/test_new.py runs what it writes
        case ["python", "-m", "bench.gallery", *rest]:
            shutil.copytree(results, "results")
            assert gallery.main(rest) == 0
            assert (tmp_path / "site" / "quick" / "index.html").is_file()
        case ["python", "-m", "reports", file, *rest]:
            table = {"algo": ["adam", "adam", "sgd", "sgd"], "seed": [0, 1, 0, 1]}
            table |= {"loss": [0.3, 0.4, 0.2, 0.3], "reward": [-3.0, 5.0, 0.0, 9.0]}
            pd.DataFrame(table).to_csv("results.csv", index=False)
            file = str(ROOT / file) if file.startswith("docs/") else file
            assert tidy_report.main([file, *rest]) == 0
            assert list(tmp_path.glob("*report.html"))
        case ["python", "-m", "reports.calibrate", *rest]:
            calibrate.parser().parse_args(rest)  # a short form runs in tests/reports
        case ["python", "-m", "bench.speed", *rest]:
            speed.parser().parse_args(rest)  # its measurements are tested in tests/bench
        case ["python", "tests/reports/render_speed.py"]:
            design = render_speed.WARM_UP
            assert render_speed.main((design, design), rounds=1) in {0, 1}
        case ["python", "noprop_vs_backprop.py", *rest]:
            small = ["--epochs", "1", "--width", "0.25", "--device", "cpu"]
            assert noprop_vs_backprop.main([*rest, *small]) == 0
            assert "--- Performance Summary ---" in capsys.readouterr().out
        case ["python", "-m", "noprop_core.catalogue", page]:
            text = (ROOT / page).read_text(encoding="utf-8")
            assert catalogue.BEGINS in text  # tests/noprop_core/test_catalogue.py writes one
        case ["pytest", "tests/noprop_core/test_contract.py", "-k", "random-features"]:
            pass  # tests/test_outside_package.py runs it, with the package installed
        case ["pytest", folder, *_] if folder.startswith("tests"):
            assert (ROOT / folder).exists()  # and runs with these tests
        case ["pytest", "bench", "--benchmark-only"]:
            pass  # tests/bench/test_pytest_entry.py runs it, on a smaller study
        case [tool, *_]:
            assert tool in ELSEWHERE, f"no test runs '{command}'"


def test_every_option_of_a_documented_study_is_real() -> None:
    (example,) = blocks(ROOT / "docs" / "formats.md", "toml")
    study = build_study(tomllib.loads(example), "docs/formats.md")
    assert study.method_config("noprop-dt").schedule.alpha_bar_last == 0.999


def test_both_ends_of_block_execution_stand_in_one_study() -> None:
    (example,) = blocks(ROOT / "docs" / "speed.md", "toml")
    study = build_study(tomllib.loads(example), "docs/speed.md")
    found = [study.method_config(name).block_execution for name in study.methods[1:]]
    assert found == ["sequential", "stacked"]


def test_what_tuning_declares_in_the_document_are_its_defaults() -> None:
    (example,) = blocks(ROOT / "docs" / "tuning.md", "toml")
    declared = tomllib.loads(example)["tuning"]
    study = load_study("quick", {"tuning": declared})
    assert study.tuning is not None
    left_open = study.tuning.model_copy(
        update={"space": {}, "datasets": None, "batch_sizes": None, "timesteps": None}
    )
    assert left_open == Tuning()
    (python,) = blocks(ROOT / "docs" / "tuning.md", "python")
    made: dict[str, type[MethodConfig]] = {}
    exec(compile(python, "tuning.md", "exec"), made)
    assert made["MyConfig"]().search_space()["depth"].words == "1 to 6"


def test_the_line_of_data_is_what_the_architecture_says(tmp_path, monkeypatch) -> None:
    (example,) = blocks(ROOT / "docs" / "architecture.md", "python")
    monkeypatch.chdir(tmp_path)
    study = 'study = load_study("quick", {'
    assert study in example
    small = '"batch_sizes": [128], "timesteps": [2], "budget": {"epochs": 1}, '
    exec(compile(example.replace(study, study + small), "architecture.md", "exec"), {})
    assert len(frame.load("results/mine")) == 4
    assert "backprop" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_every_room_has_its_line_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:noprop_core|bench|reports)/[a-z_/]*)`", page)
    assert all((ROOT / name).is_dir() for name in named)
    for package in ("noprop_core", "bench"):
        rooms = [path.parent for path in (ROOT / package).glob("*/__init__.py")]
        assert {f"{package}/{room.name}/" for room in rooms} <= set(named)


def test_the_citation_has_the_version() -> None:
    assert f"version: {noprop_core.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


def test_no_link_between_documents_is_broken() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
