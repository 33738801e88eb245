"""Pivotal tuning: the generator bent around one picture's latents, as a small difference.

Roich et al. 2021, "Pivotal Tuning for Latent-based Editing of Real Images", §3. They keep a second generator
for each picture; here its convolutions get a difference of low rank (Hu et al. 2021, LoRA, §4.1), which is a
hundredth as large and travels with the latents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..errors import ShapeError
from ..images import resize_area
from ..progress import Progress
from ..stylegan2 import Generator
from ..stylegan2.layers import SynthesisLayer, ToRGB
from .descent import TOLERANCE, error_of, plain, plain_tensors

Tuning = Mapping[str, Tensor]
"""Name of a layer and "/up" [B,O,r], "/down" [B,r,I·k·k] or "/bias" [B,O] → a batch of differences; empty for
the generator as it is."""

_LOCAL = 0.1  # weight of locality; λ_R of Roich et al., table 5
_NEAR = 0.5  # share of the way to a random latent at which locality is asked for
_EVERY = 2  # steps between two looks at locality: it costs as much as the picture does


@dataclass(frozen=True)
class TuningSettings:
    """How the generator is tuned.

    Attributes:
        steps: updates.
        rank: r, of each layer's difference.
        learning_rate: Adam's.
        seed: of the random latents around the pivot, and where the differences begin.
    """

    steps: int = 30
    rank: int = 8
    learning_rate: float = 4e-3
    seed: int = 0


def tune(
    image: Tensor,
    latents: Tensor,
    generator: Generator,
    settings: TuningSettings = TuningSettings(),
    progress: Progress | None = None,
) -> Tuning:
    """Bend a generator so that its picture of some latents comes closer to the given one.

    What the generator cannot draw counts little, as in `optimise`: tuned to draw it, the edit was worse.
    Besides the picture's own error, pictures of latents half way to random ones are to stay as they were:
    the edit moves there (§3.3, locality regularisation). Samples do not influence each other. Works inside
    ``torch.inference_mode``.

    Args:
        image: [B,3,H,W] in [-1,1]; averaged down to the generator's resolution.
        latents: the pivots, [B,L,D].
        generator: is not changed.
        settings: steps and sizes.
        progress: told after each step.

    Returns:
        The differences, for `drawn`.

    Raises:
        ShapeError: if there are not as many images as latents.
    """
    if len(image) != len(latents):
        raise ShapeError(f"{len(image)} images but {len(latents)} latents: give one for each.")
    with torch.inference_mode(False), torch.enable_grad():
        target = plain(resize_area(image, generator.config.resolution))
        parts = []
        for number in range(len(image)):
            one = slice(number, number + 1)
            told = None if progress is None else _share(progress, number, len(image))
            parts.append(_tune_one(target[one], plain(latents[one]), generator, settings, told))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def drawn(generator: Generator, latents: Tensor, tuning: Tuning) -> Tensor:
    """The pictures of latents by a generator, each with its own tuning.

    Args:
        generator: as it is.
        latents: [B,L,D].
        tuning: of as many samples; empty for none.

    Returns:
        [B,3,R,R], not clamped.
    """
    if not tuning:
        return generator.synthesis(latents)
    tensors = {name: tensor.detach() for name, tensor in generator.synthesis.named_parameters()}
    pictures = []
    for number, one in enumerate(latents.split(1)):
        own = {name: tensor[number].to(latents.device) for name, tensor in tuning.items()}
        pictures.append(functional_call(generator.synthesis, _tuned(tensors, own), (one,)))
    return torch.cat(pictures)


def part_of(tuning: Tuning, part: slice) -> Tuning:
    """The tuning of some samples of a batch."""
    return {name: tensor[part] for name, tensor in tuning.items()}


def _tune_one(
    target: Tensor, pivot: Tensor, generator: Generator, settings: TuningSettings, progress: Progress | None
) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(settings.seed)
    tensors = plain_tensors(generator.synthesis)
    own = _beginnings(generator.synthesis, settings.rank, random, pivot)
    adam = torch.optim.Adam([*own.values()], lr=settings.learning_rate, betas=(0.9, 0.99))

    def synthesise(latents: Tensor, differences: Mapping[str, Tensor]) -> Tensor:
        made: Tensor = functional_call(generator.synthesis, _tuned(tensors, differences), (latents,))
        return made

    for step in range(settings.steps):
        adam.zero_grad()
        loss = error_of(synthesise(pivot, own), target, TOLERANCE).sum()
        if step % _EVERY == 0:
            loss = loss + _EVERY * _LOCAL * _locality(pivot, generator, synthesise, own, random)
        loss.backward()
        adam.step()
        if progress is not None:
            progress(step + 1, settings.steps, "tuning the generator")
    return {name: tensor.detach()[None] for name, tensor in own.items()}


def _locality(
    pivot: Tensor,
    generator: Generator,
    synthesise: Callable[[Tensor, Mapping[str, Tensor]], Tensor],
    own: Mapping[str, Tensor],
    random: torch.Generator,
) -> Tensor:
    """How far the tuned generator's picture near the pivot lies from the generator's own (eq. 4)."""
    mapping = plain_tensors(generator.mapping)
    z = torch.randn(1, generator.config.z_dim, generator=random).to(pivot)
    with torch.no_grad():
        other: Tensor = functional_call(generator.mapping, mapping, (z,))
        near = torch.lerp(pivot, other, _NEAR)
        before = synthesise(near, {})
    return (synthesise(near, own) - before).square().mean()


def _beginnings(synthesis: nn.Module, rank: int, random: torch.Generator, like: Tensor) -> dict[str, Tensor]:
    """Differences of nothing: every "up" is zero."""
    own: dict[str, Tensor] = {}
    for name, layer in synthesis.named_modules():
        if isinstance(layer, SynthesisLayer | ToRGB):
            rows, columns = layer.weight.shape[0], layer.weight[0].numel()
            own[f"{name}/up"] = torch.zeros(rows, rank).to(like)
            own[f"{name}/down"] = torch.randn(rank, columns, generator=random).to(like)
            own[f"{name}/bias"] = torch.zeros(rows).to(like)
    return {name: tensor.requires_grad_() for name, tensor in own.items()}


def _tuned(tensors: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A network's tensors with the differences added to the layers' weights and biases."""
    tuned = dict(tensors)
    for name, up in own.items():
        layer, _, part = name.partition("/")
        if part == "bias":
            tuned[f"{layer}.bias"] = tensors[f"{layer}.bias"] + up
        elif part == "up":
            weight = tensors[f"{layer}.weight"]
            change = (up @ own[f"{layer}/down"]).reshape(weight.shape)
            tuned[f"{layer}.weight"] = weight + change.to(weight.dtype)
    return tuned


def _share(progress: Progress, number: int, count: int) -> Progress:
    """A `Progress` for one sample of several."""
    return lambda done, total, note: progress(number * total + done, count * total, note)
