"""What a rank of a divided run sends, and how long it trains."""

import platform

from bench.measure.load import MachineWatch
from bench.records.record import Communication, Memory
from noprop_core.division import Undivided
from noprop_core.parallel import wire
from noprop_core.parallel.divided import Divided


class Traffic:
    """Bytes sent while epochs are trained, and between them, by this process.

    Of an undivided run nobody asks, and nothing is looked up: two looks at every epoch take as long
    as a small model's building.
    """

    def __init__(self, division: Undivided) -> None:
        """Start with nothing sent."""
        self.looks = isinstance(division, Divided)
        self.seconds = 0.0
        self.training: int | None = 0
        self.gathering: int | None = 0
        self.last: int | None = None
        self.counting = False

    def training_begins(self) -> None:
        """Count from here what training sends; up to here, since the last epoch, is gathering."""
        now = self._sent()
        if self.counting:
            self.gathering = _more(self.gathering, self.last, now)
        self.last, self.counting = now, True

    def training_ends(self, seconds: float) -> None:
        """Count up to here what training sent in its `seconds`."""
        now = self._sent()
        self.training = _more(self.training, self.last, now)
        self.last = now
        self.seconds += seconds

    def _sent(self) -> int | None:
        return wire.bytes_sent() if self.looks else None

    def communication(
        self, division: Undivided, memory: Memory | None, watch: MachineWatch
    ) -> Communication | None:
        """Return what every rank sent and held, the same on each; None for an undivided run.

        `watch` learns what the other ranks on this machine have worked.
        """
        if not isinstance(division, Divided):
            return None
        gathering = _more(self.gathering, self.last, self._sent())
        mine = (self.training, gathering, self.seconds, memory.peak_bytes if memory else 0)
        training, gathered, seconds, peaks = zip(*division.ranks.of_all(mine), strict=True)
        worked = division.ranks.of_all((platform.node(), watch.worked()))
        here = sum(work for node, work in worked if node == platform.node())
        watch.partners = here - worked[division.ranks.rank][1]
        return Communication(
            training_bytes=None if None in training else list(training),
            gathering_bytes=None if None in gathered else list(gathered),
            training_seconds=list(seconds),
            peak_bytes=list(peaks),
        )


def _more(total: int | None, before: int | None, now: int | None) -> int | None:
    if total is None or before is None or now is None:
        return None
    return total + now - before
