"""A record: what one cell was, what was measured, and where. A failed run is a record too."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bench.records.saved import Kind, SavedFile
from bench.study.budget import EndedBy
from bench.study.cells import ID_VERSION, Cell
from noprop_core.words import printable_lines

SCHEMA_VERSION: Final = 4

Status = Literal["ok", "diverged", "out-of-memory", "error", "timeout"]

SETTLED: tuple[Status, ...] = ("ok", "diverged")
"""Outcomes that another run would only repeat. The others may have had an outside cause."""


Text = Annotated[str, AfterValidator(printable_lines)]
"""Words of a method's, a machine's, an error's: what cannot be written or shown is escaped."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Environment(_Part):
    """Everything about the surroundings that can change a measured number."""

    noprop_bench: str
    code_version: str
    """Git commit, with "+dirty" if files differ from it; else the package's version."""
    python: str
    torch: str
    torchvision: str
    numpy: str
    cuda: str
    """CUDA version torch was built for; empty on the CPU."""
    driver: str
    """Version of NVIDIA's driver; empty on the CPU."""
    device: str
    """Name of the card or processor that trained."""
    processor: str
    processor_model: str = ""
    """Its make, such as "family 25, model 17": machines to rent give processors of several
    generations one name. Empty where the system does not tell, and in older records."""
    logical_cores: int
    threads: int
    """Threads torch used for one operation."""
    platform: str
    node: Text = ""
    """Which machine it was: NOPROP_NODE where that is set, else a name made of its own, which tells
    machines apart and names none. Empty in older records."""
    cpu_capability: str = ""
    """Instructions that torch uses, such as AVX512: on others accuracies do not repeat."""
    cudnn: str = ""
    rocm: str = ""
    """ROCm version torch was built for, on AMD's cards."""
    compute_capability: str = ""
    device_memory_bytes: int | None = None
    mig: bool | None = None
    """Whether the card is cut into instances; None here and below: not known, or no card."""
    power_limit_watts: float | None = None
    highest_clock_mhz: int | None = None
    """Of the multiprocessors."""
    highest_memory_clock_mhz: int | None = None

    @property
    def which_processor(self) -> str:
        """The processor's name and make."""
        make = f" ({self.processor_model})" if self.processor_model else ""
        return f"{self.processor}{make}"

    @property
    def kind_of_machine(self) -> str:
        """Card, processor and cores: times on machines of unlike kinds are not compared.

        Of a card its memory too, for cards of one name come with more or less, and fewer cores.
        """
        card = "" if self.device == self.processor else self.device
        if self.device_memory_bytes:
            # To the nearest even number, for drivers keep back more or less of it.
            card += f" ({2 * round(self.device_memory_bytes / 2**31)} GiB)"
        parts = (card, self.which_processor, f"{self.logical_cores} cores")
        return ", ".join(part for part in parts if part)


class Numerics(_Part):
    """Precision and determinism as they were in effect, by torch's own switches at the time."""

    autocast: str
    """What autocast computed in, "bfloat16"; empty: it was off."""
    tf32_products: bool | None
    """Whether matrix products took TF32 inputs; None here and below: on a CPU."""
    tf32_convolutions: bool | None
    deterministic: bool | None
    """Whether only algorithms that repeat were to be used, where there are any."""
    cudnn_benchmark: bool | None
    """Whether cuDNN chose algorithms by trying them."""
    fell_back: list[str] = Field(default_factory=list)
    """What of the study's declaration could not be had, and why."""

    @property
    def words(self) -> str:
        """Such as "float32, TF32 in convolutions"."""
        tf32 = {"products": self.tf32_products, "convolutions": self.tf32_convolutions}
        where = " and ".join(place for place, is_on in tf32.items() if is_on)
        said = [f"{self.autocast} by autocast" if self.autocast else "float32"]
        return ", ".join([*said, f"TF32 in {where}"] if where else said)


class Epoch(_Part):
    """One epoch: seconds of training alone, mean training loss, validation accuracy (0 to 1)."""

    seconds: float | None
    """None in a run whose seed was stacked with others: no time is its own."""
    train_loss: float
    validation_accuracy: float
    validation_loss: float | None = None
    """Cross-entropy in nats; None for methods without logits, and where it is not finite."""


class Memory(_Part):
    """Peak bytes of tensors while training, and what counted them."""

    peak_bytes: int
    source: str


class MemoryParts(_Part):
    """Bytes of tensors by what they are, see `bench.measure.memory`; None: not known.

    The frames have a column of each, with its description.
    """

    parameters_bytes: int = Field(description="parameters and buffers")
    gradients_bytes: int = Field(description="gradients kept between steps")
    optimizer_bytes: int = Field(description="optimiser state")
    other_bytes: int = Field(description="held between steps besides those")
    activations_bytes: int | None = Field(description="most that a step adds to what is held")
    reserved_bytes: int | None = Field(description="taken by CUDA's caching allocator")
    process_peak_bytes: int | None = Field(description="high-water mark of the process")


class Load(_Part):
    """What the machine did besides, while the run was measured; None: cannot be read here."""

    load_average: float | None
    """Over the minute before the first epoch."""
    others_cores: float | None
    """Cores that other processes used, on average from the first epoch on."""
    stolen_cores: float | None
    """Cores that a hypervisor gave to others."""
    held_back_cores: float | None = None
    """Cores that had work and were stopped by a limit on this process's group: a container's."""
    throttled: int | None
    """How often a core was slowed for heat."""
    frequency_mhz: float | None
    highest_frequency_mhz: float | None
    gpu_others: int | None = None
    """Most processes besides that used the card at once; None here and below: not known."""
    gpu_slowed: list[str] | None = None
    """Why the card's clocks were held down between epochs: heat, a power brake."""
    gpu_clock_mhz: float | None = None
    """Mean clock of the multiprocessors between epochs."""


class Communication(_Part):
    """What each rank of a divided run paid, by rank: sums over all epochs, rank 0 first."""

    training_bytes: list[int] | None
    """Sent over TCP while epochs were trained, as the kernel counted; None: nothing counts it."""
    gathering_bytes: list[int] | None
    """Sent between epochs: weights to rank 0 for evaluation, losses, control."""
    training_seconds: list[float]
    """Each rank's own time of training; an epoch's time is the slowest rank's."""
    peak_bytes: list[int]
    """Each rank's own peak of tensors; the record's is the largest."""


class Phases(_Part):
    """Where the run's wall time went, in seconds; `training` is the sum of the epochs."""

    start: float = 0.0
    """From asking for a process to having one; 0 without isolation."""
    device: float = 0.0
    """Starting CUDA; 0 on the CPU."""
    data: float = 0.0
    warm_up: float = 0.0
    """A throwaway model's steps, whose memory is measured."""
    counting: float = 0.0
    """Counting FLOPs; 0 where an earlier cell's count holds."""
    building: float = 0.0
    training: float = 0.0
    evaluation: float = 0.0
    """Validation, test, controls; the blocks' gradients, where they are looked at."""
    wall: float = 0.0


class Record(_Part):
    """Everything kept of one run. Lists and counts of a failed run end where it failed."""

    schema_version: Literal[4] = SCHEMA_VERSION
    study: str
    id_version: Literal[1, 2] = ID_VERSION
    """The rule that `cell_id` was made by, see `bench.study.cells`."""
    cell_id: str
    cell: Cell
    method_title: Text = ""
    """What the method says of itself, for readers without its code; empty here and below: the run
    did not get there, or its record is older than this entry."""
    method_source: Text = ""
    status: Status
    failure: Text = ""
    traceback: Text = ""
    """Of an "error", which may be a bug; other outcomes are told by `failure`."""
    epochs: list[Epoch] = Field(default_factory=list)
    ended_by: EndedBy | None = None
    """What of the budget ended the training; None for a run that did not get there."""
    tested_epoch: int | None = Field(None, ge=1)
    """Whose weights were tested; None: the last one's."""
    test_accuracies: list[float] = Field(default_factory=list)
    """One per inference repeat; a method whose inference is deterministic has one."""
    controls: dict[Text, list[float]] = Field(default_factory=dict)
    """Test accuracies of the method's cheap stand-ins, by name; one per repeat, or one in all."""
    facts: dict[Text, float | Text] = Field(default_factory=dict)
    """What the method says of itself after training, by name: what `auto` padding came to, how much
    of the label can be read off z_T, how close trained embeddings lie."""
    gradient_norms: list[list[float | None]] = Field(default_factory=list)
    """By epoch and block, in the order the data passes the blocks: the L2 norm of the gradient on
    the epoch's first batch, before the epoch; None: no gradient, or not a finite one. Empty where
    it was not asked for."""
    files: dict[Kind, SavedFile] = Field(default_factory=dict)
    """What was saved of the run beside this record, where that was asked for."""
    memory: Memory | None = None
    memory_parts: MemoryParts | None = None
    flops_per_epoch: int | None = None
    """Floating-point operations of one epoch's training, by torch's own formulas."""
    energy_joules: float | None = None
    """Used by the whole card while training; None where nothing counts it."""
    load: Load | None = None
    numerics: Numerics | None = None
    """None: the run did not get there, or its record is older than this entry."""
    communication: Communication | None = None
    """Of a run that was divided over ranks."""
    isolation: Literal["process", "none"]
    """Whether the run had a process of its own."""
    cores: list[int] | None = None
    """CPU cores that it had to itself; None: it was not pinned to any."""
    at_once: int = Field(1, ge=1)
    """How many cells ran on the machine at once at most, this one included."""
    parameters: int | None = None
    examples_seen: int | None = None
    data_checksum: str = ""
    phases: Phases | None
    """None in a run whose seed was stacked with others, as all times and memory are."""
    started_at: str
    """UTC, ISO 8601."""
    position: int
    """Place of the cell in the study's order, from 0: what ran before it can be told."""
    environment: Environment

    @property
    def watched_cores(self) -> int:
        """How many cores `load` is about: the run's own, or all of the machine's."""
        return len(self.cores or ()) or self.environment.logical_cores

    @property
    def tested(self) -> Epoch:
        """The epoch whose weights were tested, of a good run."""
        return self.epochs[(self.tested_epoch or 0) - 1]

    @model_validator(mode="after")
    def _the_id_is_the_cell_s(self) -> Self:
        if self.cell_id != self.cell.id:
            raise ValueError(f"cell_id is {self.cell_id}, its cell's is {self.cell.id}")
        return self

    @model_validator(mode="after")
    def _times_are_of_runs_alone(self) -> Self:
        is_timed = self.phases is not None and all(e.seconds is not None for e in self.epochs)
        if not is_timed and not self.cell.execution.stacked:
            raise ValueError("a run alone has phases, and seconds of every epoch")
        return self

    @model_validator(mode="after")
    def _a_good_run_has_results(self) -> Self:
        if self.status == "ok" and not (self.epochs and self.test_accuracies):
            raise ValueError("status is ok without epochs or test_accuracies")
        if self.tested_epoch is not None and self.tested_epoch > len(self.epochs):
            raise ValueError(f"tested_epoch is {self.tested_epoch} of {len(self.epochs)}")
        return self
