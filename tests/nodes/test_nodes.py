"""Every node does its stage's work, under the conditions in which ComfyUI runs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

DEFAULTS = {"mode": "faithful", "threshold": 0.0, "grow": 0.0, "feather": 0.0}
CENTRED = {"align": "never"}  # noise has no faces


@pytest.fixture(autouse=True)
def inference_mode() -> Iterator[None]:
    """ComfyUI's executor runs whole graphs in it."""
    with torch.inference_mode():
        yield


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def run_stages(nodes: dict[str, Any], bundle: Any, image: Tensor, edits: dict[str, float]) -> dict[str, Any]:
    """The five stages as a graph wires them."""
    latents, reconstruction = nodes["Invert"].execute(bundle, image).result
    edited = reconstruction
    for attribute, strength in edits.items():
        latents, edited = nodes["LatentEdit"].execute(latents, attribute, strength).result
    found, mask, _, report = nodes["DiffCAM"].execute(**DEFAULTS, latents=latents).result
    composed, coarse = nodes["Composite"].execute(found).result
    final, final_mask, *_ = nodes["Deghost"].execute(composed).result
    return {
        "reconstruction": reconstruction, "edited": edited, "mask": mask, "report": report,
        "coarse": coarse, "final": final, "final_mask": final_mask,
    }  # fmt: skip


def test_diffcam_says_so_where_most_of_an_edit_is_left_out(nodes: dict[str, Any]) -> None:
    before, after = torch.full((1, 32, 32, 3), 0.5), torch.full((1, 32, 32, 3), 0.7)
    for original, said in ((before, False), (torch.zeros_like(before), True)):
        pictures = {"original": original, "edited": after, "reconstruction": before}
        found = nodes["DiffCAM"].execute(**DEFAULTS, **pictures)
        assert ("100% of the edit was left out" in found[3]) == said
    assert "left out" not in nodes["DiffCAM"].execute(**DEFAULTS, original=before, edited=after)[3]


@pytest.mark.parametrize("size", [(32, 32), (50, 70)])
def test_outside_the_mask_the_result_holds_the_very_values_that_came_in(
    nodes: dict[str, Any], bundle: Any, size: tuple[int, int]
) -> None:
    image = 0.4 + 0.2 * noise(1, *size, 3)  # plain noise would all be foreign, and stay
    before = image.clone()
    staged = run_stages(nodes, bundle, image, {"Smiling": 1.0})
    box = nodes["Edit"].execute(bundle, "Smiling", 1.0, image, **CENTRED)
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


def test_edits_made_elsewhere_go_through_the_stages_at_their_own_size(nodes: dict[str, Any]) -> None:
    """Plain pictures, not square, without latents and without any network."""
    image, mask = noise(1, 40, 64, 3), torch.zeros(1, 40, 64)
    mask[:, 10:20, 25:35] = 1
    after = (image + 0.3 * mask[..., None]).clamp(0, 1)
    found, where, *_ = nodes["DiffCAM"].execute(**DEFAULTS, original=image, edited=after).result
    composed, coarse = nodes["Composite"].execute(found).result
    result, changed, *_ = nodes["Deghost"].execute(composed).result
    assert result.shape == image.shape and coarse.shape == image.shape and where.shape == mask.shape
    assert torch.equal(result[changed == 0], image[changed == 0])
    assert (changed[mask > 0] > 0).float().mean() > 0.5
    assert (result - after)[:, 12:18, 27:33].abs().max() < 0.02
    own = nodes["Composite"].execute(None, mask, image, after)
    pasted = nodes["Deghost"].execute(own[0])[0]
    assert torch.equal(pasted[mask == 0], image[mask == 0])
    assert torch.allclose(pasted[mask == 1], after[mask == 1], atol=1e-5)


def test_a_picture_that_is_not_square_is_never_squeezed_into_the_networks(
    nodes: dict[str, Any], bundle: Any
) -> None:
    """768×384 as both composite and original used to come back with a squeezed face pasted in."""
    image = noise(1, 24, 48, 3)
    whole = torch.ones(1, 24, 48)
    result, _, report, _ = nodes["Deghost"].execute(None, image, image, whole, bundle).result
    assert torch.allclose(result, image, atol=1e-6) and "draws squares and this crop is 48×24" in report
    square = noise(1, 48, 48, 3)
    assert nodes["Deghost"].execute(None, square, square, whole[:, :, :24], bundle)[0].shape == square.shape


def test_a_mask_of_ones_own_replaces_the_one_that_was_found(nodes: dict[str, Any], bundle: Any) -> None:
    image, mask = noise(1, 40, 60, 3), torch.zeros(1, 40, 60)
    mask[:, 10:20, 25:35] = 1
    latents, _ = nodes["Invert"].execute(bundle, image).result
    latents, _ = nodes["LatentEdit"].execute(latents, "Smiling", 1.0).result
    early = nodes["DiffCAM"].execute(**DEFAULTS, latents=latents, mask=mask)
    late = nodes["Composite"].execute(nodes["DiffCAM"].execute(**DEFAULTS, latents=latents)[0], mask)
    results = [
        nodes["Deghost"].execute(making).result
        for making in (nodes["Composite"].execute(early[0])[0], late[0])
    ]
    assert torch.equal(early[1], mask)
    for result, changed, *_ in results:
        assert torch.equal(result, results[0][0]) and torch.equal(changed, mask)
        assert torch.equal(result[mask == 0], image[mask == 0])


def test_refining_brings_the_reconstruction_closer_although_gradients_are_off(
    nodes: dict[str, Any], bundle: Any, standin: ModuleType
) -> None:
    image = noise(1, 4, 4, 3).repeat_interleave(8, 1).repeat_interleave(8, 2)
    plain = nodes["Invert"].execute(bundle, image)[1]
    standin.ProgressBar.told.clear()
    refined = nodes["Invert"].execute(bundle, image, 4)[1]
    assert (refined - image).abs().mean() < (plain - image).abs().mean()
    assert len({done for done, _ in standin.ProgressBar.told}) >= 4, "each step is told"


def test_a_sweep_is_a_batch_that_the_other_stages_take(nodes: dict[str, Any], bundle: Any) -> None:
    image = noise(2, 40, 40, 3)
    latents, _ = nodes["Invert"].execute(bundle, image).result
    swept, after, text = nodes["StrengthSweep"].execute(latents, "Smiling", -1.0, 1.0, 5).result
    assert after.shape == (10, 32, 32, 3) and text.split() == ["-1", "-0.5", "+0", "+0.5", "+1"]
    single = nodes["LatentEdit"].execute(latents, "Smiling", 1.0)[1]
    assert torch.allclose(after[8:], single, atol=1e-5)
    found = nodes["DiffCAM"].execute(**DEFAULTS, latents=swept)
    final = nodes["Deghost"].execute(nodes["Composite"].execute(found[0])[0])[0]
    assert final.shape == (10, 40, 40, 3) and len(found[3].splitlines()) == 10
    assert torch.equal(final[4:6], image), "strength 0 changes nothing"


def test_a_filmstrip_of_tuned_latents_is_drawn_by_the_tuned_generator(
    nodes: dict[str, Any], bundle: Any
) -> None:
    """It was drawn by the untuned one, and more than one strength failed behind it."""
    latents = nodes["Invert"].execute(bundle, noise(1, 32, 32, 3), tune=4)[0]
    plain = nodes["Invert"].execute(bundle, noise(1, 32, 32, 3))[0]
    swept, after, _ = nodes["StrengthSweep"].execute(latents, "Smiling", 0.5, 1.0, 2).result
    single = nodes["LatentEdit"].execute(latents, "Smiling", 1.0)[1]
    assert torch.allclose(after[1:], single, atol=1e-5)
    assert not torch.allclose(single, nodes["LatentEdit"].execute(plain, "Smiling", 1.0)[1], atol=1e-3)
    found = nodes["DiffCAM"].execute(**DEFAULTS, latents=swept)
    assert nodes["Deghost"].execute(nodes["Composite"].execute(found[0])[0])[0].shape == (2, 32, 32, 3)


def test_previews_show_the_picture_in_the_node(nodes: dict[str, Any], bundle: Any) -> None:
    latents, _ = nodes["Invert"].execute(bundle, noise(1, 32, 32, 3)).result
    edited = nodes["LatentEdit"].execute(latents, "Smiling", 1.0)
    assert torch.equal(edited.ui.images, edited[1])


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
        nodes["Invert"].execute(bundle, noise(400, 32, 32, 3))
    assert len(standin.ProgressBar.told) == 3, "so many pictures are several batches"


def test_a_bundle_of_a_generator_alone_goes_through_every_node(nodes: dict[str, Any], bundle: Any) -> None:
    """What it lacks has a stand-in, in the five stages and in one node."""
    whole = bundle.bundle
    attributes = {name: replace(one, diffcam_class=None) for name, one in whole.attributes.items()}
    lone = replace(
        whole, attributes=attributes, encoder=None, diffcam=None, deghoster=None, detector=None,
        landmarker=None, frame=None, foreign=(250.0, 255.0),
    )  # fmt: skip
    image, handle = 0.4 + 0.2 * noise(1, 40, 40, 3), type(bundle)(lone)
    staged = run_stages(nodes, handle, image, {"Smiling": 1.0})
    box = nodes["Edit"].execute(handle, "Smiling", 1.0, image)
    for result, mask in ((staged["final"], staged["final_mask"]), (box[0], box[1])):
        assert result.shape == image.shape and torch.equal(result[mask == 0], image[mask == 0])
    assert nodes["AlignFace"].execute(image, handle)[1].shape[0] == 1
