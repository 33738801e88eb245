"""Inputs as people wire them: odd sizes, alpha, dummy masks, other bundles' latents, wrong words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor


@pytest.fixture(autouse=True)
def inference_mode() -> Iterator[None]:
    with torch.inference_mode():
        yield


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@contextmanager
def refused(says: str) -> Iterator[None]:
    """The pack's own error; it has its own copy of the library, so the class is known by its name only."""
    with pytest.raises(Exception, match=f"(?s){says}") as caught:
        yield
    assert "OodError" in [base.__name__ for base in type(caught.value).__mro__]


@pytest.mark.parametrize(
    "image",
    [
        noise(1, 40, 40, 4),
        noise(1, 40, 40, 1),
        noise(1, 40, 40, 3).half(),
        noise(1, 3, 200, 3),
        noise(2, 33, 9, 3),
    ],
    ids=["alpha", "grey", "half", "strip", "narrow batch"],
)
def test_any_picture_can_be_edited(nodes: dict[str, Any], bundle: Any, image: Tensor) -> None:
    result, mask, *_ = nodes["Edit"].execute(bundle, "Smiling", 1.0, image, align="never").result
    assert result.shape == (*image.shape[:3], 3) and result.dtype == torch.float32
    assert mask.shape == image.shape[:3]
    assert torch.isfinite(result).all()
    assert torch.equal(result[mask == 0], image[..., :3].float().expand_as(result)[mask == 0])


@pytest.mark.parametrize("shape", [(64, 64), (1, 64, 64), (1, 1, 64, 64), (1, 32, 32), (1, 40, 56)])
def test_masks_of_any_size_and_rank_fit(nodes: dict[str, Any], shape: tuple[int, ...]) -> None:
    """LoadImage gives a 64×64 dummy where a picture has no alpha."""
    original, edited = noise(1, 40, 56, 3), noise(1, 40, 56, 3, seed=1)
    empty = nodes["Composite"].execute(None, torch.zeros(shape), original, edited)
    full = nodes["Composite"].execute(None, torch.ones(shape), original, edited)
    assert torch.allclose(full[1], edited, atol=1e-5)
    assert torch.equal(nodes["Deghost"].execute(empty[0])[0], original)


def test_one_picture_and_a_batch_are_repeated_as_core_nodes_do(nodes: dict[str, Any]) -> None:
    original, edited, mask = noise(1, 32, 32, 3), noise(4, 32, 32, 3), noise(1, 32, 32)
    coarse = nodes["Composite"].execute(None, mask, original, edited)[1]
    again = nodes["Composite"].execute(None, mask, original, edited[2:3])[1]
    assert coarse.shape == (4, 32, 32, 3) and torch.equal(coarse[2:3], again)
    result = nodes["Deghost"].execute(nodes["Composite"].execute(None, mask, original, edited)[0])[0]
    assert result.shape == (4, 32, 32, 3)


def test_two_pictures_and_four_masks_give_four_results(nodes: dict[str, Any], bundle: Any) -> None:
    images, masks = noise(2, 40, 40, 3), torch.zeros(4, 40, 40)
    masks[2:, 10:30, 10:30] = 1
    result, mask, *_ = nodes["Edit"].execute(bundle, "Smiling", 1.0, images, align="never", mask=masks).result
    assert torch.equal(mask, masks) and torch.equal(result[:2], images)
    assert torch.equal(result[2:][mask[2:] == 0], images[mask[2:] == 0])


def test_composite_equals_image_composite_masked_for_a_plain_mask(nodes: dict[str, Any]) -> None:
    original, edited, mask = noise(1, 32, 32, 3), noise(1, 32, 32, 3, seed=1), noise(1, 32, 32)
    coarse = nodes["Composite"].execute(None, mask, original, edited)[1]
    weight = mask[..., None]
    assert torch.allclose(coarse, weight * edited + (1 - weight) * original, atol=1e-5)


PLAIN = {"mode": "faithful", "threshold": 0.0, "grow": 0.0, "feather": 0.0}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda n, b: n["Composite"].execute(None, noise(1, 8, 8), noise(2, 8, 8, 3), noise(3, 8, 8, 3)),
            "'original' has 2",
        ),
        (
            lambda n, b: n["Composite"].execute(None, noise(1, 8, 8), noise(1, 8, 8, 3), noise(1, 8, 9, 3)),
            "'edited' is 9×8 and 'original' 8×8",
        ),
        (lambda n, b: n["Composite"].execute(), "Connect edit from DiffCAM"),
        (lambda n, b: n["Composite"].execute(None, None, noise(1, 8, 8, 3), noise(1, 8, 8, 3)), "and mask"),
        (lambda n, b: n["Deghost"].execute(None, noise(1, 32, 32, 3)), "original and mask"),
        (
            lambda n, b: n["Deghost"].execute(
                n["DiffCAM"].execute(**PLAIN, original=noise(1, 8, 8, 3), edited=noise(1, 8, 8, 3, seed=1))[0]
            ),
            "put Composite",
        ),
        (lambda n, b: n["Invert"].execute(b), "Connect image, or crop"),
        (lambda n, b: n["Edit"].execute(b, "Smiling", 1.0), "Connect image, or crop"),
        (lambda n, b: n["DiffCAM"].execute(**PLAIN), "Connect latents"),
        (
            lambda n, b: n["DiffCAM"].execute(
                **PLAIN | {"mode": "paper"}, original=noise(1, 8, 8, 3), edited=noise(1, 8, 8, 3)
            ),
            "needs a classifier",
        ),
        (lambda n, b: n["Invert"].execute(b, noise(8, 8, 3)), "IMAGE"),
        (lambda n, b: n["Invert"].execute(b, noise(1, 8, 8, 3) * torch.nan), "'image' .*NaN"),
        (
            lambda n, b: n["Composite"].execute(
                None, noise(1, 8, 8) * torch.nan, noise(1, 8, 8, 3), noise(1, 8, 8, 3)
            ),
            "'mask' .*NaN",
        ),
        (
            lambda n, b: n["Edit"].execute(b, "Smiling", 1.0, noise(1, 8, 8, 3), "Old"),
            "'Old' is not understood; write Attribute=strength",
        ),
        (
            lambda n, b: n["Edit"].execute(b, "Smiling", 1.0, noise(1, 8, 8, 3), "", "best"),
            "'best'.*faithful, paper",
        ),
        (
            lambda n, b: n["Edit"].execute(
                b, "Smiling", 1.0, noise(1, 8, 8, 3), align="never", mask_settings="colour=3"
            ),
            "no mask setting 'colour'. Known: low, high",
        ),
        (
            lambda n, b: n["Edit"].execute(
                b, "Smiling", 1.0, noise(2, 8, 8, 3), align="never", mask=torch.ones(3, 8, 8)
            ),
            "'image' has 2 pictures and 'mask' 3",
        ),
        (lambda n, b: n["Edit"].execute(b, "Smiling", 1e9, noise(1, 8, 8, 3)), "range; try -1.5 to 1.5"),
        (lambda n, b: n["ExamplePortrait"].execute(1, "piano", 64), "'piano'"),
        (lambda n, b: n["Invert"].execute(b, (noise(1, 8, 8, 3) * 255).byte()), "fractions.*uint8"),
        (lambda n, b: n["Invert"].execute(b, noise(1, 8, 8, 3) / 0), "'image' .*infinity"),
        (
            lambda n, b: n["Composite"].execute(
                None, (noise(1, 8, 8) * 255).byte(), noise(1, 8, 8, 3), noise(1, 8, 8, 3)
            ),
            "'mask' .*fractions.*uint8",
        ),
        (
            lambda n, b: n["Deghost"].execute(None, noise(1, 8, 8, 3), torch.tensor(0.5), noise(1, 8, 8)),
            r"'original' .*\[\]",
        ),
        (
            lambda n, b: n["AlignFace"].execute(noise(1, 8, 8, 3), b, landmarks=noise(1, 5, 2)),
            "'landmarks' must be landmarks",
        ),
        (lambda n, b: n["LoadBundle"].execute("no such"), "'no such'.*tiny.*models.*ood import"),
    ],
)
def test_what_cannot_be_is_said_plainly(nodes: dict[str, Any], bundle: Any, call: Any, says: str) -> None:
    with refused(says):
        call(nodes, bundle)


def test_an_attribute_of_another_bundle_is_refused_with_the_known_ones(
    nodes: dict[str, Any], bundle: Any
) -> None:
    latents = nodes["Invert"].execute(bundle, noise(1, 32, 32, 3))[0]
    with refused("Bangs.*Old, Smiling"):
        nodes["LatentEdit"].execute(latents, "Bangs", 1.0)


def test_directions_come_from_files_of_the_model_folder(nodes: dict[str, Any], bundle: Any) -> None:
    import folder_paths  # the stand-in

    folder = Path(folder_paths.models_dir) / "ood" / "directions"
    folder.mkdir(parents=True, exist_ok=True)
    config = bundle.bundle.generator.config
    vector = noise(config.num_styles, config.w_dim).numpy()
    np.save(folder / "mine.npy", vector)
    direction = nodes["LoadDirection"].execute(bundle, "mine.npy", "", "raw", 0.5)[0]
    latents = nodes["Invert"].execute(bundle, noise(1, 32, 32, 3))[0]
    edited, image = nodes["LatentEdit"].execute(latents, "Smiling", 2.0, direction).result
    assert torch.allclose(edited.codes - latents.codes, torch.from_numpy(vector)[None], atol=1e-5)
    assert edited.edits == {"mine": 2.0} and image.shape == (1, 32, 32, 3)
    nothing_foreign = "foreign_low=250, foreign_high=255"
    mask = nodes["DiffCAM"].execute(**PLAIN, mask_settings=nothing_foreign, latents=edited)[1]
    assert mask.max() > 0, "without a class the visible change alone decides"
    with refused("gone.npy"):
        nodes["LoadDirection"].execute(bundle, "gone.npy", "", "raw", 1.0)


def test_a_file_that_changed_is_loaded_again(nodes: dict[str, Any]) -> None:
    tiny, another = (nodes["LoadBundle"].fingerprint_inputs(name) for name in ("tiny", "another"))
    assert tiny != another and tiny == nodes["LoadBundle"].fingerprint_inputs("tiny")


def test_a_stage_that_is_done_twice_does_the_same_again(nodes: dict[str, Any], bundle: Any) -> None:
    """Composite behind Composite ended in a TypeError."""
    latents, _ = nodes["Invert"].execute(bundle, noise(1, 40, 40, 3)).result
    latents, _ = nodes["LatentEdit"].execute(latents, "Smiling", 1.0).result
    settings = {"mode": "faithful", "threshold": 0.0, "grow": 0.0, "feather": 0.0}
    once = nodes["Composite"].execute(nodes["DiffCAM"].execute(**settings, latents=latents)[0])
    twice = nodes["Composite"].execute(once[0])
    assert torch.equal(once[1], twice[1])
    assert torch.equal(nodes["Deghost"].execute(twice[0])[0], nodes["Deghost"].execute(once[0])[0])


def test_numbers_reach_a_node_as_its_widgets_would_give_them(nodes: dict[str, Any], bundle: Any) -> None:
    """A float at a whole number's socket, and whole numbers too large for a tensor, were tracebacks."""
    whole, fraction = (nodes["ExamplePortrait"].execute(n, "nothing", 64)[0] for n in (3, 3.0))
    assert torch.equal(whole, fraction)
    latents = nodes["Invert"].execute(bundle, noise(1, 40, 40, 3))[0]
    with refused("out of range"):
        nodes["StrengthSweep"].execute(latents, "Smiling", -(10**30), 10**30, 3)
    with refused("'first' must be a finite number"):
        nodes["StrengthSweep"].execute(latents, "Smiling", 10**400, 1, 3)
