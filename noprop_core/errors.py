"""The exception tree.

    NopropError
    ├── UserError            something a person can put right: one line, exit code 2
    │   ├── UnknownName      a method, data set or study that does not exist
    │   ├── InvalidSetting   a value that cannot work, with what would
    │   └── DataUnavailable  the files of a data set are absent or damaged
    ├── InvalidOutput        a method returned what cannot be counted: an outcome of a run
    ├── ChangedData          a method wrote into what all runs learn from: an outcome of a run
    ├── ChangedTorch         a method set what is the whole process's: an outcome of a run
    └── Diverged             a loss was not finite: an outcome of a run, kept as a record
        ├── DegenerateSchedule   a trained noise schedule no longer rises
        └── NoScores             a trained network's class scores are NaN

Everything else is a bug and keeps its traceback.
"""

import difflib
from collections.abc import Iterable


class NopropError(Exception):
    """Root of every error this project raises on purpose."""


class UserError(NopropError):
    """Something a person can put right; the message says what was given and what would fit."""


class InvalidSetting(UserError):
    """A value that cannot work."""


class DataUnavailable(UserError):
    """The files of a data set are absent, incomplete or damaged."""


class UnknownName(UserError):
    """A name that nothing carries; the message offers the nearest one."""

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        """Describe `given`, a `kind` that is not among `known`."""
        choices = sorted(known)
        nearest = difflib.get_close_matches(given, choices, n=1, cutoff=0.5)
        hint = f"did you mean '{nearest[0]}'?" if nearest else f"known: {', '.join(choices)}"
        super().__init__(f"unknown {kind} '{given}'; {hint}")


class InvalidOutput(NopropError):
    """A method returned what cannot be counted: a wrong shape, no class, no number."""


class ChangedData(NopropError):
    """A method wrote into the data that it learns from, and that other runs learn from too."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("its code wrote into the data, which every run shares")


class ChangedTorch(NopropError):
    """A method changed what is the whole process's: its numbers are of other settings than said."""

    def __init__(self, changes: Iterable[str]) -> None:
        """Say which of torch's switches."""
        super().__init__(f"its code changed torch for the whole process: {', '.join(changes)}")


class Diverged(NopropError):
    """A loss was not finite; the weights are those before the step that would have used it."""

    def __init__(self, epoch: int, step: int, steps: int) -> None:
        """Say where: `epoch` and `step` count from 1, `steps` is the epoch's length."""
        self.epoch, self.step = epoch, step
        super().__init__(f"loss not finite in epoch {epoch}, step {step} of {steps}")


class DegenerateSchedule(Diverged):
    """Training has left a noise schedule whose signal does not rise: nothing can be sampled."""

    def __init__(self, levels: str) -> None:
        """Say what the levels are, or where they stop rising."""
        NopropError.__init__(self, f"the trained noise schedule is degenerate: {levels}")


class NoScores(Diverged):
    """A trained network's class scores are NaN: the largest of them is no prediction."""

    def __init__(self, where: str) -> None:
        """Say of how many images."""
        NopropError.__init__(self, where)
