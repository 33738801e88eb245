"""Every node does its stage's work, under the conditions in which ComfyUI runs it."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from ood_core.pipeline import edit

DEFAULTS = {"mode": "faithful", "threshold": 0.0, "grow": 0, "feather": 0.0}


@pytest.fixture(autouse=True)
def inference_mode() -> Iterator[None]:
    """ComfyUI's executor runs whole graphs in it."""
    with torch.inference_mode():
        yield


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def run_stages(nodes: dict[str, Any], bundle: Any, image: Tensor, edits: dict[str, float]) -> dict[str, Any]:
    """The five stages as a graph wires them."""
    inverted = nodes["Invert"].execute(bundle, image, 0)
    latents, edited = inverted[0], inverted[1]
    for attribute, strength in edits.items():
        latents, edited = nodes["LatentEdit"].execute(bundle, latents, attribute, strength).result
    found = nodes["DiffCAM"].execute(bundle, inverted[1], edited, **DEFAULTS, latents=latents, original=image)
    coarse = nodes["Composite"].execute(image, edited, found[0], inverted[1])
    final = nodes["Deghost"].execute(bundle, coarse[0], image, found[0])
    return {
        "reconstruction": inverted[1], "edited": edited, "mask": found[0], "picture_mask": found[1],
        "scores": found[3], "coarse": coarse[0], "final": final[0], "final_mask": final[1],
    }  # fmt: skip


@pytest.mark.parametrize("size", [(32, 32), (50, 70), (16, 24)])
@pytest.mark.parametrize("edits", [{"Smiling": 1.0}, {"Smiling": 1.0, "Old": -0.7}])
def test_the_stages_give_what_the_librarys_line_gives(
    nodes: dict[str, Any], bundle: Any, size: tuple[int, int], edits: dict[str, float]
) -> None:
    image = noise(2, *size, 3)
    staged = run_stages(nodes, bundle, image, edits)
    line = edit(image.movedim(-1, 1) * 2 - 1, bundle.bundle, edits)
    assert torch.allclose(staged["final"], (line.final.movedim(1, -1) + 1) / 2, atol=1e-4)
    assert torch.allclose(staged["final_mask"], line.mask[:, 0], atol=1e-4)
    assert torch.allclose(staged["picture_mask"], line.mask[:, 0], atol=1e-4)
    assert torch.allclose(staged["coarse"], ((line.coarse.movedim(1, -1) + 1) / 2).clamp(0, 1), atol=1e-4)
    assert "Smiling 0." in staged["scores"]


def test_diffcam_says_so_where_most_of_an_edit_is_left_out(nodes: dict[str, Any], bundle: Any) -> None:
    before, after = torch.full((1, 32, 32, 3), 0.5), torch.full((1, 32, 32, 3), 0.7)
    for original, said in ((before, False), (torch.zeros_like(before), True)):
        found = nodes["DiffCAM"].execute(bundle, before, after, **DEFAULTS, original=original)
        assert ("100% of the edit was left out" in found[3]) == said
    assert "left out" not in nodes["DiffCAM"].execute(bundle, before, after, **DEFAULTS)[3]


@pytest.mark.parametrize("size", [(32, 32), (50, 70)])
def test_outside_the_mask_the_result_holds_the_very_values_that_came_in(
    nodes: dict[str, Any], bundle: Any, size: tuple[int, int]
) -> None:
    image = 0.4 + 0.2 * noise(1, *size, 3)  # plain noise would all be foreign, and stay
    before = image.clone()
    staged = run_stages(nodes, bundle, image, {"Smiling": 1.0})
    box = nodes["Edit"].execute(bundle, image, "Smiling", 1.0, "", "faithful")
    for result, mask in ((staged["final"], staged["final_mask"]), (box[0], box[1])):
        outside = mask == 0
        assert outside.any() and not outside.all()
        assert torch.equal(result[outside], image[outside])
        assert not torch.equal(result, image)
    assert torch.equal(image, before), "inputs are never changed in place"


def test_no_edit_gives_an_empty_mask_and_the_image_itself(nodes: dict[str, Any], bundle: Any) -> None:
    image = noise(1, 40, 40, 3)
    staged = run_stages(nodes, bundle, image, {"Smiling": 0.0})
    assert staged["mask"].max() == 0
    assert torch.equal(staged["final"], image)


def test_the_one_box_does_several_attributes_and_takes_a_mask(nodes: dict[str, Any], bundle: Any) -> None:
    image, mask = noise(1, 40, 60, 3), torch.zeros(1, 40, 60)
    mask[:, 10:20, 25:35] = 1
    both = nodes["Edit"].execute(bundle, image, "Smiling", 1.0, "Old=-0.7\n", "faithful", mask)
    line = edit(
        image.movedim(-1, 1) * 2 - 1, bundle.bundle, {"Smiling": 1.0, "Old": -0.7}, mask=mask[:, None]
    )
    assert torch.allclose(both[0], (line.final.movedim(1, -1) + 1) / 2, atol=1e-4)
    assert torch.equal(both[1], mask)
    assert torch.equal(both[0][mask == 0], image[mask == 0])


def test_a_mask_of_ones_own_at_the_pictures_size_goes_through_the_stages_too(
    nodes: dict[str, Any], bundle: Any
) -> None:
    image, mask = noise(1, 40, 60, 3), torch.zeros(1, 40, 60)
    mask[:, 10:20, 25:35] = 1
    latents, before = nodes["Invert"].execute(bundle, image, 0).result
    _, after = nodes["LatentEdit"].execute(bundle, latents, "Smiling", 1.0).result
    coarse = nodes["Composite"].execute(image, after, mask, before)[0]
    final, final_mask = nodes["Deghost"].execute(bundle, coarse, image, mask).result
    line = edit(image.movedim(-1, 1) * 2 - 1, bundle.bundle, {"Smiling": 1.0}, mask=mask[:, None])
    assert torch.allclose(final, (line.final.movedim(1, -1) + 1) / 2, atol=1e-4)
    assert torch.equal(final_mask, mask)


def test_the_published_line_is_there_too(nodes: dict[str, Any], bundle: Any) -> None:
    image = noise(1, 32, 32, 3)
    box = nodes["Edit"].execute(bundle, image, "Smiling", 1.0, "", "paper")
    line = edit(image.movedim(-1, 1) * 2 - 1, bundle.bundle, {"Smiling": 1.0}, mode="paper")
    assert torch.allclose(box[0], ((line.final.movedim(1, -1) + 1) / 2).clamp(0, 1), atol=1e-4)
    final = nodes["Deghost"].execute(bundle, box[4])
    assert final[0].shape == (1, 32, 32, 3) and (final[1] == 1).all()


def test_refining_brings_the_reconstruction_closer_although_gradients_are_off(
    nodes: dict[str, Any], bundle: Any, standin: ModuleType
) -> None:
    image = noise(1, 4, 4, 3).repeat_interleave(8, 1).repeat_interleave(8, 2)
    plain = nodes["Invert"].execute(bundle, image, 0)[1]
    standin.ProgressBar.told.clear()
    refined = nodes["Invert"].execute(bundle, image, 4)[1]
    assert (refined - image).abs().mean() < (plain - image).abs().mean()
    assert (4, 4) in standin.ProgressBar.told


def test_a_sweep_is_a_batch_that_the_other_stages_take(nodes: dict[str, Any], bundle: Any) -> None:
    image = noise(1, 40, 40, 3)
    latents, before = nodes["Invert"].execute(bundle, image, 0).result
    swept, after, text = nodes["StrengthSweep"].execute(bundle, latents, "Smiling", -1.0, 1.0, 5).result
    assert after.shape == (5, 32, 32, 3) and text.split() == ["-1", "-0.5", "+0", "+0.5", "+1"]
    single = nodes["LatentEdit"].execute(bundle, latents, "Smiling", 1.0)[1]
    assert torch.allclose(after[4:], single, atol=1e-5)
    found = nodes["DiffCAM"].execute(bundle, before, after, **DEFAULTS, latents=swept, original=image)
    coarse = nodes["Composite"].execute(image, after, found[0], before)[0]
    final = nodes["Deghost"].execute(bundle, coarse, image, found[0])[0]
    assert final.shape == (5, 40, 40, 3) and len(found[3].splitlines()) == 5
    assert torch.equal(final[2:3], image), "strength 0 changes nothing"


def test_previews_show_the_picture_in_the_node(nodes: dict[str, Any], bundle: Any) -> None:
    latents, _ = nodes["Invert"].execute(bundle, noise(1, 32, 32, 3), 0).result
    edited = nodes["LatentEdit"].execute(bundle, latents, "Smiling", 1.0)
    assert edited.ui[0] == "images" and torch.equal(edited.ui[1], edited[1])


def test_attributes_are_listed_with_their_useful_strengths(nodes: dict[str, Any], bundle: Any) -> None:
    text = nodes["Attributes"].execute(bundle)[0]
    assert "Smiling: useful strengths -1.5 to +1.5" in text
    assert "Old" in text and "the classifier does not know it" in text


def test_an_example_portrait_is_drawn_anew_the_same(nodes: dict[str, Any]) -> None:
    draw = nodes["ExamplePortrait"].execute
    image = draw(7, "hat", 64)[0]
    assert image.shape == (1, 64, 64, 3) and 0 <= image.min() and image.max() <= 1
    assert torch.equal(image, draw(7, "hat", 64)[0])
    assert not torch.equal(image, draw(7, "nothing", 64)[0])
    assert not torch.equal(image, draw(8, "hat", 64)[0])


def test_every_output_is_a_plain_tensor_for_core_nodes(nodes: dict[str, Any], bundle: Any) -> None:
    """GrowMask calls .numpy() on masks; many others expect float32 in 0..1."""
    staged = run_stages(nodes, bundle, noise(1, 40, 40, 3), {"Smiling": 1.0})
    for tensor in (value for value in staged.values() if isinstance(value, Tensor)):
        assert tensor.dtype == torch.float32 and tensor.device.type == "cpu" and tensor.is_contiguous()
        assert 0 <= tensor.min() and tensor.max() <= 1
        tensor.numpy()


def test_cancel_stops_a_batch_between_two_pictures(
    nodes: dict[str, Any], bundle: Any, standin: ModuleType
) -> None:
    standin.ProgressBar.cancel_after = 2
    with pytest.raises(standin.Cancelled):
        nodes["Invert"].execute(bundle, noise(6, 32, 32, 3), 0)
    assert len(standin.ProgressBar.told) == 3
