"""`pytest bench --benchmark-only` runs a study: one item per cell, one round per epoch."""

import shlex
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from pytest_benchmark.logger import PytestBenchmarkWarning

from bench.arguments import STUDY_OPTIONS, executor_of, overrides
from bench.benchmark_options import EMPTY_GATE, is_empty_gate, refuse_meaningless
from bench.benchmark_table import Row, arms, keep_to_the_terminal
from bench.command import LONGEST, NOT_HERE
from bench.execute.executor import OneAtATime, make
from bench.execute.launch import Launch
from bench.measure.flops import KnownFlops
from bench.places import declaration_in, resolve_device, store_it_left, store_of
from bench.pytest_items import Told, status_of
from bench.records.adopting import adopt
from bench.records.claims import Claims
from bench.records.looks import next_look
from bench.records.record import Record
from bench.records.store import RecordStore
from bench.saves import lacking_lines, saves_of
from bench.settling import Settling
from bench.study.calls import Call, call_of
from bench.study.cells import Cell, expand
from bench.study.fitting import check_own_data
from bench.study.labels import labels_of
from noprop_core.errors import InvalidSetting, UserError
from noprop_core.words import printable, shortened

RUN = pytest.StashKey["StudyRun"]()
TOLD = pytest.StashKey[Told]()
BY_ARM = pytest.StashKey[bool]()
"""Whether pytest-benchmark's table has a row per arm."""

WARNINGS = (
    # What pytest-benchmark has to say, of a file to compare with say, is no error of ours.
    "default::pytest_benchmark.logger.PytestBenchmarkWarning",
    # Ctrl-C before an item's first epoch is no mistake of the item's, and needs no traceback.
    "ignore:Benchmark fixture was not used at all",
    # What we have to say of the folder.
    "default::UserWarning:bench.pytest_session",
)
"""How warnings are taken, where the project's own configuration makes errors of them."""


@dataclass(frozen=True)
class StudyRun:
    """The study this pytest session runs, where to, and what need not run again.

    `call` is what the command line made of the study. `before` holds every record there is at the
    start, `settled` those that make a run unnecessary.
    """

    call: Call
    cells: list[Cell]
    before: dict[str, Record]
    settled: dict[str, Record]
    store: RecordStore
    launch: Launch
    executor: OneAtATime
    adopted: tuple[str, ...] = ()
    """The line that says which records were copied from the study's own folder, if any."""
    looks: str = ""
    """Of a sequential study: which seeds these are, and who looks at them."""

    @property
    def elsewhere(self) -> list[str]:
        """Which folder, if it is not the study's, which records were there before, which seeds."""
        line = self.call.line(self.store.folder)
        return [words for words in (line, *self.adopted, self.looks) if words]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Give pytest the options of `python -m bench.run`."""
    group = parser.getgroup("noprop-bench", "noprop-bench: which runs to make")
    for flag, settings in STUDY_OPTIONS.items():
        group.addoption(flag, **settings)


@pytest.hookimpl(tryfirst=True)  # before pytest-benchmark, which reads what it compares with
def pytest_configure(config: pytest.Config) -> None:
    """Validate the whole study before anything runs."""
    if sys.platform == "win32":
        raise pytest.exit.Exception(f"\n{NOT_HERE}", returncode=2)
    if config.option.help or getattr(config.option, "markers", False):
        return  # no session follows, whatever there is to say of the study
    # Those that come while it is configured, where only the whole process has a say.
    warnings.filterwarnings("default", category=PytestBenchmarkWarning)
    for line in WARNINGS:
        config.addinivalue_line("filterwarnings", line)
    # Methods of one's own lie in the current folder; last, so that nothing in it is in our way.
    sys.path.append(str(config.invocation_params.dir))
    try:
        given = {name: config.getoption(name) for name in _names()}
        call = call_of(given["study"], overrides(given), given["name"])
        study, looks = call.study, ""
        device = resolve_device(given["device"])
        store = store_of(study.name, given["results"], per_torch=given["per_torch"])
        if study.sequential is not None:
            study, looks = next_look(store.folder, study, rerun=given["rerun"])
        cells = expand(study, device.type)
        saves = saves_of(given)
        launch = Launch(study.name, device, given["data_dir"], given["time_limit"], saves)
        name = executor_of(given)
        refuse_meaningless(config, name)
        if study.stack_seeds:
            raise InvalidSetting(
                f"study {study.name}: stack_seeds gives no times, and pytest-benchmark is there "
                "for times; use python -m bench.run"
            )
        executor = steppable(name)
        known_to = store_it_left(call, given["results"], per_torch=given["per_torch"])
        # What a planned look sees has not been seen before.
        adopts = study.sequential is None and not (given["rerun"] or config.option.collectonly)
        adopted = adopt(store, cells, known_to) if known_to is not None and adopts else []
        before = store.found(cells)
        settled = {} if given["rerun"] else store.settled(cells)
    except UserError as error:
        raise pytest.exit.Exception(f"\n{shown(error)}", returncode=2) from None
    except OSError as error:
        if error.filename is None:
            raise
        said = f"'{shortened(str(error.filename), LONGEST)}': {error.strerror or error}"
        raise pytest.exit.Exception(f"\n{printable(said)}", returncode=2) from None
    config.stash[BY_ARM] = keep_to_the_terminal(config)
    config.stash[RUN] = StudyRun(
        call, cells, before, settled, store, launch, executor, tuple(adopted), looks
    )


def shown(error: UserError) -> str:
    """Return the lines of `error` without what a terminal would obey."""
    return "\n".join(shortened(printable(line), LONGEST) for line in str(error).split("\n"))


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which folder the runs go to where it is not the study's."""
    return config.stash[RUN].elsewhere


def steppable(name: str) -> OneAtATime:
    """Return the executor called `name`, whose runs pytest-benchmark can time epoch by epoch.

    Raises `InvalidSetting`.
    """
    executor = make(name)
    if not isinstance(executor, OneAtATime):
        raise InvalidSetting(
            f"--executor: '{name}' runs whole cells, and pytest-benchmark times epochs; "
            "use python -m bench.run"
        )
    return executor


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item of every cell, in the study's order."""
    if "cell" in metafunc.fixturenames:
        cells = metafunc.config.stash[RUN].cells
        metafunc.parametrize("cell", cells, ids=labels_of(cells))


@contextmanager
def ending_the_session() -> Iterator[None]:
    """Turn a user error inside, which would meet every item alike, into the session's end."""
    try:
        yield
    except UserError as error:
        raise pytest.exit.Exception(shown(error), returncode=2) from None


@pytest.fixture(scope="session")
def study_run(request: pytest.FixtureRequest) -> StudyRun:
    """Return this session's study; its declaration is on disk before its first record."""
    run = request.config.stash[RUN]
    with ending_the_session():
        check_own_data(
            (cell for cell in run.cells if cell.id not in run.settled), run.launch.data_dir
        )
        run.store.sweep()
        run.store.save_study(declaration_in(run.store, run.call))
    return run


@pytest.fixture(scope="session")
def executor(study_run: StudyRun) -> Iterator[OneAtATime]:
    """Run cells as the command line says, each in a process of its own unless it says not."""
    with study_run.executor as executor:
        yield executor


@pytest.fixture(scope="session")
def settling(study_run: StudyRun) -> Iterator[Settling]:
    """Keep other runners from the cell that runs here, and its record when it has run."""
    run = study_run
    with ending_the_session(), Claims(run.store.folder) as claims:
        if claims.note:
            warnings.warn(claims.note, stacklevel=1)
        yield Settling(run.store, claims, run.launch, KnownFlops(run.before.values()), run.before)


@pytest.fixture(scope="session")
def told(request: pytest.FixtureRequest, study_run: StudyRun) -> Told:
    """Say what items come to, and how long the session's others will take."""
    params = (item.callspec.params for item in request.session.items if hasattr(item, "callspec"))
    cells = [found["cell"] for found in params if "cell" in found]
    return request.config.stash.setdefault(TOLD, Told(cells, study_run.settled))


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Show accuracy and time left beside an item that went well."""
    return status_of(report)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_benchmark_group_stats(
    config: pytest.Config, benchmarks: list[Row]
) -> list[tuple[str, list[Row]]] | None:
    """Give pytest-benchmark's table a row per arm, unless the user asked for another table."""
    session = getattr(config, "_benchmarksession", None)
    return arms(session, benchmarks) if config.stash[BY_ARM] and session else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a gate that has compared nothing."""
    if is_empty_gate(session.config):
        session.exitstatus = 2


@pytest.hookimpl(trylast=True)  # after pytest-benchmark's table
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Say how many runs were not repeated, what the study answers, where the records are."""
    run = config.stash[RUN]
    if is_empty_gate(config):
        terminalreporter.write_line(EMPTY_GATE, red=True)
    for line in run.elsewhere if config.get_verbosity() < 0 else []:  # then there is no header
        terminalreporter.write_line(line)
    if run.settled:
        count = f"{len(run.settled)} of {len(run.cells)} cells"
        terminalreporter.write_line(
            f"{count} already have a good record and were not run again; --rerun forces it"
        )
    for line in lacking_lines(run.settled.values(), run.launch.saves):
        terminalreporter.write_line(line)
    interrupted = exitstatus == pytest.ExitCode.INTERRUPTED  # then the end is not kept waiting
    if not interrupted and TOLD in config.stash and config.stash[TOLD].made:
        from bench.answering import answer_text  # takes a second: not before it is needed

        answer = answer_text(
            run.store,
            shutil.get_terminal_size((100, 40)).columns,
            colours=terminalreporter.hasmarkup,
        )
        terminalreporter.write(f"\n{answer}\n" if answer else "")
    terminalreporter.write_line(f"records: {run.store.records_folder}")
    terminalreporter.write_line(
        f"report:  python -m bench.report {shlex.quote(str(run.store.folder))}"
    )


def _names() -> list[str]:
    return [flag.removeprefix("--").replace("-", "_") for flag in STUDY_OPTIONS]
