"""The chain of Eq. 17-19, and what makes its comparison with NoProp-DT fair."""

import pytest
import torch


@pytest.mark.parametrize("kind", ["one-hot", "learned"])
def test_training_loss_and_gradients_equal_the_reference(make, reference, batch, kind) -> None:
    fast, twin = (make("backprop", embedding={"kind": kind}) for _ in range(2))
    fast.network.eval()  # no dropout, so that both see the same numbers; batch norm as it starts
    twin.network.eval()
    x_BCHW, y_B = batch
    blocks = [twin.block(t) for t in (1, 2, 3)]
    gates = twin.network.get_parameter("gates_T")
    for _ in range(3):
        loss = fast.train_step(x_BCHW, y_B)
        noise = twin.pure_noise(len(y_B), twin.noise)
        expected = reference("backprop").chain_loss(
            blocks,
            twin.network.head.linear,
            gates,
            x_BCHW,
            y_B,
            noise,
            twin.network.embedding.weight_KD,
        )
        twin.minimise(expected, twin.optimizer)
        torch.testing.assert_close(loss, expected.detach(), rtol=1e-5, atol=1e-6)
    pairs = zip(fast.network.parameters(), twin.network.parameters(), strict=True)
    for got, want in pairs:
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)


def test_the_gradient_reaches_the_first_block(make, batch) -> None:
    method = make("backprop", timesteps=4)
    method.train_step(*batch)
    assert any(float(p.grad.abs().sum()) > 0 for p in method.block(1).parameters())


def test_gates_start_where_the_option_says(make) -> None:
    gates_T = make("backprop", gate_init=0.25).network.get_parameter("gates_T")
    torch.testing.assert_close(torch.tanh(gates_T), torch.full((3,), 0.25))


@pytest.mark.parametrize("timesteps", [1, 3, 10])
def test_it_starts_from_the_weights_of_noprop_dt(make, timesteps: int) -> None:
    backprop = make("backprop", timesteps=timesteps).network.state_dict()
    noprop = make("noprop-dt", timesteps=timesteps).network.state_dict()
    assert set(backprop) - set(noprop) == {"gates_T"}
    assert all(torch.equal(backprop[name], value) for name, value in noprop.items())


@pytest.mark.parametrize("pair", [("backprop", "noprop-dt"), ("noprop-shared", "joint-shared")])
@pytest.mark.parametrize("timesteps", [1, 2, 10])
def test_parameters_agree_within_a_percent_inside_a_pair(make, pair, timesteps: int) -> None:
    first, second = (make(name, timesteps=timesteps).parameter_count() for name in pair)
    assert first == pytest.approx(second, rel=0.01)


def test_a_head_started_at_identity_tells_all_classes_apart(make) -> None:
    head = make("backprop").network.head.linear
    assert head(torch.eye(3)).argmax(dim=1).tolist() == [0, 1, 2]
    assert head.weight[0].tolist() == [5.0, 0.0, 0.0]
    assert head.bias.tolist() == [0.0, 0.0, 0.0]
