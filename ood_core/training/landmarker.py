"""Training the network that says exactly where a face's landmarks are, on windows around drawn faces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from einops import rearrange
from torch import Tensor, nn

from ..alignment import Faces, draw_faces
from ..alignment.faces import MIRRORED
from ..alignment.landmarker import Landmarker, LandmarkerConfig, windows_on
from ..alignment.views import Views, halvings
from ..bundle.memory import channels_last
from ..domains import PhotographedDomain, load_domain
from ..files.networks import save_network
from .augment import as_photographed, foreign_shapes
from .detector import CrowdsRecipe
from .recipe import LoopRecipe
from .schedule import batches, set_learning_rate, warm_then_decay

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 8


@dataclass(frozen=True)
class Unsteady:
    """How far windows are off, as those around a detector's landmarks are.

    Attributes:
        shift: of the centre, either way, in half windows.
        grow: of the logarithm of the size, either way.
        degrees: of the turn, either way.
    """

    shift: float
    grow: float
    degrees: float

    def shaken(self, views: Views, random: torch.Generator) -> Views:
        """Views a little off; half of them mirrored."""
        count = len(views)
        x, y, grow, turn, mirror = (2 * torch.rand(5, count, generator=random) - 1).unbind()
        return Views(
            views.centres + self.shift * views.halves[:, None] * torch.stack([x, y], dim=1),
            views.halves * (self.grow * grow).exp(),
            views.angles + math.radians(self.degrees) * turn,
            torch.where(mirror < 0, -1.0, 1.0),
        )


@dataclass(frozen=True)
class LandmarkerRecipe:
    """Everything the landmarker's training depends on; ``batch`` counts faces."""

    loop: LoopRecipe
    crowds: CrowdsRecipe
    landmarker: LandmarkerConfig
    unsteady: Unsteady
    kimg: float
    batch: int
    learning_rate: float


class LandmarkerTask:
    """The landmarker."""

    def __init__(self, recipe: LandmarkerRecipe, folder: Path, accelerator: Accelerator) -> None:
        self.recipe = recipe
        self.accelerator = accelerator
        numbers = recipe.crowds
        domain = cast(PhotographedDomain, load_domain(numbers.domain))
        random = torch.Generator().manual_seed(numbers.seed)
        self.crowds = domain.Crowds(numbers.portraits, numbers.walls, random)
        torch.manual_seed(recipe.loop.seed)
        network = channels_last(Landmarker(recipe.landmarker))
        self.modules: dict[str, nn.Module] = {"landmarker": network}
        adam = torch.optim.Adam(network.parameters(), betas=(0.9, 0.99), fused=True)
        self.optimisers = {"landmarker": adam}
        self.network, self.optimiser = accelerator.prepare(network, adam)
        self.steps = batches(recipe.kimg, recipe.batch)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch; the loss is the mean distance in distances between the eyes."""
        windows, truth = self._windows(self.recipe.batch, random)
        windows, _ = foreign_shapes(windows, random, self.recipe.crowds.foreign)
        windows = as_photographed(windows, random, self.recipe.crowds.blurred)
        windows, truth = windows.to(self.accelerator.device), truth.to(self.accelerator.device)
        apart = (truth[:, 1] - truth[:, 0]).norm(dim=-1)[:, None]
        with self.accelerator.autocast():
            points = self.network(windows)
        error = ((points.float() - truth).norm(dim=-1) / apart).mean()
        set_learning_rate(self.optimiser, self.recipe.learning_rate * warm_then_decay(index, self.steps))
        self.optimiser.zero_grad()
        self.accelerator.backward(error)
        self.optimiser.step()
        return {"error": error.detach()}

    def _windows(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Windows on faces [N, 3, S, S] and their landmarks in them, [N, 5, 2]."""
        numbers, side = self.recipe.crowds, self.recipe.landmarker.side
        windows: list[Tensor] = []
        truth: list[Tensor] = []
        while sum(map(len, truth)) < count:
            crowd = self.crowds.sample(numbers.people, numbers.side, random, numbers.placing)
            views = self.recipe.unsteady.shaken(windows_on(crowd.landmarks), random)
            if len(views):
                windows.append(views.look(halvings(crowd.image), side))
                points = views.from_picture(crowd.landmarks, side)
                mirrored = views.mirrored[:, None, None] < 0
                truth.append(torch.where(mirrored, points[:, MIRRORED], points))
        return torch.cat(windows)[:count], torch.cat(truth)[:count]

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Faces that were not trained on, with what is found in them."""
        network = self.modules["landmarker"].eval()
        windows, _ = self._windows(_SHEET, torch.Generator().manual_seed(self.recipe.crowds.seed + 1))
        found = network(windows.to(self.accelerator.device)).cpu()
        network.train()
        nowhere = torch.zeros(1, 4)
        drawn = [
            draw_faces(window[None], Faces(nowhere, torch.ones(1), points[None]))
            for window, points in zip(windows, found, strict=True)
        ]
        return rearrange(torch.cat(drawn), "n c h w -> c h (n w)")

    def export(self, folder: Path) -> None:
        """Write landmarker.safetensors."""
        save_network(folder / "landmarker.safetensors", self.modules["landmarker"])
