"""How twins are called where they are shown once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reports.input.twins import NAME_OF_SAME, Twins


@dataclass(frozen=True, slots=True)
class Once:
    """How twins are called: their names as they are shown, `None` for what another stands for.

    `everywhere` holds for all that is shown, `in_results` for accuracy and loss besides.
    `groups` are those names again, put together as twins are; `members` are the methods that a
    joint name stands for.
    """

    everywhere: Mapping[str, str | None]
    in_results: Mapping[str, str | None]
    members: Mapping[str, tuple[str, ...]]
    groups: tuple[tuple[str, ...], ...] = ()

    def where_alike(
        self, names: Mapping[str, str | None], parts: Callable[[str], object]
    ) -> dict[str, str | None]:
        """Return those of `names` whose twins all have the same `parts`."""
        found: dict[str, str | None] = {}
        for group in self.groups:
            own = {name: names[name] for name in group if name in names}
            first, *others = map(parts, group)
            if own and all(other == first for other in others):
                found |= own
        return found


def once(twins: Sequence[Twins], baseline: str) -> Once:
    """Return how twins are called; the baseline keeps its name, since everything is against it."""
    everywhere: dict[str, str | None] = {}
    in_results: dict[str, str | None] = {}
    members: dict[str, tuple[str, ...]] = {}
    groups: list[tuple[str, ...]] = []
    for each in twins:
        known = everywhere if each.same_cost else in_results
        shown = [name for m in each.methods if (name := everywhere.get(m, m)) is not None]
        joint = each.first if each.first == baseline else NAME_OF_SAME.join(shown)
        known |= dict.fromkeys(shown[1:], None) | {shown[0]: joint}
        members[joint] = each.methods
        groups.append(tuple(shown))
    return Once(everywhere, in_results, members, tuple(groups))
