"""The whole line at official size: files in, the published code's picture out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ood_core.deghosting import fold, synthesise_ghost

if TYPE_CHECKING:
    from ood_core.bundle import Bundle
    from ood_core.results import Edit
    from ood_core.sources import Inverted

pytestmark = pytest.mark.slow
CLASSES = {"Beard": 12, "Smiling": 15}


@pytest.fixture(scope="module")
def inverted(official: Bundle, picture: Tensor) -> Inverted:
    from ood_core.alignment import centred
    from ood_core.sources import invert

    return invert(centred(picture), official)


@pytest.mark.parametrize("name", ["Beard", "Smiling"])
def test_an_edit_in_paper_mode_gives_the_published_numbers(
    official: Bundle, goldens: Any, picture: Tensor, inverted: Inverted, name: str
) -> None:
    from ood_core.pipeline import edit_inverted

    result = edit_inverted(inverted, {name: 1.0}, mode="paper")
    goldens.check("decoder/inverted_1024_crops", goldens.crops(result.reconstruction), end_to_end=True)
    goldens.check_layer(f"decoder/{name}_manipulated", result.edited, end_to_end=True)
    small = F.avg_pool2d(result.edited, 4)
    goldens.check_layer(f"decoder/{name}_manipulated_256", small, end_to_end=True)
    pooled = F.avg_pool2d(result.edited, 8)
    goldens.check(f"decoder/{name}_manipulated_pool128", pooled, end_to_end=True)
    check_classifier(official, goldens, F.avg_pool2d(result.reconstruction, 4), small, name)
    goldens.check(f"diffcam/{name}_heat_map", result.mask[:, :, ::4, ::4], end_to_end=True)
    goldens.check_layer(f"fuse/{name}_fused", result.coarse, end_to_end=True)
    check_ghost(goldens, picture, result, name)
    pooled = F.avg_pool2d(result.coarse, 8)
    goldens.check(f"fuse/{name}_fused_pool128_deghosting_input", pooled, end_to_end=True)
    goldens.check_layer(f"deghosting/{name}_output", result.result, end_to_end=True)
    goldens.check(f"deghosting/{name}_output_pool128", F.avg_pool2d(result.result, 8), end_to_end=True)


def check_classifier(official: Bundle, goldens: Any, inverted: Tensor, edited: Tensor, name: str) -> None:
    network = official.diffcam
    with torch.no_grad():
        before, after = network.shared(inverted), network.shared(edited)
        features = network.features(inverted, edited)
        found = {
            "shared_inverted": before,
            "shared_manipulated": after,
            "feature_difference": after - before,
            "layer4": features,
            "pooled_feature": features.mean(dim=(2, 3)),
            "logits": network.classify(features),
            "raw_cam": torch.einsum("k,bkhw->bhw", network.fc.weight[CLASSES[name]] / 64, features),
        }
    for part, tensor in found.items():
        goldens.check_layer(f"diffcam/{name}_{part}", tensor, end_to_end=True)


def check_ghost(goldens: Any, picture: Tensor, result: Edit, name: str) -> None:
    folded, ghost = fold(result.mask), synthesise_ghost(picture, result.edited, result.mask)
    goldens.check_layer(f"fuse/{name}_folded_mask_256", folded[:, :, ::4, ::4], end_to_end=True)
    goldens.check_layer(f"fuse/{name}_ghost", ghost, end_to_end=True)
    goldens.check(f"fuse/{name}_ghost_pool128", F.avg_pool2d(ghost, 8), end_to_end=True)


def test_the_latents_are_the_published_ones(goldens: Any, inverted: Inverted) -> None:
    goldens.check_layer("encoder/latent", inverted.latents, end_to_end=True)


def test_an_edit_in_faithful_mode_keeps_every_pixel_outside_its_mask(
    official: Bundle, picture: Tensor, inverted: Inverted
) -> None:
    from ood_core.pipeline import edit_inverted

    result = edit_inverted(inverted, {"Smiling": 1.0})
    outside = (result.change == 0).expand_as(picture)
    assert torch.equal(result.result[outside], picture[outside])
    assert result.result.isfinite().all()


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
