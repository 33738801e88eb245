"""Training a detector of the domain's faces, from YuNet's published weights; fitting the domain's frame."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from einops import rearrange
from torch import Tensor, nn

from ..alignment.detect import find_faces
from ..alignment.frame import Frame
from ..alignment.show import draw_faces
from ..alignment.yunet import built_in
from ..bundle.memory import channels_last
from ..domains import Crowd, PhotographedDomain, Placing, load_domain
from ..files.networks import save_network
from .augment import as_photographed, foreign_shapes
from .detection_loss import DetectionWeights, detection_loss
from .recipe import LoopRecipe
from .schedule import batches, set_learning_rate, warm_then_decay

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 4
_ERROR = 0.025  # of the picture's side, that detected landmarks move a corner on top
_FITTED = 500  # people whose landmarks the frame is fitted to


@dataclass(frozen=True)
class CrowdsRecipe:
    """Which pictures a detector sees.

    Attributes:
        domain: whose portraits.
        portraits, walls: how many are drawn once, of one ``seed``.
        side: of a training picture in pixels.
        people: at most so many in one; none at times.
        placing: their sizes and turns.
        blurred, foreign: share of the pictures that are blurred, and that have a foreign shape over them.
    """

    domain: str
    portraits: int
    walls: int
    seed: int
    side: int
    people: int
    placing: Placing
    blurred: float
    foreign: float


@dataclass(frozen=True)
class DetectorRecipe:
    """Everything the detector's training depends on."""

    loop: LoopRecipe
    crowds: CrowdsRecipe
    weights: DetectionWeights
    kimg: float
    batch: int
    learning_rate: float


class DetectorTask:
    """The detector; it starts as the built-in one, which knows photographs."""

    def __init__(self, recipe: DetectorRecipe, folder: Path, accelerator: Accelerator) -> None:
        self.recipe = recipe
        self.accelerator = accelerator
        self.domain = cast(PhotographedDomain, load_domain(recipe.crowds.domain))
        random = torch.Generator().manual_seed(recipe.crowds.seed)
        self.crowds = self.domain.Crowds(recipe.crowds.portraits, recipe.crowds.walls, random)
        network = channels_last(built_in()).train().requires_grad_(True)
        self.modules: dict[str, nn.Module] = {"detector": network}
        self.optimisers = {"detector": torch.optim.Adam(network.parameters(), betas=(0.9, 0.99), fused=True)}
        self.network, self.optimiser = accelerator.prepare(network, self.optimisers["detector"])
        self.steps = batches(recipe.kimg, recipe.batch)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch."""
        set_learning_rate(self.optimiser, self.recipe.learning_rate * warm_then_decay(index, self.steps))
        crowds = [self._crowd(random) for _ in range(self.recipe.batch)]
        images, _ = foreign_shapes(torch.cat([c.image for c in crowds]), random, self.recipe.crowds.foreign)
        images = as_photographed(images, random, self.recipe.crowds.blurred)
        device = self.accelerator.device
        boxes, landmarks = ([t.to(device) for t in each] for each in _truth(crowds, self.recipe.crowds.side))
        raw = self.network(images.to(device).contiguous(memory_format=torch.channels_last))
        loss, scalars = detection_loss(raw, boxes, landmarks, self.recipe.weights)
        self.optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimiser.step()
        return {"loss": loss.detach(), **{name: value.detach() for name, value in scalars.items()}}

    def _crowd(self, random: torch.Generator) -> Crowd:
        numbers = self.recipe.crowds
        count = int(torch.randint(numbers.people + 1, (), generator=random))
        return self.crowds.sample(count, numbers.side, random, numbers.placing)

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Pictures that were not trained on, with what is found in them."""
        random = torch.Generator().manual_seed(self.recipe.crowds.seed + 1)
        network = self.modules["detector"].eval()
        images = [self._crowd(random).image for _ in range(_SHEET)]
        drawn = [draw_faces(image, find_faces(image, network)) for image in images]  # type: ignore[arg-type]
        network.train()
        return rearrange(torch.cat(drawn).cpu(), "c ch h w -> ch h (c w)")

    def export(self, folder: Path) -> None:
        """Write detector.safetensors, and the frame of the domain's pictures as frame.json."""
        save_network(folder / "detector.safetensors", self.modules["detector"])
        random = torch.Generator().manual_seed(self.recipe.crowds.seed)
        people = self.domain.sample_factors(_FITTED, random)
        frame = fit_frame(self.domain.landmarks(people, 1))
        (folder / "frame.json").write_text(json.dumps(dataclasses.asdict(frame)), encoding="utf-8")


def fit_frame(landmarks: Tensor) -> Frame:
    """The frame whose squares come nearest to the pictures that the faces lie in, by least squares.

    Args:
        landmarks: of faces in pictures of side 1, [N, 5, 2].
    """
    eyes = landmarks[:, :2].mean(dim=1)
    down = landmarks[:, 3:].mean(dim=1) - eyes
    apart, long = (landmarks[:, 1] - landmarks[:, 0]).norm(dim=-1), down.norm(dim=-1)
    shift = ((0.5 - eyes) * down).sum() / down.square().sum()
    scales = torch.arange(1.0, 4.0, 0.02)
    halves = torch.maximum(scales[:, None, None] * apart, scales[None, :, None] * long)
    best = int((halves - 0.5).square().mean(dim=-1).argmin())
    numbers = [scales[best // len(scales)], scales[best % len(scales)], shift]
    half = torch.maximum(numbers[0] * apart, numbers[1] * long)
    spread = _farthest_corners(landmarks[:, 1] - landmarks[:, 0], down, half, eyes + shift * down).max()
    spread = spread + _ERROR
    return Frame(*(round(float(number), 3) for number in (*numbers, spread)))


def _farthest_corners(across: Tensor, down: Tensor, half: Tensor, centre: Tensor) -> Tensor:
    """How far a corner of each frame's square lies from that of its picture of side 1 at most, [N]."""
    axis = across - torch.stack([-down[:, 1], down[:, 0]], dim=1)
    axis = axis / axis.norm(dim=1, keepdim=True) * half[:, None] - torch.tensor([0.5, 0.0])
    upright = torch.stack([-axis[:, 1], axis[:, 0]], dim=1)
    corners = [centre - 0.5 + i * axis + j * upright for i in (-1, 1) for j in (-1, 1)]
    return torch.stack(corners).norm(dim=-1).amax(dim=0)


def _truth(crowds: list[Crowd], side: int) -> tuple[list[Tensor], list[Tensor]]:
    """Boxes and landmarks to be found; a face larger than the picture is found where it is seen smaller."""
    wanted = [(crowd.boxes[:, 2:] - crowd.boxes[:, :2]).amax(dim=1) < side for crowd in crowds]
    boxes = [crowd.boxes[which] for crowd, which in zip(crowds, wanted, strict=True)]
    return boxes, [crowd.landmarks[which] for crowd, which in zip(crowds, wanted, strict=True)]
