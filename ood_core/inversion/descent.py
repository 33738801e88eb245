"""Latents by descent: nearer to a picture, step by step, from wherever they start."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from ..errors import ShapeError
from ..images import resize_area
from ..progress import Progress
from ..stylegan2 import Generator

TOLERANCE = 0.1
"""Of pictures in [-1, 1]: 13 grey levels. On people with things 0.05 and 0.2 helped edits as much."""
_SCALES = (1, 4, 16)  # the picture, and what is left of it after averaging blocks: position before texture


def optimise(
    image: Tensor,
    latents: Tensor,
    generator: Generator,
    steps: int = 30,
    learning_rate: float = 0.02,
    progress: Progress | None = None,
    anchor: float = 0.05,
    tolerance: float = TOLERANCE,
) -> Tensor:
    """Refine latents by Adam so that their picture comes closer to the given one.

    The error is a mean difference at full size and after averaging 4x4 and 16x16 blocks, in which what the
    generator cannot draw counts little: or latents would leave the person for the hat. Far
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
        tolerance: see `error_of`; infinity asks for things that the generator cannot draw as for the rest.

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
            error = error_of(synthesise(moved), target, tolerance)
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


def error_of(image: Tensor, target: Tensor, tolerance: float = math.inf) -> Tensor:
    """Mean difference over all scales, one number a sample: [B,3,R,R] twice -> [B].

    Args:
        image, target: pictures in [-1, 1].
        tolerance: t in t·|d| / (t + |d|) (Geman and McClure 1985, in |d|): differences d far above it hardly
            pull any more. Infinity is the mean absolute difference.
    """
    difference = image - target
    pooled = [F.avg_pool2d(difference, scale) for scale in _SCALES if scale <= min(difference.shape[-2:])]
    sizes = [
        p.abs() if math.isinf(tolerance) else tolerance * p.abs() / (tolerance + p.abs()) for p in pooled
    ]
    return torch.stack([size.mean(dim=(1, 2, 3)) for size in sizes]).mean(dim=0)


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
