"""How a cell's run is started: in a process of its own, or in this one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from bench.execute.isolation import ForkServer, IsolatedRun
from bench.execute.isolations import Isolation
from bench.measure.cell_run import CellRun, DrivenRun
from bench.measure.flops import KnownFlops
from bench.study.cells import Cell
from noprop_core.errors import InvalidSetting


@dataclass(frozen=True)
class Launch:
    """How every cell of one call is run; `time_limit` is in seconds per cell.

    `may_fork` promises that this process has computed nothing yet: see `bench.execute.isolation`.
    """

    study: str
    device: torch.device
    data_dir: Path
    isolation: Isolation = "none"
    time_limit: float | None = None
    may_fork: bool = False

    def __post_init__(self) -> None:
        """Refuse a limit that nothing could keep."""
        if self.time_limit is not None and not 0 < self.time_limit < float("inf"):
            raise InvalidSetting(f"--time-limit: {self.time_limit:g} is no number of seconds")
        if self.time_limit is not None and self.isolation == "none":
            raise InvalidSetting("--time-limit: needs --isolation process, to end a cell from out")


class Launcher:
    """Starts runs; with isolation, as long as its context lasts."""

    def __init__(self, launch: Launch, known: KnownFlops, server: ForkServer | None) -> None:
        """Start runs as `launch` says, with `server` if each is to have a process of its own."""
        self.launch, self.known, self.server = launch, known, server

    def run(self, cell: Cell, position: int) -> DrivenRun:
        """Return the run of `cell`, which has not begun."""
        launch, flops = self.launch, self.known.of(cell)
        if self.server is None:
            return CellRun(
                cell,
                study=launch.study,
                device=launch.device,
                data_dir=launch.data_dir,
                position=position,
                flops_per_epoch=flops,
            )
        return IsolatedRun(
            self.server,
            cell,
            study=launch.study,
            device=launch.device,
            data_dir=launch.data_dir,
            position=position,
            flops_per_epoch=flops,
            time_limit=launch.time_limit,
        )

    @property
    def seconds_waited(self) -> float:
        """How long the processes' server made everybody wait with its imports."""
        return 0.0 if self.server is None else self.server.seconds_waited


@contextmanager
def launching(launch: Launch, known: KnownFlops) -> Iterator[Launcher]:
    """Have what is needed to start runs as `launch` says, and let go of it afterwards."""
    if launch.isolation == "none":
        yield Launcher(launch, known, None)
    else:
        # Nobody knows what a driver has begun by being asked whether there is a GPU.
        may_fork = launch.may_fork and launch.device.type == "cpu" and not torch.cuda.is_available()
        with ForkServer(may_fork=may_fork) as server:
            yield Launcher(launch, known, server)
