"""The one training loop. Read it top to bottom; a network's own part is a ``Task``."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from ..errors import RecipeError
from ..files.whole import written_whole
from ..progress import Progress
from .recipe import LoopRecipe

if TYPE_CHECKING:
    from accelerate import Accelerator

log = logging.getLogger(__name__)


class Task(Protocol):
    """What to train. Everything random in a step comes from the generator it is given."""

    steps: int
    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, torch.optim.Optimizer]

    def step(self, index: int, random: torch.Generator) -> Mapping[str, Tensor]:
        """Train on one batch; return scalars to log."""

    def sheet(self) -> Tensor:
        """A picture of the present state, [3, H, W] in [-1, 1]."""

    def export(self, folder: Path) -> None:
        """Write the finished weights."""


def step_generator(seed: int, index: int, rank: int) -> torch.Generator:
    """Randomness of one step on one process.

    It depends on nothing that happened before: a resumed run draws exactly what an uninterrupted one would.
    """
    return torch.Generator().manual_seed((seed * 1_000_003 + index) * 1_009 + rank)


def train(
    task: Task,
    recipe: LoopRecipe,
    folder: Path,
    accelerator: Accelerator,
    *,
    resume: bool,
    progress: Progress | None = None,
) -> None:
    """Train a task to its last step and export it.

    Args:
        task: modules, optimisers and the step.
        recipe: seed and intervals.
        folder: where ``checkpoint.pt``, the TensorBoard log and the exported files go.
        accelerator: device, precision, processes.
        resume: continue from ``checkpoint.pt`` if it is there.
        progress: told after every step.

    Raises:
        RecipeError: if there is a checkpoint and ``resume`` was not asked for, or it is of another recipe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise RecipeError(f"{checkpoint} is of an earlier run: add --resume, or choose another -o.")
    start = _load(task, checkpoint) if checkpoint.exists() else 0
    with _flushed_denormals(), _Log(folder, accelerator) as board:
        for index in range(start, task.steps):
            scalars = task.step(index, step_generator(recipe.seed, index, accelerator.process_index))
            done = index + 1
            if progress is not None:
                progress(done, task.steps, folder.name)
            if done % recipe.log_every == 0 or done == task.steps:
                board.scalars(scalars, done)
            if done % recipe.sheet_every == 0 or done == task.steps:
                board.sheet(task.sheet(), done)
            if done % recipe.checkpoint_every == 0 or done == task.steps:
                _save(task, checkpoint, done, accelerator)
    if accelerator.is_main_process:
        task.export(folder)
    accelerator.wait_for_everyone()


@contextmanager
def _flushed_denormals() -> Iterator[None]:
    """Denormal weights make CPU convolutions tens of times slower; other code keeps its exact arithmetic."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _save(task: Task, path: Path, done: int, accelerator: Accelerator) -> None:
    if not accelerator.is_main_process:
        return
    state = {
        "done": done,
        "steps": task.steps,
        "modules": {name: module.state_dict() for name, module in task.modules.items()},
        "optimisers": {name: optimiser.state_dict() for name, optimiser in task.optimisers.items()},
    }
    with written_whole(path) as partial:
        torch.save(state, partial)


def _load(task: Task, path: Path) -> int:
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if state["steps"] != task.steps:
        raise RecipeError(f"{path} is of a run of {state['steps']} steps, the recipe says {task.steps}.")
    for name, module in task.modules.items():
        module.load_state_dict(state["modules"][name])
    for name, optimiser in task.optimisers.items():
        optimiser.load_state_dict(state["optimisers"][name])
    log.info("resuming %s after %d steps", path, state["done"])
    return int(state["done"])


class _Log:
    """TensorBoard, written by the main process alone."""

    def __init__(self, folder: Path, accelerator: Accelerator) -> None:
        self._folder = folder
        self._accelerator = accelerator
        self._writer: Any = None

    def __enter__(self) -> _Log:
        if self._accelerator.is_main_process:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self._folder / "log"))
        return self

    def __exit__(self, *exc: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def scalars(self, scalars: Mapping[str, Tensor], done: int) -> None:
        """Log the step's scalars and put them into the run's text log."""
        values = {name: float(value) for name, value in scalars.items()}
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, done)
        log.info("step %d: %s", done, ", ".join(f"{name} {value:.4g}" for name, value in values.items()))

    def sheet(self, image: Tensor, done: int) -> None:
        """Log a picture [3, H, W] in [-1, 1] and keep the latest as sheet.png."""
        if self._writer is None:
            return
        from ..files.pictures import save_image

        self._writer.add_image("sheet", (image.clamp(-1, 1) + 1) / 2, done)
        save_image(self._folder / "sheet.png", image[None], overwrite=True)
