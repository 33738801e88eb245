"""The learned mask is empty where nothing is edited, and outside of it the picture keeps its bits."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from ood_core import edit
from ood_core.decomposition import Decomposer, DecomposerConfig, decompose, held_back
from ood_core.diffcam import MaskSettings
from ood_core.errors import ShapeError
from tests.conftest import make_tiny_bundle


def network(seed: int = 0) -> Decomposer:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = Decomposer(DecomposerConfig((8, 12, 16)))
        torch.nn.init.normal_(made.unet.out.weight, std=0.5)
    return made.eval().requires_grad_(False)


def pictures(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (7, 64)])
def test_pictures_of_any_size_are_taken_apart_at_their_own(size: tuple[int, int]) -> None:
    original, before, after = (pictures(2, 3, *size, seed=seed) for seed in range(3))
    found = decompose(original, before, after, pictures(2, 2, 4, 4).clamp(min=0), network())
    assert found.mask.shape == found.foreign.shape == (2, 1, *size)
    assert 0 <= float(found.mask.min()) and float(found.mask.max()) <= 1 and found.mask.any()
    share = held_back(found, before, after)
    assert share.shape == (2,) and bool(((share >= 0) & (share <= 1)).all())


def test_where_t_is_the_reconstruction_nothing_is_edited_whatever_the_network_says() -> None:
    original, before = pictures(1, 3, 32, 32), pictures(1, 3, 32, 32, seed=1)
    after = before.clone()
    after[..., 20:, 20:] += 0.5
    found = decompose(original, before, after, None, network())
    assert not found.mask[..., :16, :16].any()
    nothing = decompose(original, before, before, None, network())
    assert not nothing.mask.any()
    assert float(held_back(nothing, before, before)) == 0


def test_a_bundle_with_a_decomposer_uses_it_unless_somebody_sets_scales() -> None:
    bundle = make_tiny_bundle()
    learned = dataclasses.replace(bundle, decomposer=network())
    image = pictures(1, 3, 40, 52)
    first, second = (edit(image, own, {"Smiling": 1.0}, align="never") for own in (bundle, learned))
    assert not torch.equal(first.mask, second.mask)
    for done in (first, second):
        outside = (done.change == 0).expand_as(image)
        assert torch.equal(done.result[outside], image[outside])
    scales = bundle.mask_settings
    assert isinstance(scales, MaskSettings)
    measured = [
        edit(image, own, {"Smiling": 1.0}, align="never", settings=scales) for own in (bundle, learned)
    ]
    assert torch.equal(measured[0].result, measured[1].result)
    assert torch.equal(edit(image, learned, {"Smiling": 0.0}, align="never").result, image)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ShapeError, match="at least 1"):
        DecomposerConfig((8, 0))
