"""The contract of a training method: what to write, and what comes with it.

A method is one file with one class. It names its source, declares what is true of it, builds its
networks, and defines one training step and the class scores. Loop, data order, seeding, measuring
and statistics come with it. Shapes: `B` batch, `K` classes; `x_BCHW` images, `y_B` labels.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from noprop_core.datasets.task import Task
from noprop_core.descent import Descent, Descents
from noprop_core.errors import InvalidSetting
from noprop_core.optimisation import Guard, OptimizerConfig, guarded_step, make_optimizer
from noprop_core.options import Options, space_of
from noprop_core.search import Search
from noprop_core.seeding import Streams

Stage = Callable[[Tensor, Tensor], Tensor]
"""One pass over the data calls this on every batch: `(x_BCHW, y_B) -> loss`, a detached scalar."""


class MethodConfig(Options):
    """Options every method has; each method's own `Config` adds its own."""

    width: float = Field(
        1.0, gt=0, le=8, description="layer sizes as a multiple of the published ones"
    )
    optimizer: OptimizerConfig = OptimizerConfig()

    def search_space(self) -> dict[str, Search]:
        """Return, by dotted name, what tuning searches where a study does not say: see `searched`.

        Without what has no effect beside these options, where a method knows of it.
        """
        return space_of(type(self))


class Method(ABC):
    """A training method. Subclasses fill in the class attributes and three functions.

    These are `build`, `train_step` (or `stages`) and `logits` (or `predict`).
    """

    name: ClassVar[str]
    """What users type and records carry."""
    title: ClassVar[str]
    """One line for a reader."""
    source: ClassVar[str]
    """Paper, equations."""
    networks: ClassVar[str] = ""
    """What is trained, in one line."""
    exact: ClassVar[tuple[str, ...]] = ()
    """What is as the source has it, to the letter; tests show it."""
    deviations: ClassVar[tuple[str, ...]] = ()
    """Where this differs from the source."""
    left_open: ClassVar[Mapping[str, str]] = {}
    """What the source does not say, by the option that stands for it (`schedule.form`)."""

    uses_timesteps: ClassVar[bool]
    """Whether T matters; if not, the method runs once per batch size instead of once per T."""
    independent_blocks: ClassVar[bool]
    """Whether nothing is sent back: no block's update depends on the weights of a later block."""
    deterministic_inference: ClassVar[bool]
    """Whether a prediction ignores its generator; then one inference repeat says it all."""
    trains_schedule: ClassVar[bool] = False
    """Whether the noise schedule is learned with the networks."""
    learns_embeddings: ClassVar[bool] = False
    """Whether the class embeddings can be trained (option `embedding`)."""
    same_flops_as: ClassVar[str] = ""
    """Another method that an epoch costs as many floating-point operations as, to within 1 %."""
    waits_for_device: ClassVar[bool] = False
    """Whether a training step makes the host wait: only where a library leaves no choice."""
    replayable: ClassVar[bool] = False
    """Whether every step of a stage is the same operations on the same tensors, whatever the batch
    and however many went before, so that one can be captured as a CUDA graph and replayed: no count
    of steps, no number of the host's that changes, and all randomness from `stream`."""

    divides: ClassVar[frozenset[str]] = frozenset()
    """How a run can be divided over processes (`noprop_core.division.Way`). Not to be declared: it
    follows from which of `stages_of`, `loss` and `part` the class defines."""

    has_logits: ClassVar[bool] = False
    """Whether predictions are the argmax of `logits`, so that there is a validation loss. Not to
    be declared: it follows from what the class defines."""

    Config: ClassVar[type[MethodConfig]] = MethodConfig

    def __init_subclass__(cls, **options: Any) -> None:
        """Set what follows from the functions that the class defines.

        `has_logits`: `logits` is defined and `predict` is left as it is.
        """
        super().__init_subclass__(**options)
        cls.has_logits = cls.logits is not Method.logits and cls.predict is Method.predict
        one_gradient = cls.loss is not Method.loss and cls.train_step is Method.train_step
        ways = {
            "blocks": cls.stages_of is not Method.stages_of,
            "data": one_gradient,
            "pipeline": one_gradient and cls.part is not Method.part,
        }
        cls.divides = frozenset(way for way, possible in ways.items() if possible)

    def __init__(
        self, config: MethodConfig, task: Task, timesteps: int | None, streams: Streams
    ) -> None:
        """Build the networks for `task`, initialised and noised from `streams`.

        Raises `InvalidSetting` if the method needs `timesteps` and there are none.
        """
        if self.uses_timesteps and (timesteps is None or timesteps < 1):
            raise InvalidSetting(f"{self.name} needs timesteps of at least 1, got {timesteps}")
        self.config = config
        self.timesteps = timesteps or 0
        self.streams = streams
        self.task, self.device = task, task.device
        self.image_shape, self.classes = task.image_shape, task.classes
        self.guard = Guard(self.device)
        self.optimizers: list[torch.optim.Optimizer] = []
        self.generators: list[torch.Generator] = []
        self.noise = self.stream("training noise")
        self.add_up: Callable[[Sequence[Tensor]], None] = lambda shared: None
        """Adds the gradients of shared parameters up over all processes that train a part of this
        run; here it is one."""
        with streams.initialisation():
            network = self.build()
        # The layout the images come in: the same numbers, faster convolutions.
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.prepare()

    @abstractmethod
    def build(self) -> nn.Module:
        """Return the networks, on the CPU, freshly initialised."""

    def prepare(self) -> None:
        """Make optimisers and whatever else needs the networks on their device."""
        self.optimizer = self.make_optimizer(self.network)

    def loss(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the loss of one batch, a scalar whose gradient is followed.

        All that a method needs whose step is one gradient of one loss.
        """
        raise NotImplementedError(f"{self.name} defines none of loss, train_step and stages")

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Learn from one batch; return the loss as a detached scalar on the device.

        By default one step down `loss`. Must not make the host wait for the device. A method with
        several passes over the data per epoch overrides `stages` instead.
        """
        return self.minimise(self.loss(x_BCHW, y_B), self.optimizer)

    @classmethod
    def stacks_seeds(cls, config: MethodConfig) -> bool:
        """Return whether the runs of several seeds can be computed as one, with these options.

        A declaration, which the contract tests check: `descents` say all that a step does, draw
        from generators of `stream` alone, and compute with nothing of the host's that a seed
        changes.
        """
        return False

    @property
    def descents(self) -> Descents:
        """What a step of each of `stages` is, as losses and who goes down them.

        For `stacks_seeds`. By default one descent of `loss` by every optimiser.
        """
        return ((Descent(self.loss, self.optimizers),),)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The passes over the data that make one epoch, in order; asked for once a run."""
        return (self.train_step,)

    def stages_of(self, mine: Collection[int]) -> tuple[Stage, ...]:
        """Return the passes of an epoch that train, of all blocks, only `mine` (from 1).

        For methods whose blocks are independent: their weights, and what all blocks share, come out
        bit for bit as from `stages`, though no other block's weights are touched. A step returns
        the losses of its own blocks, `(number of them,)`.
        """
        raise NotImplementedError(f"{self.name} does not define stages_of")

    def part(self, mine: Sequence[int]) -> nn.Module:
        """Return the blocks `mine` (from 1, in order) of a chain as `(z_BD, x_BCHW) -> z_BD`.

        For methods that send one gradient through all blocks, so that processes can share them out.
        """
        raise NotImplementedError(f"{self.name} does not define part")

    @property
    def passes_per_epoch(self) -> int | None:
        """How often parts of the method learn from each image in an epoch; None: once a stage."""
        return None

    def encode(self, x_BCHW: Tensor) -> Any:
        """Return the part of a prediction that no randomness enters; by default the images.

        It is computed once, however many times a prediction is repeated.
        """
        return x_BCHW

    def logits(self, encoded: Any, generator: torch.Generator) -> Tensor:
        """Return class scores `(B, K)` from what `encode` returned; the largest is predicted.

        Their cross-entropy is the validation loss.
        """
        raise NotImplementedError(f"{self.name} defines neither logits nor predict")

    def predict(self, encoded: Any, generator: torch.Generator) -> Tensor:
        """Return predicted classes `(B,)` from what `encode` returned.

        A method that has no class scores defines this instead of `logits`.
        """
        return self.logits(encoded, generator).argmax(dim=1)

    def controls(self, encoded: Any, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return, by name, predicted classes `(B,)` of cheap stand-ins for `predict`.

        They ask what the method's machinery adds: how well does its first block do alone, say.
        Where one is class probabilities `(B, K)`, its accuracy is that of a draw from them.
        Called once per inference repeat, each time with other noise.
        """
        return {}

    def controls_once(self, encoded: Any, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return more of what `controls` returns: what there is no sense in repeating.

        Called once a run. For stand-ins that average over many draws already, or draw nothing.
        """
        return {}

    @classmethod
    def idle_options(cls, config: MethodConfig) -> tuple[str, ...]:
        """Return the dotted names of options that beside the others change nothing that is learnt.

        Those count too that then do no more than set a level of noise. The report warns of variants
        that differ in nothing else.
        """
        return ()

    def facts(self) -> Mapping[str, float | str]:
        """Return, by name, what is true of the method as it stands now; recorded after training.

        What `auto` came to, say, or a bound that its noise schedule puts on its accuracy. Shares
        are from 0 to 1.
        """
        return {}

    def blocks(self) -> Sequence[Sequence[Tensor]]:
        """Return each block's weights, in the order in which the data passes the blocks.

        `independent_blocks` is about these; the contract tests change one block's and watch the
        others. Empty for a network that is one piece.
        """
        return ()

    def stream(self, name: str) -> torch.Generator:
        """Return a fresh generator of this run on the method's device.

        It is also kept in `generators`, which a CUDA graph of a step has to know.
        """
        self.generators.append(self.streams.generator(name, self.device))
        return self.generators[-1]

    def make_optimizer(self, *modules: nn.Module) -> torch.optim.Optimizer:
        """Return the configured optimiser over the parameters of `modules`.

        It is also kept in `optimizers`, so that what optimisers hold can be counted.
        """
        parameters = [p for module in modules for p in module.parameters()]
        self.optimizers.append(make_optimizer(parameters, self.config.optimizer))
        return self.optimizers[-1]

    def minimise(self, loss: Tensor, *optimizers: torch.optim.Optimizer) -> Tensor:
        """Take one guarded step of every optimiser down `loss`; return it detached.

        If the loss is not finite no weight changes, now or later in the run.
        """
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.guard.check(loss.detach())
        for optimizer in optimizers:
            guarded_step(optimizer, self.guard)
        return loss.detach()

    def parameter_count(self) -> int:
        """Count trained parameters."""
        return sum(p.numel() for p in self.network.parameters() if p.requires_grad)
