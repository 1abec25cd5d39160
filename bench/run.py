"""`python -m bench.run`: run a study without pytest, list what there is, export what was found."""

from argparse import Namespace
from collections.abc import Sequence

from bench.arguments import (
    STACKING,
    STUDY_OPTIONS,
    UNTIL_DECIDED,
    WHOLE_CELL_OPTIONS,
    executor_of,
    executor_settings,
    overrides,
    shard_of,
)
from bench.command import run_and_exit, say
from bench.execute.executor import make
from bench.listing import listing
from bench.parsing import Check, Parser, check_home
from bench.saves import saves_of
from bench.study import torchrun
from bench.study.named import path_of
from bench.tuning.installed import check_installed
from noprop_core.errors import InvalidSetting

EXAMPLES = """\
examples:
  python -m bench.run                                   the study `quick`, on scikit-learn's digits
  python -m bench.run --list                            studies, methods and data sets
  python -m bench.run --tune                            choose options, on seeds of their own
  python -m bench.run --plan                            what `quick` would run, and could show
  python -m bench.run --until-decided                   seeds at planned looks, 20 at most
  python -m bench.run --study my.toml --device cuda:0   a study of your own
  python -m bench.run --methods noprop-dt,backprop --timesteps 5,10 --seeds 0-9
  python -m bench.run --set noprop-dt.eta=0.2 --set optimizer.learning_rate=3e-3
  python -m bench.run --dataset mnist --data-dir ~/data
  python -m bench.run --jobs auto                       as many cells at once as there are cores
  torchrun --nproc-per-node 2 -m bench.run --block-parallel --methods noprop-dt
  python -m bench.run --export runs.csv                 one row per run, for any other tool
  python -m bench.run --export mlflow:tracked           into MLflow, TensorBoard or W&B

Runs that have a good record are not repeated. Exit code 0: every cell has a good record; 1: some
failed, and their records say why; 2: the command or the study is wrong.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    here = torchrun.place()
    if here is not None and here[0] > 0:
        from bench.execute.ranks import serve

        return serve()
    # Some is read again later: a slip of the finger is told before the wait.
    arguments = parser().read(argv, *CHECKS)
    if arguments.list:
        say(listing())
        return 0
    # What is imported below takes seconds: not before it is needed.
    if arguments.export is not None:
        from bench.running import export

        return export(arguments)
    if arguments.plan:
        from bench.running import plan

        return plan(arguments)
    # Its server imports torch while this process does.
    given = vars(arguments)
    name = "over-ranks" if here else executor_of(given)
    with make(name, executor_settings(given)) as executor:
        from bench.running import run

        return run(arguments, executor)


def check_tuning(given: Namespace) -> None:
    """Raise `InvalidSetting` where tuning lacks something, or its option stands alone."""
    if given.tune:
        check_installed()
    elif given.trials is not None:
        raise InvalidSetting("--trials: goes with --tune")


CHECKS: tuple[Check, ...] = (
    lambda given: path_of(given.study),
    lambda given: overrides(vars(given)),
    lambda given: executor_settings(vars(given)),
    lambda given: shard_of(vars(given)),
    check_tuning,
    lambda given: check_home(given.export, "--export"),
    lambda given: saves_of(vars(given)),
)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python -m bench.run",
        "Run a study: every method, data set, batch size, T and seed it names.",
        EXAMPLES,
    )
    offered = STUDY_OPTIONS | UNTIL_DECIDED | WHOLE_CELL_OPTIONS | STACKING
    for flag, settings in offered.items():
        parser.add_argument(flag, **settings)
    parser.add_argument("--list", action="store_true", help="show what there is, and stop")
    parser.add_argument(
        "--plan",
        action="store_true",
        help="say what would run, how long it may take and what it could show, and stop",
    )
    parser.add_argument(
        "--tune",
        action="store_true",
        help="choose every method's options by validation, with as many trials for each, and write "
        "the study that has them",
    )
    parser.add_argument(
        "--trials",
        type=int,
        metavar="N",
        help="with --tune: of each method [the study's, or 20]",
    )
    parser.add_argument(
        "--export",
        metavar="FILE",
        help="write the study's runs to FILE (.csv or .parquet), or to a tracker of experiments "
        "(mlflow:DIR, tensorboard:DIR, wandb:PROJECT), and stop",
    )
    return parser


if __name__ == "__main__":
    run_and_exit(main)
