"""A computation recorded as the calls that torch's layers, autograd and `vmap` come down to.

What stands between a step's code and its arithmetic (modules, `vmap`'s wrapping and unwrapping,
autograd's graph) costs as much for sixteen seeds as for one: of steps of 16 seeds at digits size it
was 11 to 23 %. A step of which every call is the same whatever the batch (`Method.replayable`)
needs it once: its calls are noted below all of that, and made again on other numbers, with the same
bits. While they are noted all that they said is held at once, twice what a step holds or so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DETACH = torch.ops.aten.detach.default
READS = (torch.ops.aten._local_scalar_dense.default,)
"""Calls whose answer is the host's: what follows may depend on it."""

Computation = Callable[..., Sequence[Tensor | None]]
"""Of some tensors some others."""


@dataclass(frozen=True)
class _Place:
    """Where a tensor of the tape is kept while it is played."""

    number: int


@dataclass
class _Call:
    function: Callable[..., Any]
    arguments: list[Any]
    """With a `_Place` for each tensor that another call, or whoever plays, has made."""
    keywords: dict[str, Any]
    said: list[int | None]
    """Where its answers go; None for what is no tensor or is known already."""
    dead: list[int] = field(default_factory=list)
    """Whose last use it is."""
    moves: list[tuple[int, int]] | None = None
    """Which argument is which place; None: they are inside others."""

    def settle(self) -> None:
        """Note where the tensors stand among the arguments, which need not be looked for again."""
        inside = [a for a in self.arguments if not isinstance(a, _Place)]
        if not any(isinstance(leaf, _Place) for leaf in tree_leaves([inside, self.keywords])):
            self.moves = [
                (n, a.number) for n, a in enumerate(self.arguments) if isinstance(a, _Place)
            ]

    def made_with(self, held: list[Any]) -> Any:
        """Make the call."""
        if self.moves is None:
            arguments, keywords = tree_map(
                lambda leaf: held[leaf.number] if isinstance(leaf, _Place) else leaf,
                (self.arguments, self.keywords),
            )
            return self.function(*arguments, **keywords)
        arguments = self.arguments.copy()
        for position, number in self.moves:
            arguments[position] = held[number]
        return self.function(*arguments, **self.keywords)


class _Noting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes every call inside the context, and what it was given and said."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[tuple[Any, Any, Any, Any]] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Have nothing of the compiler's around `__torch_dispatch__`: it would be imported."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        said = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, said))  # kept, so that no id is given twice
        return said


class Tape:
    """Calls that compute some tensors from others; what else they use is used where it lies."""

    def __init__(self, calls: list[_Call], places: int, result: list[int | None]) -> None:
        """Hold `calls`, the first of whose `places` are for what is given."""
        self.calls, self.places, self.result = calls, places, result

    def play(self, given: Sequence[Tensor]) -> list[Tensor | None]:
        """Make every call on what is `given`, in the order in which it was at the recording."""
        held: list[Any] = [*given, *[None] * (self.places - len(given))]
        for call in self.calls:
            said = call.made_with(held)
            if len(call.said) == 1:
                if call.said[0] is not None:
                    held[call.said[0]] = said
            else:
                for number, one in zip(call.said, said, strict=True):
                    if number is not None:
                        held[number] = one
            for number in call.dead:
                held[number] = None
        return [None if number is None else held[number] for number in self.result]


def record(compute: Computation, given: Sequence[Tensor]) -> tuple[Tape | None, Sequence[Any]]:
    """Compute something; return how it was done, and what it is.

    None in place of a tape: the host was told a number on the way.
    """
    with _Noting() as noting:
        found = compute(*given)
    if any(function in READS for function, *_ in noting.calls):
        return None, found
    places = {id(tensor): number for number, tensor in enumerate(given)}
    count = len(places)

    def placed(leaf: Any) -> Any:
        number = places.get(id(leaf)) if isinstance(leaf, Tensor) else None
        return leaf if number is None else _Place(number)

    calls = []
    for function, arguments, keywords, said in noting.calls:
        if function is DETACH and id(arguments[0]) in places:
            places[id(said)] = places[id(arguments[0])]
            continue
        taken, named = tree_map(placed, (list(arguments), keywords))
        answers = list(said) if isinstance(said, list | tuple) else [said]
        goes: list[int | None] = []
        for answer in answers:
            is_new = isinstance(answer, Tensor) and id(answer) not in places
            if is_new:
                places[id(answer)] = count
                count += 1
            goes.append(places[id(answer)] if is_new else None)
        calls.append(_Call(function, taken, named, goes))
    result = [None if tensor is None else places[id(tensor)] for tensor in found]
    return Tape(_needed(calls, result), count, result), found


def _needed(calls: Sequence[_Call], result: Sequence[int | None]) -> list[_Call]:
    """Return the calls without views that nobody looks at, each with whose last use it is."""
    later, kept = set(result), []
    for call in reversed(calls):
        if _is_view(call.function) and not later.intersection(call.said):
            continue
        leaves = tree_leaves((call.arguments, call.keywords))
        used = {leaf.number for leaf in leaves if isinstance(leaf, _Place)}
        new = {number for number in call.said if number is not None}
        call.dead = sorted((used | new) - later)
        call.settle()
        later |= used | new
        kept.append(call)
    return kept[::-1]


def _is_view(function: Any) -> bool:
    """Return whether a call only looks at its argument another way."""
    returns = function._schema.returns
    aliases = [one.alias_info for one in returns]
    return bool(aliases) and all(alias and not alias.is_write for alias in aliases)
