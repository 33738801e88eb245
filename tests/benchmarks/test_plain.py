"""What the benchmarks compare with is the same method."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import torch

from ood_core import edit, load_bundle
from ood_core.domains import portraits


@pytest.fixture(scope="module")
def plain() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "plain.py"
    spec = importlib.util.spec_from_file_location("plain", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_published_way_of_computing_gives_the_same_pictures(plain: ModuleType) -> None:
    bundle = load_bundle("portraits-128")
    factors = portraits.sample_factors(1, torch.Generator().manual_seed(0))
    picture = portraits.render(factors, bundle.resolution).image
    result = edit(picture, bundle, {"Smiling": 1.0}, "paper", align="never")
    with torch.no_grad():
        stages = list(plain.edit_stages(bundle, picture, "Smiling"))
    names = ("reconstruction", "edited", "mask", "coarse", "result")
    for name, expected in zip(names, stages, strict=True):
        torch.testing.assert_close(getattr(result, name), expected, atol=1e-4, rtol=0, msg=name)
