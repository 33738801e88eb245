"""Training a whole bundle at a tiny size: train, ship, load, edit; stop and go on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ood_core.bundle import load_bundle
from ood_core.domains import portraits
from ood_core.errors import RecipeError
from ood_core.pipeline import edit
from ood_core.training import STAGES, build_bundle, run
from ood_core.training.stages import result
from tests.training.recipes import write_recipes


class Stop(Exception):
    """Somebody pulls the plug."""


def stop_after(steps: int):
    def progress(done: int, total: int, note: str) -> None:
        if done == steps:
            raise Stop

    return progress


@pytest.fixture(scope="module")
def recipes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recipes(tmp_path_factory.mktemp("recipes"))


@pytest.fixture(scope="module")
def built(recipes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("run")
    build_bundle(recipes, output)
    return output


def test_one_command_makes_a_bundle_that_loads_and_edits(built: Path):
    bundle = load_bundle(built / "bundle")
    assert set(bundle.attributes) == set(portraits.ATTRIBUTES)
    factors = portraits.sample_factors(1, torch.Generator().manual_seed(0))
    image = portraits.render(factors, 48).image.clamp(-1, 1)
    result = edit(image, bundle, {"Smiling": 1.0, "Beard": -0.5}, align="never")
    assert result.result.shape == image.shape
    outside = (result.change == 0).expand_as(image)
    assert torch.equal(result.result[outside], image[outside])


def test_building_again_does_no_finished_stage_twice(recipes: Path, built: Path):
    before = {stage: result(built, stage).stat().st_mtime_ns for stage in STAGES}
    told: list[str] = []
    build_bundle(recipes, built, progress=lambda done, total, note: told.append(note))
    after = {stage: result(built, stage).stat().st_mtime_ns for stage in STAGES}
    assert before == after and not told


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "directions"])
def test_a_resumed_training_equals_one_without_interruption(
    stage: str, recipes: Path, built: Path, tmp_path: Path
):
    for earlier in ("data", *STAGES):
        if earlier != stage and (built / earlier).exists():
            (tmp_path / earlier).symlink_to(built / earlier)
    recipe = recipes / f"{stage}.toml"
    with pytest.raises(Stop):
        run(stage, recipe, tmp_path, progress=stop_after(3))  # one step after the checkpoint of step 2
    run(stage, recipe, tmp_path, resume=True)
    resumed, straight = (
        torch.load(folder / stage / "checkpoint.pt", weights_only=True) for folder in (tmp_path, built)
    )
    assert resumed["done"] == straight["done"]
    for module, tensors in straight["modules"].items():
        for name, tensor in tensors.items():
            assert torch.equal(resumed["modules"][module][name], tensor), f"{module}.{name}"


def test_an_earlier_run_is_never_overwritten(recipes: Path, built: Path):
    with pytest.raises(RecipeError, match="--resume"):
        run("generator", recipes / "generator.toml", built)


def test_a_stage_whose_predecessor_is_missing_says_what_to_train_first(recipes: Path, tmp_path: Path):
    with pytest.raises(RecipeError, match="train the generator first"):
        run("encoder", recipes / "encoder.toml", tmp_path)


def test_an_unknown_network_is_refused_with_the_known_ones(recipes: Path, tmp_path: Path):
    with pytest.raises(RecipeError, match="generator, encoder"):
        run("upscaler", recipes / "generator.toml", tmp_path)
