"""Training the benchmark's judge."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ood_core.domains import portraits
from ood_core.evaluation.judge import Judge, JudgeConfig, shipped_judge
from ood_core.files.networks import load_network
from ood_core.training import run
from ood_core.training.judge import JudgeRecipe
from ood_core.training.recipe import load_recipe

RECIPE = """
resolution = 16
widths = [8, 16]
kimg = 0.012
batch = 4
learning_rate = 1e-2
things = 0.5
foreign = 0.5
blur = 1.0
[loop]
seed = 6
precision = "no"
log_every = 1
sheet_every = 100
checkpoint_every = 2
"""


def test_a_trained_judge_is_read_back_and_reads_portraits_of_any_size(tmp_path: Path) -> None:
    recipe = tmp_path / "judge.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    run("judge", recipe, tmp_path)
    judge = load_network(tmp_path / "judge" / "judge.safetensors", Judge)
    assert isinstance(judge, Judge) and judge.config == JudgeConfig(16, (8, 16), portraits.ATTRIBUTES)
    picture = torch.rand(2, 3, 40, 40) * 2 - 1
    amounts = judge(picture)
    assert amounts.shape == (2, len(portraits.ATTRIBUTES)) and 0 < amounts.min() and amounts.max() < 1
    assert torch.allclose(amounts[:1], judge(picture[:1]), atol=1e-6)


def test_the_shipped_judge_is_the_one_of_the_shipped_recipe() -> None:
    recipes = Path(__file__).parents[2] / "ood_core" / "training" / "recipes"
    recipe = load_recipe(recipes / "judge.toml", JudgeRecipe)
    assert shipped_judge().config == JudgeConfig(recipe.resolution, recipe.widths, portraits.ATTRIBUTES)


@pytest.mark.parametrize("name", portraits.ATTRIBUTES)
def test_the_shipped_judge_sees_an_attribute_come_and_go_on_people_it_never_saw(name: str) -> None:
    judge, column = shipped_judge(), portraits.ATTRIBUTES.index(name)
    people = portraits.sample_factors(24, torch.Generator().manual_seed(77))
    amounts = [
        judge(portraits.render(portraits.set_attribute(people, name, value), 64).image)[:, column]
        for value in (0.05, 0.85)
    ]
    assert (amounts[0] < 0.45).float().mean() > 0.9 and (amounts[1] > 0.45).float().mean() > 0.9
