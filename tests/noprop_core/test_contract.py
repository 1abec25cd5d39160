"""The contract: every method, ours or registered, gets these tests for what it declares."""

import json
import tomllib

import pytest
import torch
from on_both_devices import on_both

from noprop_core import registry
from noprop_core.datasets import loading, table
from noprop_core.datasets.raw import Labelled
from noprop_core.errors import InvalidSetting
from noprop_core.evaluation import accuracies, validate
from noprop_core.seeding import Streams
from noprop_core.training import EpochEnds, RunEnds, train_epoch, training

NAMES = registry.names()
LEARNERS = [name for name in NAMES if registry.find(name).learns_embeddings]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def run(method, task, *, epochs: int, batch_size: int = 16, repeats: int = 2):
    events = training(
        method,
        task,
        method.streams,
        batch_size=batch_size,
        goes_on=lambda history: len(history) < epochs,
        repeats=repeats,
    )
    return [event for event in events if isinstance(event, EpochEnds | RunEnds)]


def test_it_learns_a_task_anyone_can(name: str, make, stripes) -> None:
    method = make(name, optimizer={"learning_rate": 5e-3})
    *epochs, end = run(method, stripes, epochs=12)
    assert min(end.test_accuracies) > 0.9
    assert epochs[-1].train_loss < epochs[0].train_loss


def test_same_seed_same_weights_bit_for_bit(name: str, make, stripes) -> None:
    methods = [make(name, seed=5) for _ in range(2)]
    results = [run(method, stripes, epochs=2) for method in methods]
    assert results[0] == results[1]
    states = [method.network.state_dict() for method in methods]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_another_seed_gives_other_weights(name: str, make) -> None:
    pair = (make(name, seed=seed).network.parameters() for seed in (0, 1))
    assert not all(torch.equal(first, second) for first, second in zip(*pair, strict=True))


def test_a_run_leaves_the_global_generator_alone(name: str, make, stripes) -> None:
    before = torch.random.get_rng_state()
    run(make(name), stripes, epochs=1)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_one_timestep_and_the_smallest_batch_work(name: str, make, stripes) -> None:
    method = make(name, timesteps=1)
    losses = train_epoch(
        method, method.stages, stripes, (torch.tensor([0, 1]), torch.tensor([2, 3]))
    )
    assert bool(torch.stack(losses).isfinite().all())


def test_a_single_remaining_image_does_not_break_batch_norm(name: str, make, stripes) -> None:
    order = torch.Generator().manual_seed(0)
    assert len(stripes.train) % 19 == 1
    method = make(name)
    losses = train_epoch(method, method.stages, stripes, stripes.epoch_indices(19, order))
    assert bool(torch.stack(losses).isfinite().all())


def test_predictions_are_classes_of_every_image(name: str, make, batch) -> None:
    method = make(name)
    method.network.eval()
    with torch.no_grad():
        encoded = method.encode(batch[0])
        classes_B = method.predict(encoded, torch.Generator().manual_seed(0))
    assert classes_B.shape == batch[1].shape
    assert classes_B.dtype == torch.int64
    assert 0 <= int(classes_B.min()) <= int(classes_B.max()) < 3


def test_a_prediction_is_the_largest_logit_with_the_same_noise(name: str, make, batch) -> None:
    method = make(name)
    method.network.eval()
    with torch.no_grad():
        encoded = method.encode(batch[0])
        classes_B = method.predict(encoded, torch.Generator().manual_seed(0))
        if not method.has_logits:
            pytest.skip(f"{name} predicts without logits")
        logits_BK = method.logits(encoded, torch.Generator().manual_seed(0))
    assert logits_BK.shape == (len(classes_B), 3)
    assert torch.equal(classes_B, logits_BK.argmax(dim=1))


def test_the_validation_loss_falls_as_it_learns(name: str, make, stripes) -> None:
    method = make(name, optimizer={"learning_rate": 5e-3})
    _, before = validate(method, stripes, torch.Generator().manual_seed(0))
    *_, last, _ = run(method, stripes, epochs=12)
    if method.has_logits:
        assert last.validation_loss < before
    else:
        assert last.validation_loss is before is None


def test_inference_is_deterministic_exactly_where_declared(name: str, make, stripes) -> None:
    method = make(name)  # untrained: as unsure as a method can be, so noise would show
    generators = [torch.Generator().manual_seed(seed) for seed in range(20)]
    results, _ = accuracies(method, stripes, stripes.test, generators)
    assert (len(set(results)) == 1) == method.deterministic_inference


def test_timesteps_matter_exactly_where_declared(name: str, make) -> None:
    counts = {make(name, timesteps=t).parameter_count() for t in (1, 4)}
    assert (len(counts) == 2) == registry.find(name).uses_timesteps


def test_a_method_with_timesteps_refuses_to_do_without(name: str, stripes) -> None:
    method = registry.find(name)
    if not method.uses_timesteps:
        assert method(method.Config(), stripes, None, Streams(0)).timesteps == 0
        return
    with pytest.raises(InvalidSetting, match=f"{name} needs timesteps of at least 1, got None"):
        method(method.Config(), stripes, None, Streams(0))


def test_no_step_makes_the_host_wait(name: str, make, stripes, monkeypatch) -> None:
    method = make(name)
    if method.waits_for_device:
        pytest.skip(f"{name} declares that its steps wait for the device")
    batches = stripes.epoch_indices(32, torch.Generator().manual_seed(0))
    # optimisers set themselves up in their first step
    train_epoch(method, method.stages, stripes, batches)

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a training step asked for a value on the host")

    for reader in ("item", "tolist", "cpu", "numpy", "__bool__", "__float__", "__int__"):
        monkeypatch.setattr(torch.Tensor, reader, refuse)
    losses = train_epoch(method, method.stages, stripes, batches)
    monkeypatch.undo()
    assert all(loss.ndim == 0 and not loss.requires_grad for loss in losses)


@pytest.mark.pretend
def test_on_a_device_of_its_own_it_computes_the_cpu_s_bits_and_never_waits(name: str, make) -> None:
    on_cpu, on_device = on_both(lambda task: make(name, task=task, timesteps=2))
    assert on_device.is_bit_for_bit(on_cpu)


def test_the_data_order_is_the_same_for_every_method(name: str, make, stripes, monkeypatch) -> None:
    seen: list[int] = []
    fetch = type(stripes).training_batch

    def watch(task, indices_B):
        seen.extend(indices_B.tolist())
        return fetch(task, indices_B)

    monkeypatch.setattr(type(stripes), "training_batch", watch)
    method = make(name, seed=9)
    run(method, stripes, epochs=1)
    order = Streams(9).generator("data order")
    expected = torch.cat(stripes.epoch_indices(16, order)).tolist()
    assert seen == expected * len(method.stages)


def test_the_configuration_survives_json(name: str) -> None:
    config = registry.find(name).Config()
    assert type(config).model_validate_json(config.model_dump_json()) == config


def test_the_configuration_survives_toml(name: str) -> None:
    config = registry.find(name).Config()
    assert type(config).model_validate(tomllib.loads(_toml(config.model_dump()))) == config


def test_every_option_says_what_it_means(name: str) -> None:
    for option, field in registry.find(name).Config.model_fields.items():
        assert field.description or hasattr(field.annotation, "model_fields"), option


def test_what_a_reader_needs_is_declared(name: str) -> None:
    method = registry.find(name)
    assert method.name == name
    told = (method.title, method.source, method.networks, method.__doc__)
    for text in (*told, *method.exact, *method.deviations, *method.left_open.values()):
        assert text


def test_what_the_source_leaves_open_is_an_option(name: str) -> None:
    method = registry.find(name)
    options = method.Config().model_dump()
    for path in method.left_open:
        value = options
        for key in path.split("."):
            value = value[key]


def test_blocks_are_independent_exactly_where_declared(name: str, make, batch) -> None:
    """Other weights in one block must change no update of an earlier one, or they are not."""
    count = len(make(name).blocks())
    after = [updates(make(name), batch, changed) for changed in (None, *range(count))]
    unmoved = all(
        torch.equal(before, now)
        for changed in range(count)
        for block in range(changed)
        for before, now in zip(after[0][block], after[1 + changed][block], strict=True)
    )
    assert (count > 1 and unmoved) == registry.find(name).independent_blocks


def updates(method, batch, changed: int | None) -> list[list[torch.Tensor]]:
    """Return every block's change in one step, block `changed` having other weights before it."""
    if changed is not None:
        source = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for weight in method.blocks()[changed]:
                weight.add_(torch.randn(weight.shape, generator=source))
    before = [[w.detach().clone() for w in block] for block in method.blocks()]
    method.network.train()
    for stage in method.stages:
        stage(*batch)
    pairs = zip(before, method.blocks(), strict=True)
    changes = [[new.detach() - old for old, new in zip(*p, strict=True)] for p in pairs]
    assert all(any(float(c.abs().sum()) > 0 for c in block) for block in changes)
    return changes


def test_the_schedule_is_trained_exactly_where_declared(name: str, make, batch) -> None:
    method = make(name)
    states = [named(method, "schedule")]
    method.stages[0](*batch)
    states.append(named(method, "schedule"))
    moved = [key for key in states[0] if not torch.equal(states[0][key], states[1][key])]
    assert bool(moved) == method.trains_schedule
    if method.trains_schedule:
        assert len(moved) == len(states[0])


def test_embeddings_are_trained_exactly_where_declared(name: str, make, batch) -> None:
    method = registry.find(name)
    assert ("embedding" in method.Config.model_fields) == method.learns_embeddings
    if not method.learns_embeddings:
        return
    for kind, trained in (("one-hot", False), ("learned", True), ("prototype", True)):
        made = make(name, embedding={"kind": kind})
        before = made.network.embedding.weight_KD.detach().clone()
        for stage in made.stages:
            stage(*batch)
        assert torch.equal(before, made.network.embedding.weight_KD) == (not trained)


def named(method, part: str) -> dict[str, torch.Tensor]:
    """Return copies of the parameters under `part` of the method's network."""
    parameters = method.network.named_parameters()
    return {key: p.detach().clone() for key, p in parameters if key.startswith(f"{part}.")}


@pytest.mark.parametrize("kind", ["learned", "prototype"])
@pytest.mark.parametrize("name", LEARNERS)
def test_trained_embeddings_learn_too(name: str, kind: str, make, stripes) -> None:
    embedding = {"kind": kind, "dimension": 5}
    method = make(name, embedding=embedding, optimizer={"learning_rate": 5e-3})
    *epochs, end = run(method, stripes, epochs=15)
    assert min(end.test_accuracies) > 0.9
    assert epochs[-1].train_loss < epochs[0].train_loss


@pytest.mark.parametrize("name", LEARNERS)
def test_radial_class_probabilities_learn_too(name: str, make, stripes) -> None:
    options = {"head": {"probabilities": "radial"}, "embedding": {"kind": "learned"}}
    # At 5e-3, noprop-ct and adjoint can settle with two classes on one vertex, by seed.
    method = make(name, optimizer={"learning_rate": 2e-3}, **options)
    *epochs, end = run(method, stripes, epochs=60)
    assert min(end.test_accuracies) > 0.9
    assert epochs[-1].train_loss < epochs[0].train_loss


@pytest.mark.parametrize("dataset", table.DATASETS)
def test_it_runs_on_every_data_set(name: str, dataset: str) -> None:
    """Images and classes of each data set, made up: a batch to learn from, one to predict."""
    known, source = table.DATASETS[dataset], torch.Generator().manual_seed(0)

    def part(count: int) -> Labelled:
        shape = (count, *known.image_shape)
        images_NCHW = torch.randint(256, shape, dtype=torch.uint8, generator=source)
        return Labelled(images_NCHW, torch.arange(count) % known.classes)

    parts = {"train": part(2 * known.classes), "validation": part(2), "test": part(4)}
    task = loading.build_task(dataset, known.classes, **parts)
    method = registry.find(name)
    small = {"width": 0.1} | ({"steps": 2} if "steps" in method.Config.model_fields else {})
    made = method(method.Config.model_validate(small), task, 2, Streams(0))
    *_, end = run(made, task, epochs=1, batch_size=known.classes, repeats=1)
    assert 0 <= end.test_accuracies[0] <= 1


def test_controls_are_classes_and_do_not_disturb_the_test(name: str, make, stripes) -> None:
    method = make(name)

    def noise() -> list[torch.Generator]:
        return [torch.Generator().manual_seed(seed) for seed in (1, 2)]

    alone, none = accuracies(method, stripes, stripes.test, noise())
    beside, controls = accuracies(method, stripes, stripes.test, noise(), noise())
    assert none == {}
    assert alone == beside
    (x_BCHW, _), *_ = stripes.evaluation_batches(stripes.test)
    once = method.controls_once(method.encode(x_BCHW), noise()[0])
    assert {name: len(values) for name, values in controls.items()} == {
        name: 1 if name in once else 2 for name in controls
    }
    assert all(0 <= value <= 1 for values in controls.values() for value in values)


def _toml(table: dict, prefix: str = "") -> str:
    lines = []
    for key, value in table.items():
        if isinstance(value, dict):
            lines.append(_toml(value, f"{prefix}{key}."))
        else:
            lines.append(f"{prefix}{key} = {json.dumps(value)}")
    return "\n".join(lines)
