"""The networks that an autoencoder's training trains together, and what it does to their latents."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..images import resize_area
from ..inversion import GradualStyleEncoder
from ..stylegan2 import Generator


class Autoencoder(nn.Module):
    """Encoder, synthesis and the edits of strength 1, [A, L, D]."""

    def __init__(self, generator: Generator, encoder: GradualStyleEncoder, attributes: int) -> None:
        super().__init__()
        self.generator = generator
        self.encoder = encoder
        config = generator.config
        self.steps = nn.Parameter(torch.zeros(attributes, config.num_styles, config.w_dim))

    def encode(self, image: Tensor) -> Tensor:
        """[B, 3, R, R] to W+, [B, L, D]; before the export w_avg is 0."""
        latents: Tensor = self.encoder(resize_area(image, self.encoder.config.input_resolution))
        return latents

    def draw(self, latents: Tensor, resolution: int | None = None) -> Tensor:
        """[B, L, D] to [B, 3, R, R]."""
        picture: Tensor = self.generator.synthesis(latents, resolution)
        return picture


def disturb(latents: Tensor, in_w: Tensor, jitter: Tensor) -> Tensor:
    """Some latents drawn to the mean of their styles, and all of them moved a little.

    The move is in each latent's own spread. By the spread of all together every style had to be louder than
    the others to be heard, and they grew a thousandfold.

    Args:
        latents: [B, L, D].
        in_w: 1 for those that become the mean of their styles, 0 for the others, [B, 1, 1].
        jitter: in spreads, [B, L, D].

    Returns:
        [B, L, D].
    """
    moved = torch.lerp(latents, latents.mean(dim=1, keepdim=True), in_w)
    return moved + jitter * latents.detach().std(dim=0, correction=0)


def relative_to(encoder: GradualStyleEncoder, w_avg: Tensor) -> GradualStyleEncoder:
    """The encoder whose codes are relative to ``w_avg``: its last biases are less by that much."""
    for head in encoder.styles:
        bias = head.linear.bias  # type: ignore[union-attr]
        bias.sub_(w_avg / head.linear.bias_gain)  # type: ignore[union-attr, operator]
    return encoder
