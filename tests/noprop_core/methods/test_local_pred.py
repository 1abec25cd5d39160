"""The local prediction loss against its definition, and its layers against those of a CNN."""

import pytest
import torch
from torch import nn

from noprop_core.image_path import Dropout, ImagePath, ImagePathConfig
from noprop_core.local_layers import local_classifier, local_layers


def weights_of(method) -> tuple[dict[str, torch.Tensor], list[tuple]]:
    """Return the layers' and the classifiers' weights as the reference takes them."""
    convolutions = [layer.activity[0] for layer in method.network[:3]]
    dense, norm = method.network[3].activity[:2]
    layers = {f"conv{i}": conv.weight for i, conv in enumerate(convolutions, start=1)}
    layers |= {f"bias{i}": conv.bias for i, conv in enumerate(convolutions, start=1)}
    layers |= {"dense": dense.weight, "bias4": dense.bias}
    layers |= {"gain": norm.weight, "shift": norm.bias}
    readers = [layer.classifier[-1] for layer in method.network]
    return layers, [(reader.weight, reader.bias) for reader in readers]


@pytest.mark.parametrize("inputs", [40, 4096])
def test_losses_and_gradients_equal_the_reference(make, reference, batch, inputs: int) -> None:
    plain = reference("local_pred")
    method = make("local-pred", classifier_inputs=inputs, classifier_start="default")
    method.network.double()
    twin = make("local-pred", classifier_inputs=inputs, classifier_start="default")
    x_BCHW, y_B = batch[0].double(), batch[1]
    for _ in range(3):
        layers, readers = weights_of(method)
        given = {name: w.detach().clone().requires_grad_() for name, w in layers.items()}
        classifiers = [tuple(w.detach().clone().requires_grad_() for w in r) for r in readers]
        masks = []
        for size in ((8, 4, 6), (16, 4, 6), (32, 2, 3)):  # a twin draws the same masks
            layout = torch.empty(len(y_B), *size, dtype=torch.float64)
            layout = layout.to(memory_format=torch.channels_last)
            masks.append(layout.bernoulli_(0.8, generator=twin.noise) / 0.8)
        found = plain.activities(given, x_BCHW, masks)
        losses = [plain.loss(s, y_B) for s in plain.scores(found, classifiers, inputs)]
        sum(losses).backward()

        loss = method.train_step(x_BCHW, y_B)
        torch.testing.assert_close(loss, sum(losses).detach(), rtol=1e-9, atol=1e-9)
        for name, weight in layers.items():
            torch.testing.assert_close(weight.grad, given[name].grad, rtol=1e-7, atol=1e-10)
        for got, want in zip(readers, classifiers, strict=True):
            for ours, theirs in zip(got, want, strict=True):
                torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-7, atol=1e-10)


def test_the_last_layer_s_classifier_predicts(make, batch) -> None:
    method = make("local-pred")
    for _ in range(3):
        method.train_step(*batch)
    method.network.eval()
    with torch.no_grad():
        x = batch[0]
        for layer in method.network[:-1]:
            x = layer.onward(layer.activity(x))
        expected_BK = method.network[-1].classifier(method.network[-1].activity(x))
        classes_B = method.predict(method.encode(batch[0]), torch.Generator())
    assert torch.equal(classes_B, expected_BK.argmax(dim=1))


def test_layers_and_last_classifier_start_as_those_of_the_method_classifier(make) -> None:
    path, _, head = make("classifier").network
    local = make("local-pred", classifier_start="default").network
    ours = [p for layer in local for p in layer.activity.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(path.parameters(), ours, strict=True))
    assert torch.equal(local[-1].classifier[0].weight, head.weight)
    assert torch.equal(local[-1].classifier[0].bias, head.bias)
    zero = make("local-pred").network
    assert all(not bool(layer.classifier[-1].weight.any()) for layer in zero)
    assert torch.equal(zero[-1].classifier[0].bias, head.bias)


def test_untrained_layers_compute_what_the_classifier_computes(make, batch) -> None:
    classifier, local = make("classifier"), make("local-pred", classifier_start="default")
    for mode in (True, False):  # in training the dropout masks agree, too
        classifier.network.train(mode)
        local.network.train(mode)
        expected_BK = classifier.network(batch[0])
        *_, logits_BK = local.layer_logits(batch[0])
        assert torch.equal(logits_BK, expected_BK)


def test_nothing_of_the_image_path_is_lost_in_the_cut() -> None:
    path = ImagePath((1, 8, 8), ImagePathConfig(width=0.25), torch.Generator())
    layers = local_layers(path, (1, 8, 8), 10, 4096, zero_start=True)
    kept = [m for layer in layers for m in (*layer.activity, *layer.onward)]
    assert set(kept[:-1]) == set(path)
    assert isinstance(kept[-1], nn.ReLU)
    assert kept[-1] not in list(path)
    assert all(isinstance(layer.activity[-1], nn.ReLU) for layer in layers)
    assert all(m.training for m in layers.modules())
    assert sum(isinstance(m, Dropout) for layer in layers for m in layer.onward) == 3
    assert not bool(path[-1].running_mean.any())


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((32, 28, 28), 32 * 7 * 14),  # conv 1 of MNIST at width 1
        ((64, 14, 14), 64 * 7 * 7),
        ((128, 14, 14), 128 * 4 * 7),
        ((32, 32, 32), 4096),  # conv 1 of CIFAR
        ((8, 8, 8), 512),
        ((5000, 3, 3), 5000),  # no fewer than one value per channel
        ((256,), 256),
    ],
)
def test_classifiers_see_about_4096_values(shape: tuple[int, ...], expected: int) -> None:
    classifier = local_classifier(shape, 10, 4096)
    assert classifier[-1].in_features == expected
    assert classifier(torch.randn(2, *shape)).shape == (2, 10)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32)])
def test_layers_fit_every_image_size_and_many_classes(shape: tuple[int, int, int]) -> None:
    path = ImagePath(shape, ImagePathConfig(width=0.25), torch.Generator())
    x = torch.randn(2, *shape)
    for layer in local_layers(path, shape, 100, 4096, zero_start=True):
        logits_BK, x = layer(x)
        assert logits_BK.shape == (2, 100)
        assert not x.requires_grad
