"""The continuous-time methods against their equations, their samplers against known answers."""

from functools import partial
from itertools import pairwise

import pytest
import torch
from torch.nn.functional import cross_entropy

from noprop_core.flow import integrate
from noprop_core.image_path import frozen_masks
from noprop_core.schedules import ScheduleConfig, build_schedule

KINDS = ["one-hot", "learned", "prototype"]


def in_double(make, name: str, **options):
    """Build a method in float64 without dropout, so that two ways give the same numbers."""
    method = make(name, **options)
    method.network.double().eval()
    # The frequencies of t were worked out in float32: at full precision, the reference's own.
    exact = torch.tensor([1000 * 10_000 ** (-i / 32) for i in range(32)], dtype=torch.float64)
    frequencies = method.network.denoiser.time_path.frequencies
    torch.testing.assert_close(frequencies, exact, rtol=1e-6, atol=0)
    frequencies.copy_(exact)
    method.times = lambda batch: torch.rand(batch, dtype=torch.float64, generator=method.noise)
    return method


def gradients_of(method, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    parameters = dict(method.network.named_parameters())
    found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    return {key: g for key, g in zip(parameters, found, strict=True) if g is not None}


def step_and_gradients(method, batch) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    loss = method.train_step(batch[0].double(), batch[1])
    named = method.network.named_parameters()
    return loss, {key: p.grad for key, p in named if p.grad is not None}


def assert_same(got: dict[str, torch.Tensor], want: dict[str, torch.Tensor]) -> None:
    assert set(got) == set(want)
    for key, gradient in got.items():
        scale = float(want[key].abs().max())
        torch.testing.assert_close(gradient, want[key], rtol=1e-9, atol=1e-11 * scale)


@pytest.mark.parametrize("start", ["source", "gentle"])
@pytest.mark.parametrize("kind", KINDS)
def test_ct_loss_and_every_gradient_equal_the_reference(
    make, reference, batch, kind, start
) -> None:
    options = {"embedding": {"kind": kind}, "schedule": start}
    ct, twin = (in_double(make, "noprop-ct", **options) for _ in range(2))
    loss, got = step_and_gradients(ct, batch)
    size = (len(batch[1]), twin.network.embedding.dimension)
    t_B = twin.times(len(batch[1]))
    draws = [torch.empty(size, dtype=torch.float64).normal_(generator=twin.noise) for _ in range(2)]
    expected = reference("continuous").ct_loss(
        twin.network, 1.0, batch[0].double(), batch[1], t_B, *draws
    )
    torch.testing.assert_close(loss, expected.detach(), rtol=1e-11, atol=0)
    assert_same(got, gradients_of(twin, expected))
    assert {"schedule.gamma_0", "schedule.gamma_1", "schedule.bias_H"} <= set(got)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sigma", [0.0, 0.3])
def test_fm_loss_and_every_gradient_equal_the_reference(
    make, reference, batch, kind, sigma
) -> None:
    options = {"embedding": {"kind": kind}, "sigma": sigma}
    fm, twin = (in_double(make, "noprop-fm", **options) for _ in range(2))
    loss, got = step_and_gradients(fm, batch)
    size = (len(batch[1]), twin.network.embedding.dimension)

    def draw() -> torch.Tensor:
        return torch.empty(size, dtype=torch.float64).normal_(generator=twin.noise)

    z_0, t_B = draw(), twin.times(len(batch[1]))
    noise = draw() if sigma else None
    expected = reference("continuous").fm_loss(
        twin.network, sigma, batch[0].double(), batch[1], t_B, z_0, noise
    )
    torch.testing.assert_close(loss, expected.detach(), rtol=1e-11, atol=0)
    assert_same(got, gradients_of(twin, expected))


def test_the_anchor_is_there_with_trained_embeddings_alone(make) -> None:
    assert make("noprop-fm").network.head is None
    assert make("noprop-fm", embedding={"kind": "learned"}).network.head is not None


def test_the_joined_layer_is_the_one_over_the_concatenation(make, reference, batch) -> None:
    denoiser = in_double(make, "noprop-ct").network.denoiser
    x_BCHW, z_BD = batch[0].double(), torch.randn(24, 3, dtype=torch.float64)
    t_B = torch.rand(24, dtype=torch.float64)
    expected = reference("continuous").logits(denoiser, x_BCHW, z_BD, t_B)
    torch.testing.assert_close(denoiser(x_BCHW, z_BD, t_B), expected, rtol=1e-11, atol=1e-12)
    one_time = denoiser(x_BCHW, z_BD, t_B[0])
    everywhere = denoiser(x_BCHW, z_BD, t_B[:1].expand(24))
    torch.testing.assert_close(one_time, everywhere, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["noprop-ct", "noprop-fm", "adjoint"])
@pytest.mark.parametrize("kind", KINDS)
def test_images_encoded_once_or_at_every_step_give_the_same_classes(
    make, batch, name, kind
) -> None:
    method = make(name, embedding={"kind": kind}, steps=20)
    method.network.eval()
    denoiser, calls = method.network.denoiser, []
    denoiser.image_path.register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        once = method.predict(method.encode(batch[0]), torch.Generator().manual_seed(0))
        assert len(calls) == 1
        anew = lambda z_BD, t: denoiser.logits(denoiser.project(batch[0]), z_BD, t)  # noqa: E731
        method.at_times = lambda _, t_S: lambda step, z_BD: anew(z_BD, t_S[step])
        again = method.predict(torch.empty(24, 1), torch.Generator().manual_seed(0))
    assert len(calls) == 21
    assert torch.equal(once, again)


def test_ct_asks_its_network_about_the_state_s_own_time(make) -> None:
    ct, seen = make("noprop-ct", steps=8), []

    def note(t: torch.Tensor, z_BD: torch.Tensor) -> torch.Tensor:
        seen.append(float(t))
        return torch.zeros_like(z_BD)

    ct.at_times = lambda _, t_S: lambda step, z_BD: note(t_S[step], z_BD)
    ct.predict(torch.empty(2, 1), torch.Generator().manual_seed(0))
    assert seen == pytest.approx([i / 8 for i in range(8)])


def test_ct_samplers_reach_the_known_class_frequencies(make) -> None:
    """With the exact posterior mean of labels of known frequencies, so are the samples'."""
    count, prior = 30_000, torch.tensor([0.2, 0.3, 0.5])
    frequencies = {}
    for sampler in ("sde", "ode"):
        ends = {"alpha_bar_first": 0.001, "alpha_bar_last": 0.99}
        ct = make("noprop-ct", sampler=sampler, steps=150, schedule=ends)

        def posterior(step, z_BD, t_S, ct=ct):
            gamma, _ = ct.schedule(t_S[step])
            signal, variance = torch.sigmoid(-gamma).sqrt(), torch.sigmoid(gamma)
            return signal * z_BD / variance + prior.log()

        ct.at_times = lambda _, t_S, posterior=posterior: partial(posterior, t_S=t_S)
        with torch.no_grad():
            classes = ct.predict(torch.empty(count, 1), torch.Generator().manual_seed(2))
        frequencies[sampler] = torch.bincount(classes, minlength=3) / count
    # Four standard errors, and the small error of 150 steps from a level of 0.001 instead of 0.
    slack = 4 * (0.25 / count) ** 0.5 + 0.006
    for found in frequencies.values():
        torch.testing.assert_close(found, prior, rtol=0, atol=slack)


@pytest.mark.parametrize("sampler", ["sde", "ode"])
def test_on_a_gaussian_label_mean_and_variance_converge_to_the_known_ones(sampler: str) -> None:
    """U ~ N(m, s²): û is linear in z, so mean and variance of z_T follow without sampling."""
    m, s2, errors = 0.7, 0.4, []
    for steps in (100, 200, 400):
        schedule = build_schedule(ScheduleConfig(form="linear"), steps)
        levels = schedule.alpha_bar.tolist()
        mean, variance = levels[0] ** 0.5 * m, levels[0] * s2 + 1 - levels[0]
        for t in range(1, steps + 1):
            level = levels[t - 1]
            gain = s2 * level**0.5 / (level * s2 + 1 - level)
            a, b, *rest = schedule.step(t) if sampler == "sde" else schedule.flow_step(t)
            slope = a * gain + b
            mean = slope * mean + a * (m - gain * level**0.5 * m)
            variance = slope**2 * variance + (rest[0] ** 2 if rest else 0)
        assert mean == pytest.approx(levels[-1] ** 0.5 * m, rel=1e-9)
        errors.append(abs(variance - (levels[-1] * s2 + 1 - levels[-1])))
    assert errors[0] < 0.05
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(2, rel=0.15)


def test_along_the_ode_a_perfect_estimate_keeps_the_noise_it_started_with() -> None:
    schedule, u, noise = build_schedule(ScheduleConfig(), 7), 1.3, -0.8
    z = schedule.signal(0) * u + schedule.noise(0) * noise
    for t in range(1, 8):
        a, b = schedule.flow_step(t)
        z = a * u + b * z
        assert z == pytest.approx(schedule.signal(t) * u + schedule.noise(t) * noise, abs=1e-12)


def test_fm_follows_the_exact_field_to_the_label(make) -> None:
    fm = make("noprop-fm", steps=25)
    labels_B = torch.arange(60) % 3
    ends_BD = torch.eye(3)[labels_B]
    fm.at_times = lambda _, t_S: lambda step, z_BD: (ends_BD - z_BD) / (1 - t_S[step])
    classes = fm.predict(torch.empty(60, 1), torch.Generator().manual_seed(0))
    assert torch.equal(classes, labels_B)


def test_with_dropout_the_adjoint_gradient_is_of_the_function_that_was_solved(make, batch) -> None:
    """Prototypes go through a path with dropout: its masks are drawn once per solve."""
    options = {"steps": 60, "embedding": {"kind": "prototype"}, "width": 0.1}
    adjoint, twin = (in_double(make, "adjoint", **options) for _ in range(2))
    x_BCHW, y_B = batch[0][:6].double(), batch[1][:6]
    for method in (adjoint, twin):
        method.network.train()
        with torch.no_grad():
            method.network.denoiser.rest[-1].weight.mul_(20)
        method.pure_noise = lambda batch, generator: torch.randn(
            batch, 96, generator=generator, dtype=torch.float64
        )
    adjoint.train_step(x_BCHW, y_B)
    got = {key: p.grad for key, p in adjoint.network.named_parameters() if p.grad is not None}
    projected_BJ = twin.encode(x_BCHW)
    start = twin.start(6, twin.noise)
    with frozen_masks(twin.network.denoiser.label_path):
        z_BD = integrate(partial(twin.velocity, projected_BJ), start, "euler", 60)
    want = gradients_of(twin, cross_entropy(twin.class_logits(z_BD), y_B))
    for key, gradient in got.items():
        difference = float((gradient - want[key]).norm() / want[key].norm())
        assert difference < 0.1, key


@pytest.mark.parametrize("solver", ["euler", "rk4"])
def test_the_adjoint_step_has_the_gradient_of_back_propagation(make, batch, solver: str) -> None:
    """At the CNN too, whose features enter the ODE as a constant. ReLU's kinks limit the order."""
    options = {"steps": 200, "solver": solver, "embedding": {"kind": "learned", "dimension": 4}}
    adjoint, twin = (in_double(make, "adjoint", **options) for _ in range(2))
    for method in (adjoint, twin):
        with torch.no_grad():  # a field of the size that training reaches; it starts near zero
            method.network.denoiser.rest[-1].weight.mul_(20)
        method.pure_noise = lambda batch, generator: torch.randn(
            batch, 4, generator=generator, dtype=torch.float64
        )
    loss, got = step_and_gradients(adjoint, batch)
    projected_BJ = twin.encode(batch[0].double())
    z_BD = integrate(
        partial(twin.velocity, projected_BJ),
        twin.start(24, twin.noise),
        solver,
        200,
    )
    expected = cross_entropy(twin.class_logits(z_BD), batch[1])
    torch.testing.assert_close(loss, expected.detach(), rtol=1e-9, atol=0)
    want = gradients_of(twin, expected)
    assert set(got) == set(want)
    for key, gradient in got.items():
        difference = float((gradient - want[key]).norm() / want[key].norm())
        assert difference < (0.05 if solver == "euler" else 2e-3), key
