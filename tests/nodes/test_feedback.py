"""What a node says and shows while it runs, and when it stops."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from ood_core.domains.portraits import render, sample_factors

CENTRED = {"align": "never"}


@pytest.fixture(autouse=True)
def inference_mode() -> Iterator[None]:
    """ComfyUI's executor runs whole graphs in it."""
    with torch.inference_mode():
        yield


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(node, text) that reach ComfyUI's server, while node 7 is running."""
    heard: list[tuple[str, str]] = []
    server = SimpleNamespace(send_progress_text=lambda text, node: heard.append((node, text)))
    modules = {
        "server": {"PromptServer": SimpleNamespace(instance=server)},
        "comfy_execution": {},
        "comfy_execution.utils": {"get_executing_context": lambda: SimpleNamespace(node_id="7")},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return heard


def portrait() -> torch.Tensor:
    return torch.rand(1, 48, 48, 3, generator=torch.Generator().manual_seed(0))


def test_the_stages_are_named_below_the_node(
    nodes: dict[str, Any], bundle: Any, said: list[tuple[str, str]]
) -> None:
    done = nodes["Edit"].execute(bundle, "Smiling", 1.0, portrait(), **CENTRED)
    texts = [text for _, text in said]
    assert {node for node, _ in said} == {"7"}
    assert "'tiny' draws: expect little" in texts[0], "noise is no face, and that is said before any work"
    assert texts[1:-1] == ["Invert", "LatentEdit", "DiffCAM", "Composite", "Deghost", "Paste"]
    assert texts[-1] == done.result[5] and texts[-1]


def test_load_bundle_says_what_it_holds_and_what_stands_in(
    nodes: dict[str, Any], said: list[tuple[str, str]]
) -> None:
    _, about = nodes["LoadBundle"].execute("tiny").result
    assert said == [("7", about)]
    assert "generator" in about and "no detector: the built-in face detector stands in" in about
    assert "Smiling" in about


def test_without_a_server_nothing_is_said_and_nothing_fails(nodes: dict[str, Any], bundle: Any) -> None:
    assert nodes["Edit"].execute(bundle, "Smiling", 1.0, portrait(), **CENTRED)[0].shape == (1, 48, 48, 3)


def test_before_and_after_stand_side_by_side(nodes: dict[str, Any], bundle: Any) -> None:
    image = portrait()
    result, *_, both = nodes["Edit"].execute(bundle, "Smiling", 1.0, image, **CENTRED).result
    assert torch.equal(both[:, :, :48], image) and torch.equal(both[:, :, -48:], result)
    assert (both[:, :, 48:-48] == 1).all()


def test_keep_original_shows_before_and_after_too(nodes: dict[str, Any]) -> None:
    image = portrait()
    result, *_, both = nodes["KeepOriginal"].execute(image, 1 - image).result
    assert torch.equal(both[:, :, :48], image) and torch.equal(both[:, :, -48:], result)


def test_nodes_draw_each_picture_before_its_edit_for_the_frontends_slider(nodes: dict[str, Any]) -> None:
    """One original for two edits: under Compare Images' names, and in turn for older frontends."""
    image = portrait()
    edits = torch.cat([image, 1 - image])
    done = nodes["KeepOriginal"].execute(image, edits)
    before, after = done.ui["a_images"], done.ui["b_images"]
    assert all(torch.equal(shown, image[0]) for shown in before) and len(before) == 2
    assert torch.equal(torch.stack(after), done.result[0])
    assert [id(shown) for shown in done.ui["images"]] == [
        id(shown) for pair in zip(before, after, strict=True) for shown in pair
    ]


def test_keep_original_takes_the_frames_of_a_clip(nodes: dict[str, Any]) -> None:
    image = portrait().repeat(3, 1, 1, 1)
    edited = image.clone()
    edited[:, 8:24, 8:24] = 1 - edited[:, 8:24, 8:24]
    result, mask, registered, report, _ = nodes["KeepOriginal"].execute(image, edited, clip=True).result
    assert result.shape == registered.shape == image.shape and mask.shape == image.shape[:3]
    assert len(report.splitlines()) == 3
    assert torch.equal(result[mask == 0], image[mask == 0]) and bool((mask[:, 12:20, 12:20] > 0).all())
    still, *_ = nodes["KeepOriginal"].execute(image[:1], edited, clip=True).result
    assert torch.equal(still, result), "one photograph stands still through the whole clip"


def test_cancel_is_heeded_inside_a_network(
    nodes: dict[str, Any], bundle: Any, standin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers: list[int] = []

    def third_layer() -> None:
        layers.append(1)
        if len(layers) == 3:
            raise standin.Cancelled

    management = sys.modules["comfy.model_management"]
    monkeypatch.setattr(management, "throw_exception_if_processing_interrupted", third_layer)
    with pytest.raises(standin.Cancelled):
        nodes["Invert"].execute(bundle, portrait())
    assert len(layers) == 3


def test_cancel_is_heeded_on_a_descents_way_back(
    nodes: dict[str, Any], bundle: Any, standin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    way_back: list[bool] = []
    descend = torch.autograd.backward

    def watched(*args: Any, **kwargs: Any) -> None:
        way_back.append(True)
        descend(*args, **kwargs)
        way_back.append(False)

    def cancelled() -> None:
        if way_back:
            raise standin.Cancelled

    monkeypatch.setattr(torch.autograd, "backward", watched)
    management = sys.modules["comfy.model_management"]
    monkeypatch.setattr(management, "throw_exception_if_processing_interrupted", cancelled)
    for steps in ({"refine": 2}, {"tune": 2}):
        way_back.clear()
        with pytest.raises(standin.Cancelled):
            nodes["Invert"].execute(bundle, portrait(), **steps)
        assert way_back == [True]


def test_cancel_is_heeded_where_no_network_is_at_work(
    nodes: dict[str, Any], standin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def later() -> None:
        asked.append(1)
        if len(asked) == 20:
            raise standin.Cancelled

    management = sys.modules["comfy.model_management"]
    monkeypatch.setattr(management, "throw_exception_if_processing_interrupted", later)
    with pytest.raises(standin.Cancelled):
        nodes["RegisterEdit"].execute(portrait().repeat(8, 1, 1, 1), portrait())
    assert len(asked) == 20


def test_a_photograph_is_shown_in_the_node_no_larger_than_a_screen(nodes: dict[str, Any]) -> None:
    """To write all its pixels would take longer than to edit them; before_after has them."""
    image = torch.rand(1, 60, 3000, 3, generator=torch.Generator().manual_seed(0))
    done = nodes["KeepOriginal"].execute(image, image)
    assert [shown.shape for shown in done.ui["images"]] == [(41, 2048, 3)] * 2
    assert done.result[-1].shape[2] > 6000


def test_cancel_is_heeded_while_faces_are_looked_for(
    nodes: dict[str, Any], bundle: Any, standin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the built-in detector, too, which is no part of the bundle."""

    def cancelled() -> None:
        raise standin.Cancelled

    management = sys.modules["comfy.model_management"]
    monkeypatch.setattr(management, "throw_exception_if_processing_interrupted", cancelled)
    for handle in (bundle, None):
        with pytest.raises(standin.Cancelled):
            nodes["AlignFace"].execute(portrait(), handle, detector="photo")
    with pytest.raises(standin.Cancelled):
        nodes["Edit"].execute(bundle, "Smiling", 1.0, portrait(), detector="photo")


def test_automatic_loads_the_bundle_that_the_image_needs_and_says_why(nodes: dict[str, Any]) -> None:
    data = pytest.importorskip("skimage.data")
    factors = sample_factors(1, torch.Generator().manual_seed(96_000))
    drawn = (render(factors, 160).image + 1).movedim(1, -1) / 2
    photograph = torch.from_numpy(data.astronaut()[None, ::2, ::2] / 255.0).float()
    load = nodes["LoadBundle"].execute
    handle, about = load("automatic", image=drawn).result
    assert handle.bundle.name == "portraits-128" and about.startswith("a drawing, so 'portraits-128'\n")
    handle, about = load("automatic", image=photograph).result
    assert handle.bundle.name == "another" and about.startswith("a photograph, so 'another'\n")
    with pytest.raises(Exception, match="image, at which automatic looks"):
        load("automatic")


def test_paste_back_says_that_its_mask_is_empty(
    nodes: dict[str, Any], bundle: Any, said: list[tuple[str, str]]
) -> None:
    """Load Image gives an empty one of 64 pixels for a picture without transparency."""
    crop, pictures, *_ = nodes["AlignFace"].execute(portrait(), bundle, **CENTRED).result
    nodes["PasteBack"].execute(crop, 1 - pictures, torch.ones(1, 64, 64))
    assert not any("mask is empty" in text for _, text in said)
    result, _ = nodes["PasteBack"].execute(crop, 1 - pictures, torch.zeros(1, 64, 64)).result
    assert torch.equal(result, portrait()) and "mask is empty" in said[-1][1]
