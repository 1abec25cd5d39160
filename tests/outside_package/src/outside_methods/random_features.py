"""A fixed random layer under a trained linear one."""

from pydantic import Field
from torch import nn
from torch.nn.functional import cross_entropy

from noprop_core.image_path import scaled
from noprop_core.method import Method, MethodConfig


class RandomFeaturesConfig(MethodConfig):
    """Options of `random-features`, beside those of every method."""

    units: int = Field(2000, ge=1, le=100_000, description="random features at width 1")


class RandomFeatures(Method):
    """ReLU of a random projection that is never trained; softmax regression on top."""

    name = "random-features"
    title = "softmax regression on fixed random features"
    source = "Rahimi & Recht 2008, random features for large-scale kernel machines"
    networks = "a fixed random layer and a trained linear layer"
    deviations = ("ReLU features in place of cosines.",)
    left_open = {"units": "how many features there are; it depends on the task"}
    uses_timesteps = False
    independent_blocks = False
    deterministic_inference = True
    Config = RandomFeaturesConfig

    def build(self):
        """Build both layers; `image_shape` and `classes` are the task's."""
        channels, height, width = self.image_shape
        units = scaled(self.config.units, self.config.width)
        fixed = nn.Linear(channels * height * width, units).requires_grad_(False)
        return nn.Sequential(nn.Flatten(), fixed, nn.ReLU(), nn.Linear(units, self.classes))

    def train_step(self, x_BCHW, y_B):
        """Take one step down the cross-entropy, with the configured optimiser."""
        return self.minimise(cross_entropy(self.network(x_BCHW), y_B), self.optimizer)

    def logits(self, encoded, generator):
        """Return the class scores; `encoded` are the images, as there is no `encode`."""
        return self.network(encoded)
