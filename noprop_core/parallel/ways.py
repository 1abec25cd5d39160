"""The ways of dividing a run, by name."""

from noprop_core.division import UNDIVIDED, Undivided, Way
from noprop_core.errors import InvalidSetting
from noprop_core.parallel.ranks import Ranks


def division_of(way: Way, ranks: Ranks | None) -> Undivided:
    """Return a new division of one run over `ranks`; raises `InvalidSetting` if there are none."""
    if way == "none":
        return UNDIVIDED
    if ranks is None:
        raise InvalidSetting(f"a run divided by {way} needs several processes: use torchrun")
    # Imported here: DistributedDataParallel takes seconds, and most runs are not divided.
    match way:
        case "blocks":
            from noprop_core.parallel.blocks import BlockParallel

            return BlockParallel(ranks)
        case "data":
            from noprop_core.parallel.data import DataParallel

            return DataParallel(ranks)
        case "pipeline":
            from noprop_core.parallel.pipeline import PipelineParallel

            return PipelineParallel(ranks)
