"""NoProp-DT against its equations: sampler, loss, isolation, order."""

import copy

import pytest
import torch

from noprop_core.methods.noprop_dt import NoPropDT
from noprop_core.schedules import prior_kl
from noprop_core.training import train_epoch


def state_of(dt: NoPropDT, t: int) -> list[torch.Tensor]:
    """Return copies of everything block t owns: weights, buffers, optimiser state."""
    optimizer = dt.block_optimizers[t - 1]
    states = [value for s in optimizer.state.values() for value in s.values()]
    return [value.clone() for value in (*dt.block(t).state_dict().values(), *states)]


def equal(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    pairs = zip(first, second, strict=True)
    return len(first) == len(second) and all(torch.equal(a, b) for a, b in pairs)


def test_sampling_with_a_perfect_estimate_has_mean_and_variance_of_eq_6(make) -> None:
    dt = make("noprop-dt", timesteps=5)
    count, generator = 40_000, torch.Generator().manual_seed(1)
    u_BD = torch.eye(3)[torch.arange(count) % 3]
    start = torch.randn(count, 3, generator=generator)
    z_BD = dt.schedule.signal(0) * u_BD + dt.schedule.noise(0) * start
    for t in range(1, 6):
        z_BD = dt.denoise(z_BD, u_BD, t, generator)
        rest = z_BD - dt.schedule.signal(t) * u_BD
        variance = dt.schedule.noise(t) ** 2
        # Five standard errors of a mean and of a variance over 120,000 draws.
        assert abs(float(rest.mean())) < 5 * (variance / rest.numel()) ** 0.5
        assert float(rest.var()) == pytest.approx(variance, rel=5 * (2 / rest.numel()) ** 0.5)


def test_sampler_step_equals_the_reference(make, reference) -> None:
    dt, plain = make("noprop-dt", timesteps=4), reference("noprop_dt")
    levels = plain.cosine_levels(4, 0.001, 0.99, 0.008)
    estimate, z = torch.rand(6, 3), torch.randn(6, 3)
    for t in range(1, 5):
        noise = torch.empty(6, 3).normal_(generator=torch.Generator().manual_seed(t))
        expected = plain.sampler_step(t, levels, estimate, z, noise)
        got = dt.denoise(z, estimate, t, torch.Generator().manual_seed(t))
        torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 2, 7, 24, 1000])
def test_the_divergence_of_fixed_embeddings_is_the_same_number_for_every_batch(make, batch) -> None:
    dt = make("noprop-dt")
    u_BD = dt.network.embedding(torch.arange(batch) % 2)
    assert torch.equal(dt.prior_kl(u_BD), prior_kl(u_BD, dt.first_level))


def test_the_divergence_of_trained_embeddings_is_the_batch_s_own(make) -> None:
    dt = make("noprop-dt", embedding={"kind": "learned", "dimension": 5})
    with torch.no_grad():
        dt.network.embedding.weight_KD.mul_(torch.tensor([[1.0], [2.0], [3.0]]))
    found = [dt.prior_kl(dt.network.embedding(torch.full((4,), k))) for k in range(3)]
    assert found[0] < found[1] < found[2]
    assert all(kl.requires_grad for kl in found)


@pytest.mark.parametrize("kind", ["one-hot", "learned"])
def test_training_equals_the_reference_step_by_step(make, reference, stripes, kind: str) -> None:
    plain = reference("noprop_dt")
    embedding = {"kind": kind, "dimension": 5}
    dt = make("noprop-dt", timesteps=3, embedding=embedding)
    dt.network.double()  # Adam magnifies rounding where a gradient is zero but for it
    levels = plain.cosine_levels(3, 0.001, 0.99, 0.008)
    # A twin draws the same numbers: weights, dropout masks and label noise of the same seed.
    twin = make("noprop-dt", timesteps=3, embedding=embedding)
    twin.network.double()
    shared = [*twin.network.head.parameters(), *twin.network.embedding.parameters()]
    head = plain.PlainAdamW(shared, 1e-3, 1e-3)
    blocks = [plain.PlainAdamW(list(twin.block(t).parameters()), 1e-3, 1e-3) for t in (1, 2, 3)]
    order = torch.Generator().manual_seed(0)
    for indices_B in stripes.epoch_indices(32, order):
        x_BCHW, y_B = stripes.training_batch(indices_B)
        x_BCHW = x_BCHW.double()
        for t in (1, 2, 3):
            loss = dt.train_block(t, x_BCHW, y_B)

            source = twin.block_noise[t - 1]
            dimension = twin.network.embedding.dimension
            like = torch.empty(len(y_B), dimension, dtype=torch.float64)
            before = torch.empty_like(like).normal_(generator=source)
            # The fast path draws dropout masks between the two draws of label noise, so the
            # reference looks ahead: its block runs first, on a copy of the stream.
            after_block = torch.Generator()
            after_block.set_state(source.get_state())
            masked = copy.deepcopy(twin.block(t))
            for module in masked.modules():
                if hasattr(module, "generator"):
                    module.generator = after_block
            masked(x_BCHW, before * 0)
            last = torch.empty_like(like).normal_(generator=after_block)

            expected = plain.block_loss(
                t,
                levels,
                0.1,
                twin.block(t),
                twin.network.head.linear,
                x_BCHW,
                y_B,
                before,
                last,
                twin.network.embedding.weight_KD,
            )
            source.set_state(after_block.get_state())
            parameters = [*blocks[t - 1].parameters, *head.parameters]
            gradients = torch.autograd.grad(expected, parameters)
            count = len(blocks[t - 1].parameters)
            blocks[t - 1].step(gradients[:count])
            head.step(gradients[count:])
            torch.testing.assert_close(loss, expected.detach(), rtol=1e-9, atol=1e-9)
            for got, want in zip(dt.block(t).parameters(), parameters[:count], strict=True):
                torch.testing.assert_close(got, want, rtol=1e-8, atol=1e-9)
    trained = [*dt.network.head.parameters(), *dt.network.embedding.parameters()]
    for got, want in zip(trained, head.parameters, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("trained", [1, 2, 3])
def test_a_step_of_one_block_leaves_every_other_bit_identical(make, batch, trained: int) -> None:
    dt = make("noprop-dt")
    for t in (1, 2, 3):
        dt.train_block(t, *batch)  # so that every block has optimiser state to disturb
    before = {t: state_of(dt, t) for t in (1, 2, 3)}
    dt.train_block(trained, *batch)
    after = {t: state_of(dt, t) for t in (1, 2, 3)}
    assert [t for t in (1, 2, 3) if not equal(before[t], after[t])] == [trained]


def test_both_orders_give_the_same_blocks_bit_for_bit(make, stripes) -> None:
    dts = [make("noprop-dt", order=order) for order in ("sequential", "interleaved")]
    for dt in dts:
        order = torch.Generator().manual_seed(3)
        for _ in range(2):
            train_epoch(dt, dt.stages, stripes, stripes.epoch_indices(32, order))
    for t in (1, 2, 3):
        assert equal(state_of(dts[0], t), state_of(dts[1], t))


def test_the_head_learns_from_the_noised_label_not_from_a_block(make, batch) -> None:
    dts = [make("noprop-dt"), make("noprop-dt")]
    with torch.no_grad():
        for parameter in dts[1].block(1).joined.parameters():
            parameter.mul_(3)  # another block altogether, the same noise
    for dt in dts:
        dt.train_block(1, *batch)
    heads = [dt.network.head.linear.weight for dt in dts]
    assert torch.equal(heads[0], heads[1])


def test_loss_is_summed_over_the_embedding_and_averaged_over_the_batch(make, batch) -> None:
    dt = make("noprop-dt", eta=1e4)  # the denoising term is all that matters
    x_BCHW, y_B = batch
    wrong = torch.tensor([[0.0, 1.0, 0.0]]).expand(len(y_B), -1)
    expected = 2.0 * float((y_B != 1).float().mean()) * dt.weights_T[0]
    dt.clean_estimate = lambda logits_BK: wrong + 0 * logits_BK
    assert float(dt.train_block(1, x_BCHW, y_B)) == pytest.approx(expected, rel=1e-3)


def test_without_snr_weighting_every_block_weighs_the_same(make) -> None:
    assert make("noprop-dt", snr_weighting=False, eta=0.3).weights_T == [0.3] * 3
    with_it = make("noprop-dt", eta=0.3)
    expected = (3 / 2 * 0.3 * with_it.schedule.snr_gain).tolist()
    assert with_it.weights_T == pytest.approx(expected)


def test_the_controls_are_what_they_are_called(make, batch) -> None:
    dt = make("noprop-dt", timesteps=2)
    dt.network.eval()
    with torch.no_grad():
        for t in (1, 2):  # so that what is said depends on the noise
            dt.block(t).joined[-1].weight.mul_(30)
    encoded = dt.encode(batch[0])
    noise = torch.Generator().manual_seed(4)
    z = [dt.pure_noise(len(batch[0]), noise) for _ in range(4)]
    controls = dt.controls(encoded, torch.Generator().manual_seed(4))
    logits = [dt.block(t).logits(encoded[t - 1], z[t - 1]) for t in (1, 2)]
    assert torch.equal(controls["first block alone"], logits[0].argmax(dim=1))
    assert torch.equal(controls["last block alone"], logits[1].argmax(dim=1))
    both = logits[0].softmax(dim=1) + logits[1].softmax(dim=1)
    assert torch.equal(controls["ensemble of blocks"], both.argmax(dim=1))

    def estimate(t: int, z_BD: torch.Tensor) -> torch.Tensor:
        return dt.clean_estimate(dt.block(t).logits(encoded[t - 1], z_BD))

    mean_only = z[2]
    for t in (1, 2):
        a, b, _ = dt.schedule.step(t)
        mean_only = a * estimate(t, mean_only) + b * mean_only
    passed_on = estimate(2, estimate(1, z[3]))
    for name, state in (("mean of Eq. 3 only", mean_only), ("z <- û", passed_on)):
        assert torch.equal(controls[name], dt.class_logits(state).argmax(dim=1))


def test_the_scale_of_its_loss_leaves_a_block_as_it_would_be(make, batch) -> None:
    dts = [make("noprop-dt"), make("noprop-dt", eta=0.1 * 1024)]  # a power of two: exact
    for dt in dts:
        assert {"eta", "snr_weighting"} <= set(dt.idle_options(dt.config))
        for optimizer in dt.block_optimizers:
            optimizer.param_groups[0]["eps"] = 1e-30  # what else would feel the scale
        for _ in range(3):
            dt.train_all_blocks(*batch)
    for ours, theirs in zip(*(dt.network.blocks.parameters() for dt in dts), strict=True):
        assert torch.equal(ours, theirs)


def test_with_trained_embeddings_no_option_is_idle(make) -> None:
    dt = make("noprop-dt", embedding={"kind": "learned"})
    assert dt.idle_options(dt.config) == ()
