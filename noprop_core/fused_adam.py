"""Adam and AdamW as one call of torch's fused kernel, without what torch's `step` does around it.

Around the kernel torch's `step` sorts the parameters anew, counts each one's steps in a tensor of
its own (two small additions a parameter), and runs hooks for profilers and compilers. On networks
of many small layers that takes two to three times as long as the kernel itself. Here the sorting is
done once, and parameters that have always learnt together share one counter. The kernel is the
same, so weights and moments are torch's bit for bit.

Nothing here imports torch's compiler, which the decorators of torch's own methods do when the first
optimiser is made, and nothing is compiled. Importing it once for all cells, beside everything else,
made two seeds of the study `quick` take 61.7 s instead of 58.1 s (means of two runs each, in turns,
on two idle cores), so it is avoided: here, in `bench.measure.flops` and in
`noprop_core.methods.noprop_shared`.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class _Together:
    """Parameters that one call of the kernel updates, and what is kept of each between steps."""

    group: dict[str, Any]
    """Torch's table of their learning rate and so on."""
    parameters: Sequence[Tensor]
    lying: Sequence[Tensor]
    """The parameters, each as a view whose order is that in memory."""
    exp_avgs: Sequence[Tensor]
    exp_avg_sqs: Sequence[Tensor]
    steps: Sequence[Tensor]
    """The counter of each parameter; several may have one in common."""
    counters: list[Tensor]
    """Every counter once."""
    channels_last: Sequence[int]
    """Which of them lie in memory in that order."""

    def parameters_in_order_of_memory(self) -> Sequence[Tensor]:
        """Return `lying`, made anew if a parameter was given other memory since."""
        for index in self.channels_last:
            if self.lying[index].data_ptr() != self.parameters[index].data_ptr():
                return self.in_order_of_memory(self.parameters)
        return self.lying

    def in_order_of_memory(self, tensors: Sequence[Tensor]) -> Sequence[Tensor]:
        """Return a view of each tensor whose order is that in memory.

        The kernel on the CPU copies what is not: for a convolution, as long as the step itself.
        """
        views = list(tensors)
        for index in self.channels_last:
            views[index] = views[index].permute(0, 2, 3, 1)
        return views


class _Bare(torch.optim.Optimizer):
    """What both optimisers have in common; `torch.optim.Adam` or `AdamW` stands beside it."""

    kernel: Callable[..., None]
    found_inf: Tensor | None = None
    """Torch's name for the flag that keeps `step` from changing anything."""
    _calls: Sequence[_Together] = ()
    _idle: Sequence[Tensor] = ()
    """Parameters without a gradient: never trained, as far as is known."""

    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Apply the gradients at hand, unless `found_inf` is there and 1."""
        assert closure is None, "the loss is known before the step: no closure"
        self.apply(self.found_inf)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        assert set_to_none, "gradients are forgotten, not set to zero"
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    @torch.no_grad()
    def apply(self, tripped: Tensor | None) -> None:
        """Apply the gradients at hand, unless `tripped`, a scalar on their device, is 1.

        Does not wait for the device. Raises `RuntimeError` for a gradient that lies in memory in
        another order than its parameter: the kernel on the CPU would pair the wrong numbers.
        """
        for call, gradients in self._gathered():
            group = call.group
            torch._foreach_add_(call.counters, 1)
            self.kernel(
                call.parameters_in_order_of_memory(),
                call.in_order_of_memory(gradients),
                call.exp_avgs,
                call.exp_avg_sqs,
                [],
                call.steps,
                lr=group["lr"],
                beta1=group["betas"][0],
                beta2=group["betas"][1],
                weight_decay=group["weight_decay"],
                eps=group["eps"],
                amsgrad=False,
                maximize=False,
                grad_scale=None,
                found_inf=tripped,
            )
            if tripped is not None:  # the step did not take place: it does not count
                torch._foreach_sub_(call.counters, [tripped] * len(call.counters))

    def load_state_dict(self, state_dict: Any) -> None:
        """Take over what another optimiser of these parameters has kept."""
        super().load_state_dict(state_dict)
        self._calls = ()

    def _gathered(self) -> list[tuple[_Together, list[Tensor]]]:
        """Return the calls to be made, each with the gradients at hand."""
        found = [(call, _gradients(call.parameters)) for call in self._calls]
        steady = bool(found) and not _gradients(self._idle)
        if steady and all(len(some) == len(call.parameters) for call, some in found):
            return found
        self._arrange()
        return [(call, _gradients(call.parameters)) for call in self._calls]

    def _arrange(self) -> None:
        """Sort the parameters by who has a gradient now, and make the state of those that do."""
        for call in self._calls:  # not all learn in every step: from now on each has a counter
            for parameter in call.parameters:
                self.state[parameter]["step"] = self.state[parameter]["step"].clone()
        calls, idle = [], []
        for group in self.param_groups:
            kinds: defaultdict[tuple[torch.device, torch.dtype], list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is None:
                    idle.append(parameter)
                else:
                    _check_layout(parameter, parameter.grad)
                    kinds[parameter.device, parameter.dtype].append(parameter)
            calls += [self._together(group, parameters) for parameters in kinds.values()]
        self._calls, self._idle = calls, idle

    def _together(self, group: dict[str, Any], parameters: list[Tensor]) -> _Together:
        new = [parameter for parameter in parameters if not self.state[parameter]]
        if new:
            counter = torch.zeros((), device=new[0].device)
            for parameter in new:
                self.state[parameter] = {
                    "step": counter,
                    "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                    "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                }
        states = [self.state[parameter] for parameter in parameters]
        steps = [state["step"] for state in states]
        call = _Together(
            group,
            parameters,
            parameters,
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            steps,
            list({id(step): step for step in steps}.values()),
            [index for index, parameter in enumerate(parameters) if _is_channels_last(parameter)],
        )
        return replace(
            call,
            # Detached: a view would hold its parameter, which torch then swaps with no other.
            lying=call.in_order_of_memory(
                [p.detach() if _is_channels_last(p) else p for p in parameters]
            ),
            exp_avgs=call.in_order_of_memory(call.exp_avgs),
            exp_avg_sqs=call.in_order_of_memory(call.exp_avg_sqs),
        )


def _gradients(parameters: Sequence[Tensor]) -> list[Tensor]:
    return [gradient for parameter in parameters if (gradient := parameter.grad) is not None]


def _is_channels_last(parameter: Tensor) -> bool:
    is_one = parameter.ndim == 4 and parameter.is_contiguous(memory_format=torch.channels_last)
    return is_one and not parameter.is_contiguous()


def _check_layout(parameter: Tensor, gradient: Tensor) -> None:
    """Refuse what the kernel on CUDA refuses, and the one on the CPU would get wrong."""
    sizes, ours, theirs = parameter.shape, parameter.stride(), gradient.stride()
    if any(size > 1 and a != b for size, a, b in zip(sizes, ours, theirs, strict=True)):
        raise RuntimeError(
            f"a gradient of shape {tuple(sizes)} has strides {theirs}, its parameter {ours}"
        )


class Adam(_Bare, torch.optim.Adam):
    """Torch's Adam; `fused` is taken for granted."""

    kernel = staticmethod(torch._fused_adam_)
    add_param_group = inspect.unwrap(torch.optim.Adam.add_param_group)


class AdamW(_Bare, torch.optim.AdamW):
    """Torch's AdamW; `fused` is taken for granted."""

    kernel = staticmethod(torch._fused_adamw_)
    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
