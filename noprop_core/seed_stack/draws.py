"""What a step draws, drawn for every seed from its own generators before the step begins.

A method draws inside its loss. That loss is asked once by itself and its draws are noted: which
function, which shape, which of the method's generators. From then on every seed's numbers are drawn
by the same calls on its own generators, and handed to the loss where it asks for them: they are,
bit for bit, those of the seed's run alone. Shapes: `S` seeds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from noprop_core.errors import InvalidSetting
from noprop_core.masks import draw_mask


@dataclass(frozen=True)
class Draw:
    """One call that draws: `fills` a tensor in place, or makes one."""

    function: Callable[..., Tensor]
    fills: bool
    arguments: tuple[Any, ...]
    """What follows the tensor, if it fills one."""
    options: dict[str, Any]
    generator: int
    """Which of the method's generators, in the order in which it made them."""
    shape: torch.Size
    strides: tuple[int, ...]
    dtype: torch.dtype

    def of_every_seed(
        self, generators: Sequence[Sequence[torch.Generator]], *, in_rows: bool
    ) -> Tensor:
        """Return `(S, *shape)`, row s drawn from seed s's own generator.

        Images lie `in_rows`, each seed's by themselves, or side by side in their channels: see
        `noprop_core.seed_stack.layers`.
        """
        own = [of_seed[self.generator] for of_seed in generators]
        rows = self._empty(len(own), own[0].device, in_rows=in_rows or len(self.shape) != 4)
        for row, generator in zip(rows, own, strict=True):
            self._draw(row, generator)
        return rows

    def _empty(self, seeds: int, device: torch.device, *, in_rows: bool) -> Tensor:
        if in_rows:
            sizes, strides = (seeds, *self.shape), (self.shape.numel(), *self.strides)
            return torch.empty_strided(sizes, strides, dtype=self.dtype, device=device)
        batch, channels, height, width = self.shape
        lying = (batch, height, width, seeds, channels)
        return torch.empty(lying, dtype=self.dtype, device=device).permute(3, 0, 4, 1, 2)

    def _draw(self, row: Tensor, generator: torch.Generator) -> None:
        """Fill one seed's `row` with what it draws alone."""
        if self.fills and self.function is Tensor.bernoulli_ and self._is_a_mask:
            draw_mask(row, self.arguments[0], generator)
        elif self.fills and row.stride() == self.strides:
            self.function(row, *self.arguments, **self.options, generator=generator)
        elif self.fills:  # of what lies otherwise torch may draw other numbers
            alone = torch.empty_strided(
                self.shape, self.strides, dtype=self.dtype, device=row.device
            )
            self.function(alone, *self.arguments, **self.options, generator=generator)
            row.copy_(alone)
        else:
            row.copy_(self.function(*self.arguments, **self.options, generator=generator))

    @property
    def _is_a_mask(self) -> bool:
        """Whether it is drawn by one probability, given as such."""
        return (
            len(self.arguments) == 1 and isinstance(self.arguments[0], float) and not self.options
        )


def side_by_side(x_SBCHW: Tensor) -> Tensor:
    """Return images whose memory is in the order B, H, W, S, C: the seeds' channels in a row."""
    return x_SBCHW.permute(1, 3, 4, 0, 2).contiguous().permute(3, 0, 4, 1, 2)


def in_rows(x_SBCHW: Tensor) -> Tensor:
    """Return images whose memory is in the order S, B, H, W, C: each seed's as they are alone."""
    return x_SBCHW.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)


class Noting(TorchFunctionMode):
    """Notes every draw inside the context from one of `generators`, and which tensors are used."""

    def __init__(self, generators: Sequence[torch.Generator]) -> None:
        """Know the generators that a method has made."""
        super().__init__()
        self.known = {id(generator): n for n, generator in enumerate(generators)}
        self.draws: list[Draw] = []
        self.used: set[int] = set()
        """Ids of all tensors that any function of torch's was given."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call `func`, and note it if it draws."""
        kwargs = kwargs or {}
        self.used |= {id(a) for a in tree_leaves((args, kwargs)) if isinstance(a, Tensor)}
        said = func(*args, **kwargs)
        if kwargs.get("generator") is not None:
            self._note(func, args, kwargs, said)
        return said

    def _note(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], said: Tensor) -> None:
        number = self.known.get(id(kwargs["generator"]))
        fills = bool(args) and said is args[0]
        options = {name: value for name, value in kwargs.items() if name != "generator"}
        rest = args[1:] if fills else args
        if number is None or any(isinstance(a, Tensor) for a in (*rest, *options.values())):
            raise InvalidSetting(
                f"{func.__name__}: seeds that are stacked draw from generators of `stream`, and "
                "nothing that depends on other numbers"
            )
        draw = Draw(func, fills, rest, options, number, said.shape, said.stride(), said.dtype)
        self.draws.append(draw)


class Handed:
    """Numbers drawn before, given out in their order; raises `AssertionError` for another order."""

    def __init__(self, draws: Sequence[Draw], drawn: Sequence[Tensor]) -> None:
        """Hold what was `drawn`, as one seed sees it."""
        self.left: Iterator[tuple[Draw, Tensor]] = iter(list(zip(draws, drawn, strict=True)))
        self.in_rows: list[bool] = []
        """Of every draw, whether what it was asked to fill lies as it does alone."""

    def next(self, func: Any, arguments: Sequence[Any]) -> Tensor:
        """Return the numbers that `func`, called with `arguments`, is to have drawn."""
        draw, tensor = next(self.left)
        assert draw.function == func, f"drew by {func}, before by {draw.function}"
        self.in_rows.append(not draw.fills or arguments[0].stride() == draw.strides)
        return tensor
