"""Latents by descent: nearer to a picture, step by step, from wherever they start."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from ..errors import ShapeError
from ..images import resize_area
from ..progress import Progress
from ..stylegan2 import Generator

_SCALES = (1, 4, 16)  # the picture, and what is left of it after averaging blocks: position before texture


def optimise(
    image: Tensor,
    latents: Tensor,
    generator: Generator,
    steps: int = 30,
    learning_rate: float = 0.02,
    progress: Progress | None = None,
    anchor: float = 0.05,
) -> Tensor:
    """Refine latents by Adam so that their picture comes closer to the given one.

    The error is the mean absolute difference, at full size and after averaging 4x4 and 16x16 blocks. Far
    from where the encoder put them latents reconstruct better but edit worse (Tov et al. 2021, "Designing
    an Encoder for StyleGAN Image Manipulation", §3), hence the anchor. Samples do not influence each other,
    and none comes back worse than it went in. Works inside ``torch.inference_mode``.

    Args:
        image: [B,3,H,W] in [-1,1]; averaged down to the generator's resolution.
        latents: where to start, [B,L,D].
        generator: is not changed.
        steps: updates; 0 returns the latents as they are.
        learning_rate: Adam's step in units of the start's root mean square, so that it suits any generator.
        progress: called as (done, total, note) after each step.
        anchor: weight of the mean squared distance from the start, in the same units.

    Returns:
        Latents [B,L,D].

    Raises:
        ShapeError: if there are not as many images as latents.
    """
    if image.shape[0] != latents.shape[0]:
        raise ShapeError(f"{image.shape[0]} images but {latents.shape[0]} latents: give one for each.")
    with torch.inference_mode(False), torch.enable_grad():
        target = plain(resize_area(image, generator.config.resolution))
        start = plain(latents)
        synthesise = _frozen(generator.synthesis)
        unit = start.square().mean(dim=(1, 2), keepdim=True).sqrt().clamp(min=1e-8)
        shift = torch.zeros_like(start, requires_grad=True)
        adam = torch.optim.Adam([shift], lr=learning_rate, betas=(0.9, 0.99))
        best, least = start, torch.full_like(start[:, 0, 0], torch.inf)
        for step in range(steps + 1):
            moved = start + unit * shift
            error = error_of(synthesise(moved), target)
            best = torch.where((error < least)[:, None, None], moved.detach(), best)
            least = torch.minimum(error.detach(), least)
            if step == steps:
                break
            adam.zero_grad()
            (error + anchor * shift.square().mean(dim=(1, 2))).sum().backward()
            adam.step()
            if progress:
                progress(step + 1, steps, "refining the inversion")
    return best


def error_of(image: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference over all scales, one number a sample: [B]."""
    difference = image - target
    pooled = [F.avg_pool2d(difference, scale) for scale in _SCALES if scale <= min(difference.shape[-2:])]
    return torch.stack([p.abs().mean(dim=(1, 2, 3)) for p in pooled]).mean(dim=0)


def plain(tensor: Tensor) -> Tensor:
    """The tensor without history, and copied where inference mode has made it unusable for gradients."""
    return tensor.clone() if tensor.is_inference() else tensor.detach()


def plain_tensors(module: nn.Module) -> dict[str, Tensor]:
    """A module's parameters and buffers, each as `plain` makes it."""
    return {name: plain(t) for name, t in (*module.named_parameters(), *module.named_buffers())}


def _frozen(module: nn.Module) -> Callable[[Tensor], Tensor]:
    """The module as a function of its input alone: its weights, even inference tensors, get no gradients."""
    tensors = plain_tensors(module)
    return lambda *inputs: functional_call(module, tensors, inputs)
