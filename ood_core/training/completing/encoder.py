"""An encoder from samples: random latents are drawn, and it is to tell them from the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from einops import rearrange
from torch import Tensor

from ...bundle import Bundle
from ...images import resize_area
from ...inversion import EncoderConfig, GradualStyleEncoder, encode
from ...inversion.descent import error_of
from ...making.sampling import random_latents
from ..augment import foreign_shapes
from ..encoder import psnr_of
from .how import Completing
from .part import PartFromSamples

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 8
_LEAST_STEM = 16  # with 8 channels in NHWC order PyTorch 2.13 writes beyond its memory, on CPUs with AVX-512
_FOREIGN = 0.5  # of the inputs have a foreign shape over them: what it hides is still asked of the latents
_LATENTS_ONLY = 0.5  # of the training, which is several times faster than to draw what was encoded


def encoder_sizes(bundle: Bundle) -> EncoderConfig:
    """Sizes of an encoder that suits a generator: those of portraits-128, in proportion to its latents."""
    config = bundle.generator.config
    side = {32: 32, 64: 64, 128: 64, 256: 128}.get(config.resolution, 256 if config.resolution > 256 else 16)
    widths = tuple(max(8, config.w_dim * share // 16) for share in (3, 6, 12, 16))
    styles = config.num_styles
    return EncoderConfig(
        input_resolution=side,
        stem=max(_LEAST_STEM, config.w_dim // 8),
        widths=widths,
        depths=(1, 2, 2, 2),
        n_styles=styles,
        style_dim=config.w_dim,
        coarse=min(4, styles),
        middle=min(8, styles),
    )


class EncoderFromSamples(PartFromSamples):
    """Random latents are drawn, and the encoder is to tell them from the picture.

    Args:
        bundle: its generator is not changed.
        how: steps and sizes.
        accelerator: device and processes.
        photos: pictures of the user's, [N, 3, R, R], of which nobody knows the latents; they are to be drawn
            again. None for none.
    """

    def __init__(
        self, bundle: Bundle, how: Completing, accelerator: Accelerator, photos: Tensor | None = None
    ) -> None:
        self.bundle, self.photos = bundle, photos
        with torch.random.fork_rng():
            torch.manual_seed(how.seed)
            self.trained = GradualStyleEncoder(encoder_sizes(bundle))
        super().__init__("encoder", self.trained, how, accelerator, how.steps)
        latents = random_latents(bundle, 1000, torch.Generator().manual_seed(how.seed))
        self.w_avg = bundle.generator.mapping.w_avg
        self.spread = (latents - self.w_avg).square().mean().sqrt()

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch of samples, and one of photographs where there are any."""
        target = self._latents(random)
        with torch.no_grad():
            image = self.bundle.generator.synthesis(target).clamp(-1, 1)
        shown, cover = foreign_shapes(image.cpu(), random, _FOREIGN)
        codes = self._codes(shown.to(image))
        latent = ((codes - target) / self.spread).square().mean()
        loss, scalars = latent, {"latent": latent.detach()}
        if index >= _LATENTS_ONLY * self.steps:
            loss = loss + self._drawn_again(codes, image, 1 - cover.to(image), scalars)
            if self.photos is not None:
                chosen = torch.randint(len(self.photos), (self.how.batch // 2,), generator=random)
                photos = self.photos[chosen].to(image)
                loss = loss + self._drawn_again(
                    self._codes(photos), photos, torch.ones_like(photos[:, :1]), {}
                )
        self.descend(loss, index)
        return scalars

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """A row of samples over a row of what is made of them."""
        images = self.bundle.generator.synthesis(self._latents(torch.Generator().manual_seed(1))).clamp(-1, 1)
        images = images[:_SHEET]
        self.trained.eval()
        made = self.bundle.generator.synthesis(encode(images, self.trained, self.w_avg)).clamp(-1, 1)
        self.trained.train()
        return rearrange(torch.cat([images, made]).cpu(), "(r c) ch h w -> ch (r h) (c w)", r=2)

    def _latents(self, random: torch.Generator) -> Tensor:
        """W+ of random samples, [B, L, D]: half of them cross over into another at a random style."""
        first, second = random_latents(self.bundle, 2 * self.how.batch, random).chunk(2)
        styles = self.bundle.generator.num_styles
        cut = torch.randint(1, 2 * styles, (self.how.batch, 1, 1), generator=random).to(first.device)
        later = torch.arange(styles, device=first.device)[None, :, None] >= cut
        return torch.where(later, second[:, None], first[:, None])

    def _codes(self, image: Tensor) -> Tensor:
        codes: Tensor = self.network(resize_area(image, self.trained.config.input_resolution))
        return codes + self.w_avg

    def _drawn_again(
        self, codes: Tensor, image: Tensor, visible: Tensor, scalars: dict[str, Tensor]
    ) -> Tensor:
        """Error of the picture of latents where something is to be seen."""
        made = self.bundle.generator.synthesis(codes)
        scalars["psnr"] = psnr_of((made.detach().clamp(-1, 1) - image).square() * visible)
        return error_of(made * visible, image * visible).mean()
