"""What lies outside of a report and is named in it: whoever makes the report hands it in."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Border:
    """Names of commands, files and methods for the reader; by default none is known.

    `plots` is the command that installs what draws figures and sorts tables, `frames` say by name
    where a table of raw data can be had that has no room in the page, `columns` is a sentence on
    where the columns of those are explained, `first_steps` are the commands that make a first
    report, `repeat` is the command that repeats the runs, `coloured_first` are methods in the order
    in which they choose their colours, and `read_as` says as terms and words what the columns of a
    table were taken for.
    """

    plots: str = ""
    frames: Mapping[str, str] = field(default_factory=dict)
    columns: str = ""
    first_steps: tuple[str, ...] = ()
    coloured_first: tuple[str, ...] = ()
    repeat: str = ""
    read_as: tuple[tuple[str, str], ...] = ()


NO_BORDER = Border()
