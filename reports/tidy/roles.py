"""Which column is the method, which the seed, which the data set: guessed, or told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from reports.display.words import join
from reports.input.validation import FrameError
from reports.tidy.synonyms import NEEDED, ROLES, plain

Told = Mapping[str, str | Sequence[str]]
"""Columns by role, as somebody told them; several columns of a role are read together."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of every role that a table has; `told` are the roles that were not guessed."""

    columns: Mapping[str, tuple[str, ...]]
    told: frozenset[str]

    @property
    def taken(self) -> frozenset[str]:
        """Columns that have a role."""
        return frozenset(column for columns in self.columns.values() for column in columns)


def find_roles(table: pd.DataFrame, told: Told) -> Roles:
    """Take the roles that were told, and guess the others by the columns' names.

    Raises `FrameError` for a role or a column that does not exist, and where the method or the seed
    is not found.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for role, given in told.items():
        if role not in ROLES:
            raise FrameError(f"'{role}' is no role of a column; roles are {join(list(ROLES))}")
        names = (given,) if isinstance(given, str) else tuple(given)
        for name in names:
            if name not in table.columns:
                raise FrameError(
                    f"there is no column '{name}' to be the {role}; columns are "
                    f"{join([str(c) for c in table.columns])}"
                )
        columns[role] = names
    taken = {name for names in columns.values() for name in names}
    for role, synonyms in ROLES.items():
        if role not in columns:
            found = [c for s in synonyms for c in table.columns if c not in taken and plain(c) == s]
            if found:
                columns[role] = (found[0],)
                taken.add(found[0])
    for role in NEEDED:
        if role not in columns:
            raise FrameError(
                f"no column is called {', '.join(ROLES[role])}: which one is the {role}? "
                f"Columns are {join([str(c) for c in table.columns])}"
            )
    return Roles(columns, frozenset(told))
