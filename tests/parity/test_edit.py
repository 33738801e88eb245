"""The whole line at official size: files in, the published code's picture out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from ood_core.bundle import Bundle
    from ood_core.pipeline import Inverted

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inverted(official: Bundle, picture: Tensor) -> Inverted:
    from ood_core.pipeline import invert_picture

    return invert_picture(picture, official)


@pytest.mark.parametrize("name", ["Beard", "Smiling"])
def test_an_edit_in_paper_mode_gives_the_published_numbers(
    official: Bundle, goldens: Any, inverted: Inverted, name: str
) -> None:
    from ood_core.pipeline import edit_inverted

    result = edit_inverted(inverted, official, {name: 1.0}, mode="paper")
    goldens.check("decoder/inverted_1024_crops", goldens.crops(result.reconstruction), end_to_end=True)
    goldens.check(f"decoder/{name}_manipulated_crops", goldens.crops(result.edited), end_to_end=True)
    goldens.check(f"diffcam/{name}_heat_map", result.mask[:, :, ::4, ::4], end_to_end=True)
    goldens.check(f"fuse/{name}_fused_crops", goldens.crops(result.coarse), end_to_end=True)
    pooled = F.avg_pool2d(result.coarse, 8)
    goldens.check(f"fuse/{name}_fused_pool128_deghosting_input", pooled, end_to_end=True)
    goldens.check(f"deghosting/{name}_output_crops", goldens.crops(result.final), end_to_end=True)


def test_the_latents_are_the_published_ones(goldens: Any, inverted: Inverted) -> None:
    goldens.check("encoder/latent", inverted.latents, end_to_end=True)


def test_an_edit_in_faithful_mode_keeps_every_pixel_outside_its_mask(
    official: Bundle, picture: Tensor, inverted: Inverted
) -> None:
    from ood_core.pipeline import edit_inverted

    result = edit_inverted(inverted, official, {"Smiling": 1.0})
    outside = (result.mask == 0).expand_as(picture)
    assert torch.equal(result.final[outside], picture[outside])
    assert result.final.isfinite().all()


def test_the_original_files_come_back_with_the_same_bytes(
    official_folder: Path, official_files: dict[str, Path], tmp_path: Path
) -> None:
    from ood_core.checkpoints import convert, read_checkpoint

    written = convert(official_folder, tmp_path / "back")
    assert sorted(path.name for path in written) == ["deghosting.pt", "diffcam.pt", "psp.pt"]
    for path in written:
        back, original = read_checkpoint(path), read_checkpoint(official_files[path.stem])
        assert set(back.tensors) == set(original.tensors)
        assert back.values == original.values
        for name, tensor in original.tensors.items():
            assert back.tensors[name].dtype == tensor.dtype
            assert back.tensors[name].shape == tensor.shape
            same = back.tensors[name].numpy().tobytes() == tensor.numpy().tobytes()
            assert same, f"{path.name}: {name}"
    content = torch.load(tmp_path / "back" / "psp.pt", weights_only=True, mmap=True)
    assert set(content) == {"state_dict", "latent_avg", "opts"}
    shutil.rmtree(tmp_path)  # two gigabytes
