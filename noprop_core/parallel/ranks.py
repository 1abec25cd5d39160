"""The processes that share one training run, as `torchrun` starts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, distributed

R = TypeVar("R")

PATIENCE = timedelta(days=7)
"""How long a rank waits for another. A rank that dies is noticed at once, by its connection."""


@dataclass(frozen=True)
class Ranks:
    """This process's number among `count`, and the ways to reach the others.

    Collective: every rank calls the same method in the same order.
    """

    rank: int
    count: int

    @classmethod
    def join(cls, device: torch.device | str = "cpu") -> "Ranks":
        """Meet the others, as the environment says: gloo between CPUs, NCCL between GPUs."""
        if not distributed.is_initialized():
            backend = "nccl" if torch.device(device).type == "cuda" else "gloo"
            # Objects travel by gloo, whatever tensors do.
            backend = "cpu:gloo,cuda:nccl" if backend == "nccl" else backend
            distributed.init_process_group(backend, timeout=PATIENCE)
        return cls(distributed.get_rank(), distributed.get_world_size())

    @staticmethod
    def leave() -> None:
        """End the connection to the others."""
        if distributed.is_initialized():
            distributed.destroy_process_group()

    def from_first(self, value: R | None) -> R:
        """Return what rank 0 holds."""
        box = [value]
        distributed.broadcast_object_list(box, src=0, device=torch.device("cpu"))
        return box[0]  # type: ignore[return-value]

    def of_all(self, value: R) -> list[R]:
        """Return what each rank holds, by rank."""
        values: list[R | None] = [None] * self.count
        distributed.all_gather_object(values, value)
        return values  # type: ignore[return-value]

    def wait(self) -> None:
        """Return when every rank has come here."""
        distributed.barrier()

    def add(self, tensor: Tensor) -> None:
        """Replace `tensor` by its sum over the ranks."""
        distributed.all_reduce(tensor)

    def bring(self, tensors: Sequence[Tensor], source: int, target: int) -> None:
        """Copy the values of `tensors` from rank `source` to those of rank `target`."""
        for tensor in tensors:
            if self.rank == source:
                distributed.send(tensor.contiguous(), target)
            elif self.rank == target:
                # Whatever layout the tensor has, its values travel in the plain one.
                plain = torch.empty(tensor.shape, dtype=tensor.dtype, device=tensor.device)
                distributed.recv(plain, source)
                tensor.copy_(plain)
