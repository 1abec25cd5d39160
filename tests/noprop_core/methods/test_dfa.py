"""Direct feedback alignment against gradients by hand, and what it shares with back-propagation."""

import pytest
import torch


def pieces(method):
    """Return the weights as the reference takes them: W, b, V, c, B."""
    hidden, (head,) = method.network.hidden, method.network.heads
    W, b = [layer.weight.detach() for layer in hidden], [layer.bias.detach() for layer in hidden]
    return W, b, head.weight.detach(), head.bias.detach(), [f.T for f in method.feedback]


def grads(method) -> list[torch.Tensor]:
    return [p.grad for block in method.blocks() for p in block]


def test_training_equals_the_reference_step_by_step(make, reference, stripes) -> None:
    dfa, twin = make("dfa"), make("dfa")
    dfa.network.double()
    twin.network.double()
    weights = [p for block in twin.blocks() for p in block]
    optimizer = reference("noprop_dt").PlainAdamW(weights, 1e-3, 1e-3)
    order = torch.Generator().manual_seed(0)
    for indices_B in stripes.epoch_indices(24, order):
        x_BCHW, y_B = stripes.training_batch(indices_B)
        loss = dfa.train_step(x_BCHW.double(), y_B)
        expected, gradients = reference("dfa").gradients(*pieces(twin), x_BCHW.double(), y_B)
        assert float(loss) == pytest.approx(expected, rel=1e-9)
        for got, want in zip(grads(dfa), gradients, strict=True):
            torch.testing.assert_close(got, want, rtol=1e-7, atol=1e-10)
        optimizer.step(gradients)
    for got, want in zip(dfa.network.parameters(), weights, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-7, atol=1e-8)


def test_prediction_equals_the_reference(make, reference, batch) -> None:
    dfa = make("dfa")
    dfa.train_step(*batch)
    *weights, _ = pieces(dfa)
    expected = [
        int(reference("dfa").forward(*weights, image.flatten())[2].argmax()) for image in batch[0]
    ]
    with torch.no_grad():
        classes_B = dfa.predict(dfa.encode(batch[0]), torch.Generator())
    assert classes_B.tolist() == expected


def test_the_head_s_transpose_as_feedback_is_back_propagation_into_the_last_layer(
    make, batch
) -> None:
    dfa, backprop = make("dfa"), make("backprop-mlp")
    for method in (dfa, backprop):
        method.network.double()
    dfa.feedback[-1].copy_(dfa.network.heads[0].weight.detach())
    x_BCHW, y_B = batch[0].double(), batch[1]
    for method in (dfa, backprop):
        method.train_step(x_BCHW, y_B)
    ours, theirs = dfa.blocks(), backprop.blocks()
    for block in (-1, -2):
        for got, want in zip(ours[block], theirs[block], strict=True):
            torch.testing.assert_close(got.grad, want.grad, rtol=1e-9, atol=1e-12)
    assert not torch.allclose(ours[0][0].grad, theirs[0][0].grad)


def test_in_a_linear_network_products_of_weights_as_feedback_are_back_propagation(
    make, batch
) -> None:
    dfa, backprop = make("dfa"), make("backprop-mlp")
    for method in (dfa, backprop):
        method.network.double()
        with torch.no_grad():
            for layer in method.network.hidden:
                layer.weight.mul_(0.05)
                layer.bias.fill_(1.0)  # no sum is negative: every ReLU is the identity
    with torch.no_grad():
        product_KU = dfa.network.heads[0].weight
        for i in (2, 1, 0):
            dfa.feedback[i].copy_(product_KU)
            product_KU = product_KU @ dfa.network.hidden[i].weight
    for method in (dfa, backprop):
        method.train_step(batch[0].double(), batch[1])
    for got, want in zip(grads(dfa), grads(backprop), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-12)


def test_where_the_error_is_the_same_later_layers_do_not_matter(make, batch) -> None:
    left, right = make("dfa"), make("dfa")
    with torch.no_grad():
        for method in (left, right):
            method.network.heads[0].weight.zero_()  # the output, and so the error, is its bias
        for layer in right.network.hidden[1:]:
            layer.weight.mul_(-2)
    for method in (left, right):
        method.train_step(*batch)
    first, second = (method.network.hidden[0] for method in (left, right))
    assert float(first.weight.grad.abs().sum()) > 0
    assert torch.equal(first.weight, second.weight)
    assert torch.equal(first.bias, second.bias)


def test_feedback_is_fixed_bounded_and_not_trained(make, batch) -> None:
    dfa = make("dfa", feedback_scale=2.0)
    before, units = dfa.feedback.clone(), dfa.network.units
    for _ in range(3):
        dfa.train_step(*batch)
    assert torch.equal(dfa.feedback, before)
    assert before.shape == (3, 3, units)
    assert 1.9 < float(before.abs().max()) * units**0.5 <= 2.0
    assert "feedback_LKU" not in dict(dfa.network.named_parameters())
    assert "feedback_LKU" in dfa.network.state_dict()


def test_it_starts_from_the_baseline_s_weights(make) -> None:
    dfa, baseline = make("dfa").network.state_dict(), make("backprop-mlp").network.state_dict()
    assert set(dfa) - set(baseline) == {"feedback_LKU"}
    assert all(torch.equal(dfa[key], value) for key, value in baseline.items())
