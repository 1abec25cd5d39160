"""Whether data fit the networks that are to learn them, where only the data can tell.

Of published data sets a study knows the shapes. Others are read here, once, before anything runs.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from bench.study.cells import Cell
from noprop_core import registry
from noprop_core.datasets import loading, table
from noprop_core.datasets.task import Task
from noprop_core.errors import InvalidSetting
from noprop_core.outside import harmless
from noprop_core.seeding import Streams


@lru_cache(maxsize=2)
def load_task(name: str, data_dir: Path, device: str, train_images: int | None) -> Task:
    """Load a data set once per process, however many cells use it."""
    return loading.load(name, data_dir, device, train_images)


def forget_if_written(task: Task, before: tuple[int, ...]) -> bool:
    """Have data that were written to since `before` read anew for the next cell; tell if so."""
    if task.writes() == before:
        return False
    load_task.cache_clear()
    return True


def check_own_data(cells: Iterable[Cell], data_dir: Path) -> None:
    """Build what `cells` train, once each, on data sets that are not published ones.

    Raises `InvalidSetting`, a line for each thing that does not fit, and what loading raises.
    """
    arms: dict[tuple[str, int | None], dict[tuple[str, int | None, int], Cell]] = defaultdict(dict)
    for cell in cells:
        if not isinstance(table.find(cell.dataset), table.Published):
            arm = (cell.method, cell.timesteps, cell.batch_size)
            arms[cell.dataset, cell.train_images].setdefault(arm, cell)
    problems: dict[str, list[str]] = defaultdict(list)
    for (name, train_images), wanted in arms.items():
        for cell in wanted.values():
            problem = _problem(cell, load_task(name, data_dir, "cpu", train_images))
            if problem and cell.method not in problems[f"on {name}: {problem}"]:
                problems[f"on {name}: {problem}"].append(cell.method)
    if problems:
        lines = (f"{', '.join(methods)} {words}" for words, methods in problems.items())
        raise InvalidSetting("\n".join(lines))


def _problem(cell: Cell, task: Task) -> str:
    before = task.writes()
    try:
        task.epoch_indices(cell.batch_size, Streams(0).generator("data order"))
        with harmless():
            registry.find(cell.method)(cell.config(), task, cell.timesteps, Streams(cell.seed))
    except InvalidSetting as error:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # whatever it is, the run's record will say it
        return ""
    finally:
        forget_if_written(task, before)
    return ""
