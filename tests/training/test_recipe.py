"""A recipe holds every number: none missing, none too many, each of the right type."""

from __future__ import annotations

from pathlib import Path

import pytest

from ood_core.errors import OodError, RecipeError
from ood_core.training.directions import DirectionsRecipe
from ood_core.training.generator import GeneratorRecipe
from ood_core.training.recipe import load_recipe
from tests.training.recipes import DIRECTIONS, GENERATOR, LOOP

SHIPPED = Path(__file__).parents[2] / "ood_core" / "training" / "recipes" / "portraits-128"


def read(tmp_path: Path, text: str, kind: type = DirectionsRecipe):
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path, kind)


def test_every_shipped_recipe_is_complete():
    from ood_core.training.assemble import BundleRecipe
    from ood_core.training.decomposer import DecomposerRecipe
    from ood_core.training.deghoster import DeghosterRecipe
    from ood_core.training.detector import DetectorRecipe
    from ood_core.training.diffcam import DiffCamRecipe
    from ood_core.training.encoder import EncoderRecipe
    from ood_core.training.landmarker import LandmarkerRecipe
    from ood_core.training.tuning import TuningRecipe

    kinds = {
        "generator": GeneratorRecipe,
        "encoder": EncoderRecipe,
        "directions": DirectionsRecipe,
        "tuning": TuningRecipe,
        "diffcam": DiffCamRecipe,
        "decomposer": DecomposerRecipe,
        "deghoster": DeghosterRecipe,
        "detector": DetectorRecipe,
        "landmarker": LandmarkerRecipe,
        "bundle": BundleRecipe,
    }
    assert {path.stem for path in SHIPPED.glob("*.toml")} == set(kinds)
    for name, kind in kinds.items():
        load_recipe(SHIPPED / f"{name}.toml", kind)


def test_whole_numbers_are_fine_where_a_fraction_is_wanted(tmp_path: Path):
    assert read(tmp_path, DIRECTIONS.replace("absent = 0.0", "absent = 0")).absent == 0.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pairs = 32", "", "'pairs' is missing"),
        ("pairs = 32", "pairs = 32\nparis = 1", "unknown key 'paris'"),
        ("pairs = 32", "pairs = 'many'", "pairs must be int, not 'many'"),
        ("pairs = 32", "pairs = 2.5", "pairs must be int, not 2.5"),
        ("pairs = 32", "pairs = true", "pairs must be int, not True"),
        ("pairs = 32", "pairs =", "not valid TOML"),
    ],
)
def test_a_wrong_recipe_gets_one_line_that_names_the_key(old, new, said, tmp_path: Path):
    with pytest.raises(RecipeError, match=said) as refusal:
        read(tmp_path, DIRECTIONS.replace(old, new))
    assert "\n" not in str(refusal.value) or "TOML" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('precision = "no"', 'precision = "half"', "no, bf16 or fp16"),
        ("resolution = 16", "resolution = 12", "12"),
        ("w_dim = 16", "w_dim = 0", "w_dim"),
    ],
)
def test_impossible_numbers_are_refused_where_they_stand(old, new, said, tmp_path: Path):
    with pytest.raises(OodError, match=said):
        read(tmp_path, (GENERATOR + LOOP).replace(old, new), GeneratorRecipe)


def test_a_missing_recipe_is_named(tmp_path: Path):
    with pytest.raises(RecipeError, match=r"none\.toml"):
        load_recipe(tmp_path / "none.toml", DirectionsRecipe)
