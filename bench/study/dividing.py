"""`division`: how runs of single methods are divided over ranks, if they can be."""

from collections.abc import Mapping, Sequence

from noprop_core import registry
from noprop_core.division import Way


def division_problem(division: Mapping[str, Way], methods: Sequence[str], *, part: bool) -> str:
    """Return what is wrong with the first entry that cannot be; "" if all can.

    With `part`, methods that do not run this time are of no account.
    """
    for name, way in division.items():
        if name not in methods and not part:
            return f"'{name}' is none of the study's methods"
        ways = registry.find(name).divides
        if way not in ways:
            can = f"only by {', '.join(sorted(ways))}" if ways else "not at all"
            return f"'{name}' cannot be divided by {way}, {can}"
    return ""
