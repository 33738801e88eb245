"""What a bundle lacks, trained from its own generator: `ood complete`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ...bundle import Bundle
from ...making import calibrate
from ...progress import Progress
from ..loop import train
from ..recipe import LoopRecipe
from .classifier import ClassifierFromSamples
from .deghoster import DeghosterFromSamples
from .encoder import EncoderFromSamples, encoder_sizes
from .how import Completing

if TYPE_CHECKING:
    from accelerate import Accelerator

__all__ = ["PARTS", "Completing", "complete", "encoder_sizes", "missing_parts"]

PARTS = ("encoder", "diffcam", "decomposer", "deghoster")
"""What can be trained from a generator, in the order in which one helps the next."""
_OF_DIRECTIONS = PARTS[1:]
_USUAL = Completing()


def missing_parts(bundle: Bundle) -> tuple[str, ...]:
    """What a bundle lacks and can be trained here; without directions there is nothing but the encoder."""
    lacking = [part for part in PARTS if part not in bundle.networks]
    return tuple(part for part in lacking if bundle.attributes or part not in _OF_DIRECTIONS)


def complete(
    bundle: Bundle,
    run: Path,
    how: Completing = _USUAL,
    photos: Tensor | None = None,
    progress: Progress | None = None,
    done: Callable[[Bundle], None] | None = None,
) -> Bundle:
    """The bundle with all that was missing; as it is if nothing was.

    Args:
        bundle: on the CPU.
        run: folder of the training; what is there is continued.
        how: steps and sizes.
        photos: pictures of the user's, [N, 3, R, R], on which an encoder is trained, too.
        progress: told after every step of a part.
        done: told the bundle with each part that is finished, so that it can be kept at once.

    Raises:
        RecipeError: if the folder is of a training of another length.
    """
    if not missing_parts(bundle):
        return bundle
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    for part in missing_parts(bundle):
        task = _task(part, bundle.to(accelerator.device), how, accelerator, photos)
        train(task, _loop(how), run / part, accelerator, resume=True, progress=progress)
        bundle = _with(bundle.to("cpu"), part, task)
        if done is not None:
            done(bundle)
    return bundle


def _task(part: str, bundle: Bundle, how: Completing, accelerator: Accelerator, photos: Tensor | None) -> Any:
    if part == "encoder":
        return EncoderFromSamples(bundle, how, accelerator, photos)
    if part == "decomposer":
        from ..decomposer import DecomposerTask

        return DecomposerTask(bundle, how, accelerator)
    tasks: Mapping[str, Any] = {"diffcam": ClassifierFromSamples, "deghoster": DeghosterFromSamples}
    return tasks[part](bundle, how, accelerator)


def _with(bundle: Bundle, part: str, task: Any) -> Bundle:
    """The bundle with a part that was trained, and what follows from it."""
    network = task.trained.cpu().eval().requires_grad_(False)
    changed = dataclasses.replace(bundle, **{part: network})
    if part == "encoder":
        return dataclasses.replace(changed, foreign=calibrate(changed))
    if part != "diffcam":
        return changed
    attributes = {
        name: dataclasses.replace(attribute, diffcam_class=index, sign=1.0)
        for index, (name, attribute) in enumerate(bundle.attributes.items())
    }
    return dataclasses.replace(changed, attributes=attributes)


def _loop(how: Completing) -> LoopRecipe:
    return LoopRecipe(how.seed, "no", log_every=50, sheet_every=500, checkpoint_every=250)
