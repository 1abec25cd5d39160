"""Seeds that are stacked take the steps that each takes alone, and nothing passes between them."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from noprop_core import registry
from noprop_core.datasets.task import Task
from noprop_core.descent import Descent
from noprop_core.errors import Diverged, InvalidSetting
from noprop_core.method import Method
from noprop_core.methods.classifier import Classifier
from noprop_core.seed_stack.draws import Noting
from noprop_core.seed_stack.stack import SeedStack
from noprop_core.seed_stack.training import train_stack
from noprop_core.seeding import Streams
from noprop_core.training import EpochEnds, RunEnds, training

STACKED = [
    name
    for name, kind in registry.built_in().items()
    if kind.stacks_seeds(kind.Config.model_validate({}))
]
VARIANTS = {
    "noprop-dt": [
        {"order": "together", "embedding": {"kind": "learned"}},
        {"order": "interleaved", "head": {"probabilities": "radial"}},
        {"embedding": {"kind": "prototype"}, "optimizer": {"name": "adam"}},
    ],
    # At half the width the third convolution is computed seed by seed, and a fourth after it.
    "classifier": [{"fourth_convolution": True}, {"fourth_convolution": True, "width": 0.5}],
}
CASES = [(name, options) for name in STACKED for options in ({}, *VARIANTS.get(name, ()))]


def stacked(make, name: str, seeds: list[int], task: Task, **options) -> SeedStack:
    methods = [make(name, seed=seed, task=task, **options) for seed in seeds]
    return SeedStack(make(name, seed=seeds[0], task=task, **options), methods, task)


def indices_of(seeds: int, batch: int, task: Task, source: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(source)
    orders = [torch.randperm(len(task.train), generator=generator) for _ in range(seeds)]
    return torch.stack(orders)[:, :batch]


def gradients(stack: SeedStack) -> list[list[torch.Tensor]]:
    """Return, by seed, the gradient of every parameter that the last step reached."""
    names = [name for name, _ in stack.template.network.named_parameters()]
    rows = [
        common.leaf.grad.permute(*common.order)
        for name in names
        if (common := stack.common[name]).leaf.grad is not None
    ]
    return [[row[seed] for row in rows] for seed in range(len(stack.methods))]


def test_who_can_be_stacked() -> None:
    assert STACKED == [
        "backprop",
        "backprop-deep",
        "backprop-mlp",
        "blocks-without-z",
        "classifier",
        "classifier-ensemble",
        "joint-shared",
        "noprop-dt",
        "noprop-shared",
    ]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_a_step_is_every_seed_s_own(name: str, options, make, stripes: Task) -> None:
    seeds = [3, 0, 8]
    alone = [make(name, seed=seed, **options) for seed in seeds]
    stack = stacked(make, name, seeds, stripes, **options)
    indices_SB = indices_of(3, 24, stripes)
    rounding = 8e-6 * options.get("width", 0.25)  # wider layers add up more
    for method in alone:
        method.network.train()
    found = []
    for stage in range(len(stack.stages)):
        found.append(stack.step(stage, indices_SB))
        every = [
            m.stages[stage](*stripes.training_batch(indices_B))
            for m, indices_B in zip(alone, indices_SB, strict=True)
        ]
        torch.testing.assert_close(found[-1], torch.stack(every), rtol=1e-5, atol=0)
        if stage:
            continue  # weights have moved: a gradient that is rounding alone has moved some of them
        for method, ours in zip(alone, gradients(stack), strict=True):
            theirs = [p.grad for p in method.network.parameters() if p.grad is not None]
            largest = max(float(one.abs().max()) for one in theirs)
            for one, other in zip(theirs, ours, strict=True):
                torch.testing.assert_close(other, one, rtol=1e-3, atol=rounding * largest)
    for one, other in zip(alone, stack.methods, strict=True):
        for theirs, ours in zip(one.generators, other.generators, strict=True):
            assert torch.equal(ours.get_state(), theirs.get_state())
        for (key, theirs), ours in zip(
            one.network.named_buffers(), other.network.buffers(), strict=True
        ):
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6, msg=key)


@settings(max_examples=8)
@given(
    name=st.sampled_from(["noprop-shared", "noprop-dt", "classifier", "backprop"]),
    seeds=st.lists(st.integers(0, 2**62), min_size=1, max_size=4, unique=True),
    batch=st.integers(8, 24),  # batch norm over two images is all but a sign
    timesteps=st.integers(1, 3),
)
def test_steps_stay_together(name, seeds, batch, timesteps, stripes: Task) -> None:
    kind = registry.find(name)
    # A step of Adam is as long as the learning rate, whatever the gradient's size: where it is all
    # rounding, two runs may go apart by that much.
    config = kind.Config.model_validate({"width": 0.25, "optimizer": {"learning_rate": 1e-6}})

    def made(seed: int) -> Method:
        return kind(config, stripes, timesteps, Streams(seed))

    alone = [made(seed) for seed in seeds]
    stack = SeedStack(made(seeds[0]), [made(seed) for seed in seeds], stripes)
    for method in alone:
        method.network.train()
    for number in range(3):
        indices_SB = indices_of(len(seeds), batch, stripes, source=number)
        for stage in range(len(stack.stages)):
            every = [
                m.stages[stage](*stripes.training_batch(indices_B))
                for m, indices_B in zip(alone, indices_SB, strict=True)
            ]
            ours = stack.step(stage, indices_SB)
            torch.testing.assert_close(ours, torch.stack(every), rtol=2e-5, atol=0)


@pytest.mark.parametrize("name", STACKED)
def test_steps_that_are_replayed_are_those_of_the_code(name: str, make, stripes: Task) -> None:
    ended = []
    for replayed in (True, False):
        stack = stacked(make, name, [0, 5], stripes, timesteps=2, width=0.5)
        stack.template.replayable = replayed  # for this one, not for its class
        losses = [
            stack.step(stage, indices_of(2, batch, stripes, source=number))
            for number, batch in enumerate((12, 12, 12, 7, 12, 7, 7))
            for stage in range(len(stack.stages))
        ]
        assert all((noted.tape is not None) is replayed for noted in stack.noted.values())
        ended.append((losses, [m.network.state_dict() for m in stack.methods]))
    (ours, states), (theirs, expected) = ended
    assert all(map(torch.equal, ours, theirs))
    for one, other in zip(states, expected, strict=True):
        assert all(map(torch.equal, one.values(), other.values()))


@pytest.mark.parametrize("name", ["noprop-shared", "noprop-dt", "classifier", "backprop-mlp"])
@pytest.mark.parametrize("spoilt", ["weights", "images", "streams"])
def test_nothing_passes_from_one_seed_to_another(name, spoilt, make, stripes: Task) -> None:
    ended = []
    for is_spoilt in (False, True):
        stack = stacked(make, name, [0, 1, 2], stripes, timesteps=2)
        indices_SB = indices_of(3, 16, stripes)
        if is_spoilt and spoilt == "weights":
            for parameter in stack.methods[1].network.parameters():
                parameter.data.fill_(torch.nan)
        elif is_spoilt and spoilt == "images":
            indices_SB[1] = indices_of(1, 16, stripes, source=5)[0]
        elif is_spoilt:
            for generator in stack.methods[1].generators:
                generator.manual_seed(99)
        for _ in range(2):
            losses = [stack.step(stage, indices_SB) for stage in range(len(stack.stages))]
        ended.append((torch.stack(losses), [m.network.state_dict() for m in stack.methods]))
    (losses, states), (spoilt_losses, spoilt_states) = ended
    assert torch.equal(losses[:, [0, 2]], spoilt_losses[:, [0, 2]])
    assert (
        (name, spoilt) == ("backprop-mlp", "streams")  # draws nothing
        or not torch.equal(losses[:, 1], spoilt_losses[:, 1])
    )
    for seed in (0, 2):
        assert all(map(torch.equal, states[seed].values(), spoilt_states[seed].values()))


def ends(make, name: str, stack: SeedStack, seeds: list[int], epochs: int, **how):
    streams = [Streams(seed) for seed in seeds]
    how = {"batch_size": 20, "repeats": 2, "goes_on": lambda past: len(past) < epochs, **how}
    return train_stack(stack, streams, **how)


def test_a_run_in_a_stack_is_the_run_alone(make, stripes: Task) -> None:
    seeds, slow = [4, 7], {"optimizer": {"learning_rate": 1e-5}}
    stack = stacked(make, "noprop-dt", seeds, stripes, **slow)
    for seed, run in zip(seeds, ends(make, "noprop-dt", stack, seeds, 2), strict=True):
        events = list(
            training(
                make("noprop-dt", seed=seed, **slow),
                stripes,
                Streams(seed),
                batch_size=20,
                goes_on=lambda past: len(past) < 2,
                repeats=2,
            )
        )
        alone = [event for event in events if isinstance(event, EpochEnds)]
        for ours, theirs in zip(run.epochs, alone, strict=True):
            assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-5)
            assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-4)
        end = events[-1]
        assert isinstance(end, RunEnds)
        assert run.end is not None
        assert run.end.examples_seen == end.examples_seen
        assert run.end.controls.keys() == end.controls.keys()
        assert run.end.test_accuracies == pytest.approx(end.test_accuracies, abs=1 / 45 + 1e-9)


def test_only_the_seed_that_diverges_fails(make, stripes: Task) -> None:
    stack = stacked(make, "classifier", [0, 1, 2], stripes)
    with torch.no_grad():
        stack.methods[1].network[-1].bias.fill_(torch.inf)
    good, bad, other = ends(make, "classifier", stack, [0, 1, 2], 2)
    assert isinstance(bad.error, Diverged)
    assert "epoch 1, step 1" in str(bad.error)
    assert (bad.end, bad.epochs) == (None, [])
    assert good.end is not None
    assert other.end is not None
    assert good.error is None is other.error


def test_every_run_ends_by_itself_with_its_best_weights(make, stripes: Task) -> None:
    stack = stacked(make, "classifier", [0, 1], stripes)
    first: list[float] = []

    def goes_on(past) -> bool:
        """Let the run that is asked about first have one epoch, and the other three."""
        first.append(past[0].validation_loss) if not first else None
        return past[0].validation_loss != first[0] and len(past) < 3

    one, other = ends(make, "classifier", stack, [0, 1], 3, goes_on=goes_on, keep="best")
    assert (len(one.epochs), len(other.epochs)) == (1, 3)
    assert one.end is not None
    assert one.end.tested_epoch == 1
    assert other.end is not None
    best = min(other.epochs, key=lambda epoch: epoch.validation_loss)
    assert other.end.tested_epoch == best.epoch


class Elsewhere(Classifier):
    """Draws from a generator that is no stream of its run."""

    def loss(self, x_BCHW: torch.Tensor, y_B: torch.Tensor) -> torch.Tensor:
        drawn = torch.rand(len(y_B), generator=torch.Generator().manual_seed(0))
        return super().loss(x_BCHW, y_B) + drawn.mean()


def test_what_cannot_be_stacked_says_so(make, stripes: Task, monkeypatch) -> None:
    monkeypatch.setitem(registry.built_in(), "elsewhere", Elsewhere)
    with pytest.raises(InvalidSetting, match="draw from generators of `stream`"):
        stacked(make, "elsewhere", [0], stripes).step(0, indices_of(1, 8, stripes))
    with pytest.raises(InvalidSetting, match="seeds cannot be stacked"):
        stacked(make, "cafo", [0], stripes)
    options = {"order": "together", "block_execution": "stacked"}
    with pytest.raises(InvalidSetting, match="seeds cannot be stacked"):
        stacked(make, "noprop-dt", [0], stripes, **options)


def test_a_subclass_with_a_step_of_its_own_inherits_no_declaration() -> None:
    backprop = registry.find("backprop")

    class Own(backprop):  # type: ignore[misc, valid-type]
        def train_step(self, x_BCHW, y_B):
            return super().train_step(x_BCHW, y_B)

    assert backprop.stacks_seeds(backprop.Config())
    assert not Own.stacks_seeds(Own.Config())


def test_what_depends_on_other_numbers_is_no_draw_for_all_seeds() -> None:
    generator = torch.Generator().manual_seed(0)
    with Noting([generator]), pytest.raises(InvalidSetting, match="bernoulli"):
        torch.bernoulli(torch.full((3,), 0.5), generator=generator)


def test_descents_are_of_the_method_s_own_optimisers(make) -> None:
    for name in STACKED:
        method = make(name)
        every = [d for stage in method.descents for d in stage]
        assert all(isinstance(d, Descent) for d in every)
        assert len(method.descents) == len(method.stages)
        assert {id(o) for d in every for o in d.optimizers} == {id(o) for o in method.optimizers}


@pytest.mark.parametrize("name", STACKED)
def test_a_step_is_computed_twice_and_then_played(name: str, make, stripes: Task) -> None:
    stack = stacked(make, name, [0, 1], stripes)
    assert stack.template.replayable
    asked = 0
    losses = stack._losses

    def counted(*words):
        nonlocal asked
        asked += 1
        return losses(*words)

    stack._losses = counted
    for source in range(4):
        stack.step(0, indices_of(2, 8, stripes, source))
    assert asked == 2 * len(stack.stages[0])
    stack.step(0, indices_of(2, 4, stripes))  # another size of batch is another computation
    assert asked == 3 * len(stack.stages[0])
