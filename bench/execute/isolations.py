"""The ways to isolate a cell's run that can be asked for."""

from typing import Literal

Isolation = Literal["process", "none"]

ISOLATIONS: tuple[Isolation, ...] = ("process", "none")
