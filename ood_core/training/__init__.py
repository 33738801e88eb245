"""Training: one loop, one recipe a network, one command for a whole bundle.

A run is a folder with one sub-folder a stage; a stage reads what the stages before it exported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from ..bundle.manifest import FINDERS
from ..errors import RecipeError
from ..progress import Progress
from .loop import train
from .recipe import load_recipe
from .stages import result

STAGES = (
    "generator",
    "encoder",
    "directions",
    "tuning",
    "diffcam",
    "decomposer",
    "deghoster",
    "detector",
    "landmarker",
)
"""Of a bundle whose domain is drawn, where every picture's factors are known."""
OPTIONAL = ("decomposer", *FINDERS)
"""Those that recipes may leave out."""
PHOTOGRAPHIC = ("photographs", "autoencoder")
"""Of a bundle that is trained on photographs."""
RECIPES = Path(__file__).parent / "recipes"
"""The recipes that come with the library: one folder a bundle."""


def run(
    network: str,
    recipe: Path,
    output: Path,
    *,
    photos: Sequence[Path] = (),
    resume: bool = False,
    progress: Progress | None = None,
) -> None:
    """Train one network.

    Args:
        network: one of ``STAGES`` or ``PHOTOGRAPHIC``, or the benchmark's judge, which belongs to no bundle.
        recipe: its TOML file.
        output: the run's folder; this stage writes ``output/network``.
        photos: folders of photographs, for the stage "photographs".
        resume: continue an interrupted training.
        progress: told (done, total, note) after every step.

    Raises:
        RecipeError: if the network or a key of the recipe is unknown, or an earlier stage's result is
            missing.
    """
    if network == "photographs":
        _once(lambda: _cut_out(photos, recipe, output / network, progress))
        return
    if network == "directions":
        from .directions import DirectionsRecipe, find_directions

        numbers = load_recipe(recipe, DirectionsRecipe)
        _once(lambda: find_directions(numbers, output / network, progress))
        return
    task_class, recipe_class = _task(network)
    values: Any = load_recipe(recipe, recipe_class)
    from accelerate import Accelerator, DistributedDataParallelKwargs

    unused = DistributedDataParallelKwargs(find_unused_parameters=True)  # early phases skip the finest layers
    accelerator = Accelerator(cpu=_on_cpu(), mixed_precision=values.loop.precision, kwargs_handlers=[unused])
    beside = (recipe.parent,) if network in ("autoencoder", "decomposer") else ()  # labels, bundle.toml
    task = task_class(values, output / network, accelerator, *beside)
    train(task, values.loop, output / network, accelerator, resume=resume, progress=progress)


def build_bundle(
    recipes: Path, output: Path, *, photos: Sequence[Path] = (), progress: Progress | None = None
) -> Path:
    """Make a whole bundle from nothing: every stage after the other, skipping what is done.

    Args:
        recipes: folder with ``bundle.toml`` and one file a stage; those of optional networks may be missing.
        output: the run's folder; interrupted stages are continued.
        photos: folders of photographs, for recipes that are trained on them.
        progress: told (done, total, note) after every step.

    Returns:
        The bundle's folder, ``output/bundle``.
    """
    from .assemble import assemble

    for stage in _stages(recipes):
        if not result(output, stage).exists():
            run(stage, recipes / f"{stage}.toml", output, photos=photos, resume=True, progress=progress)
    _once(lambda: assemble(recipes / "bundle.toml", output))
    return output / "bundle"


def _stages(recipes: Path) -> list[str]:
    """What a folder of recipes asks for; bundles can do without some networks."""
    if (recipes / "autoencoder.toml").exists():
        return list(PHOTOGRAPHIC)
    return [stage for stage in STAGES if stage not in OPTIONAL or (recipes / f"{stage}.toml").exists()]


def _cut_out(photos: Sequence[Path], recipe: Path, folder: Path, progress: Progress | None) -> None:
    """The stage "photographs"."""
    from .photographs import PhotographsRecipe, cut_out, save_photographs

    numbers = load_recipe(recipe, PhotographsRecipe)
    if not photos:
        raise RecipeError("This bundle is trained on photographs: name folders of them with --photos.")
    save_photographs(cut_out(photos, numbers, progress), folder)


def _on_cpu() -> bool:
    """Whether there is nothing faster; accelerate joins processes on CPUs only if told."""
    return not (torch.cuda.is_available() or torch.backends.mps.is_available())


def _once(work: Callable[[], object]) -> None:
    """Do something in the main process while the others wait."""
    from accelerate import PartialState

    state = PartialState(cpu=_on_cpu())
    if state.is_main_process:
        work()
    state.wait_for_everyone()


def _task(network: str) -> tuple[Callable[..., Any], type]:
    if network == "generator":
        from .generator import GeneratorRecipe, GeneratorTask

        return GeneratorTask, GeneratorRecipe
    if network == "autoencoder":
        from .autoencoder import AutoencoderTask
        from .autoencoder_recipe import AutoencoderRecipe

        return AutoencoderTask, AutoencoderRecipe
    if network == "encoder":
        from .encoder import EncoderRecipe, EncoderTask

        return EncoderTask, EncoderRecipe
    if network == "tuning":
        from .tuning import TuningRecipe, TuningTask

        return TuningTask, TuningRecipe
    if network == "diffcam":
        from .diffcam import DiffCamRecipe, DiffCamTask

        return DiffCamTask, DiffCamRecipe
    if network == "detector":
        from .detector import DetectorRecipe, DetectorTask

        return DetectorTask, DetectorRecipe
    if network == "landmarker":
        from .landmarker import LandmarkerRecipe, LandmarkerTask

        return LandmarkerTask, LandmarkerRecipe
    if network == "decomposer":
        from .decomposer import DecomposerRecipe, of_run

        return of_run, DecomposerRecipe
    if network == "deghoster":
        from .deghoster import DeghosterRecipe, DeghosterTask

        return DeghosterTask, DeghosterRecipe
    if network == "judge":
        from .judge import JudgeRecipe, JudgeTask

        return JudgeTask, JudgeRecipe
    known = ", ".join((*STAGES, *PHOTOGRAPHIC, "bundle", "judge"))
    raise RecipeError(f"There is no network {network!r} to train; known: {known}.")
