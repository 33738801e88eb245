"""Computing in bfloat16."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ood_core import edit, find_crops, load_bundle
from ood_core.alignment import Aligning
from ood_core.domains import portraits
from ood_core.errors import OodError


@pytest.mark.parametrize("mode", ["faithful", "paper"])
def test_an_edit_in_bfloat16_is_close_to_that_in_float32(mode: str) -> None:
    factors = portraits.sample_factors(2, torch.Generator().manual_seed(0))
    image = portraits.render(factors, 128).image
    full = edit(image, load_bundle("portraits-128"), {"Smiling": 1.0}, mode)
    half = edit(image, load_bundle("portraits-128", precision="bf16"), {"Smiling": 1.0}, mode)
    for name in ("reconstruction", "edited", "coarse", "result", "mask"):
        exact, rounded = getattr(full, name), getattr(half, name)
        assert rounded.dtype == torch.float32
        # the published mask is stretched to its own maximum, and rounding with it
        limit = 0.04 if name == "mask" else 0.01
        assert float((exact - rounded).square().mean().sqrt()) < limit, name
    assert not torch.equal(full.edited, half.edited)


def test_bfloat16_halves_the_kernels_and_leaves_latents_and_styles_alone(tiny_bundle_folder: Path) -> None:
    bundle = load_bundle(tiny_bundle_folder, precision="bf16")
    layer = bundle.generator.synthesis.b8.conv1
    assert layer.weight.dtype == torch.bfloat16 and layer.affine.weight.dtype == torch.float32
    assert bundle.encoder.latlayer1.weight.dtype == torch.bfloat16
    assert bundle.generator.mapping.w_avg.dtype == torch.float32


@pytest.mark.parametrize("align", ["auto", "always", "never"])
def test_faces_are_found_in_bfloat16_as_in_float32(align: Aligning) -> None:
    factors = portraits.sample_factors(1, torch.Generator().manual_seed(1))
    image = portraits.render(factors, 256).image
    wide = torch.cat([image, image.flip(-1)], dim=-1)
    bundles = [load_bundle("portraits-128", precision=precision) for precision in ("fp32", "bf16")]
    crops = [find_crops(wide, bundle, "all", align) for bundle in bundles]
    assert [crop.place for crop in crops[0]] == [crop.place for crop in crops[1]]
    results = [edit(wide, bundle, {"Smiling": 1.0}, face="all", align=align).result for bundle in bundles]
    assert (results[0] - results[1]).square().mean().sqrt() < 0.01


def test_an_unknown_precision_is_refused_with_the_known_ones(tiny_bundle_folder: Path) -> None:
    with pytest.raises(OodError, match="'int8'. Known: fp32, bf16"):
        load_bundle(tiny_bundle_folder, precision="int8")  # type: ignore[arg-type]
