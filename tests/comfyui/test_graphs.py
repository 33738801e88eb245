"""The templates' twins, and what people wire themselves, in ComfyUI's own validator and executor."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
NEED_MODELS = {
    "07 Mask for diffusion": {"ckpt_name"},
    "08 After an instruction editor": {"unet_name", "clip_name", "vae_name"},
}
"""Templates whose model files no test brings, and the widgets that name them."""
LESS_WORK = {
    "OOD_ExamplePortrait": {"size": 128},
    "ImageScaleToTotalPixels": {"megapixels": 0.25},
    "KSampler": {"steps": 2},
}
"""Node → inputs that spare a test without a GPU some minutes."""
AS_FOUND = {"mask_is": "limit", "threshold": 0.0, "grow": 0.0, "feather": 0.0}
STAGES = "05 Stage by stage"
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.json"))
RUNNABLE = [name for name in NAMES if name not in NEED_MODELS]


def template(name: str) -> dict[str, Any]:
    return json.loads((WORKFLOWS / "api" / f"{name}.json").read_text(encoding="utf-8"))


def node_id(graph: dict[str, Any], kind: str) -> str:
    return next(node for node, content in graph.items() if content["class_type"] == kind)


@pytest.fixture
def graph() -> dict[str, Any]:
    """The five stages, with a small picture."""
    graph = template(STAGES)
    graph[node_id(graph, "OOD_ExamplePortrait")]["inputs"]["size"] = 128
    return graph


def test_the_pack_loads_without_a_word_of_complaint(server: Any) -> None:
    about = server.get("/object_info")
    assert sum(name.startswith("OOD_") for name in about) == 18
    log = server.text()
    assert "IMPORT FAILED): " + str(server.folder / "custom_nodes" / "ood-editing") not in log
    assert "Error while calling comfy_entrypoint" not in log


def test_the_templates_and_help_pages_are_served(server: Any) -> None:
    names = server.get("/workflow_templates")["ood-editing"]
    assert sorted(names) == sorted(path.stem for path in WORKFLOWS.glob("*.json"))
    for name in names:
        assert server.request(f"/api/workflow_templates/ood-editing/{quote(name)}.jpg")[:2] == b"\xff\xd8"
    assert b"#" in server.request("/extensions/ood-editing/docs/OOD_Invert.md")


@pytest.mark.parametrize("name", RUNNABLE)
def test_every_template_runs_to_its_pictures(server: Any, name: str) -> None:
    graph = template(name)
    entry = server.run(graph)
    shown = [
        node for node, content in graph.items() if content["class_type"] in ("PreviewImage", "SaveImage")
    ]
    for node in shown:
        pictures = server.pictures(entry, node)
        assert pictures and all(picture.std() > 1 for picture in pictures), graph[node]


@pytest.mark.parametrize("name", NEED_MODELS)
def test_a_diffusion_template_lacks_nothing_but_its_model_files(server: Any, api: Any, name: str) -> None:
    with pytest.raises(api.PromptRefused) as refused:
        server.queue(template(name))
    problems = [e for node in refused.value.errors["node_errors"].values() for e in node["errors"]]
    missing = {widget for e in problems for widget in NEED_MODELS[name] if widget in json.dumps(e)}
    assert missing == NEED_MODELS[name] and len(problems) == len(missing)


def test_the_diffusion_templates_run_to_the_end_with_random_weights(server: Any, checkpoints: None) -> None:
    for name in NEED_MODELS:
        graph = template(name)
        for node in graph.values():
            node["inputs"] |= LESS_WORK.get(node["class_type"], {})
        entry = server.run(graph, limit=900)
        (picture,) = server.pictures(entry, node_id(graph, "SaveImage"))
        assert picture.std() > 1


def behind_klein() -> dict[str, Any]:
    """ComfyUI's own template *Image Edit (Flux.2 Klein 4B Distilled)*, and Keep Original behind it."""
    wired: dict[str, tuple[str, dict[str, Any]]] = {
        "photograph": ("LoadImage", {"image": "example.png"}),
        "scaled": ("ImageScaleToTotalPixels", {"image": ["photograph", 0], "megapixels": 0.25}),
        "size": ("GetImageSize", {"image": ["scaled", 0]}),
        "model": ("UNETLoader", {"unet_name": "flux-2-klein-4b-fp8.safetensors", "weight_dtype": "default"}),
        "clip": ("CLIPLoader", {"clip_name": "qwen_3_4b.safetensors", "type": "flux2"}),
        "vae": ("VAELoader", {"vae_name": "flux2-vae.safetensors"}),
        "latent": ("VAEEncode", {"pixels": ["scaled", 0], "vae": ["vae", 0]}),
        "told": ("CLIPTextEncode", {"clip": ["clip", 0], "text": "Add round glasses"}),
        "untold": ("ConditioningZeroOut", {"conditioning": ["told", 0]}),
        "positive": ("ReferenceLatent", {"conditioning": ["told", 0], "latent": ["latent", 0]}),
        "negative": ("ReferenceLatent", {"conditioning": ["untold", 0], "latent": ["latent", 0]}),
        "noise": ("RandomNoise", {"noise_seed": 0}),
        "guider": (
            "CFGGuider",
            {"model": ["model", 0], "positive": ["positive", 0], "negative": ["negative", 0], "cfg": 1.0},
        ),
        "sampler": ("KSamplerSelect", {"sampler_name": "euler"}),
        "sigmas": ("Flux2Scheduler", {"steps": 2, "width": ["size", 0], "height": ["size", 1]}),
        "empty": ("EmptyFlux2LatentImage", {"width": ["size", 0], "height": ["size", 1], "batch_size": 1}),
        "sampled": (
            "SamplerCustomAdvanced",
            {
                "noise": ["noise", 0],
                "guider": ["guider", 0],
                "sampler": ["sampler", 0],
                "sigmas": ["sigmas", 0],
                "latent_image": ["empty", 0],
            },
        ),
        "edited": ("VAEDecode", {"samples": ["sampled", 0], "vae": ["vae", 0]}),
        "untouched": ("VAEDecode", {"samples": ["latent", 0], "vae": ["vae", 0]}),
        "kept": ("OOD_KeepOriginal", {"original": ["photograph", 0], "edited": ["edited", 0], **AS_FOUND}),
        "saved": ("SaveImage", {"images": ["kept", 0], "filename_prefix": "ood/klein"}),
    }
    wired["kept"][1].update(reference=["untouched", 0])
    wired["scaled"][1].update(upscale_method="nearest-exact", resolution_steps=1)
    return {node: {"class_type": kind, "inputs": inputs} for node, (kind, inputs) in wired.items()}


def test_keep_original_runs_behind_klein_with_random_weights(server: Any, checkpoints: None) -> None:
    if "Flux2Scheduler" not in server.get("/object_info"):
        pytest.skip("this ComfyUI does not know FLUX.2")
    entry = server.run(behind_klein(), limit=900)
    (picture,) = server.pictures(entry, "saved")
    assert picture.shape == (512, 512, 3) and picture.std() > 1


def test_a_row_edits_as_the_text_does(server: Any, api: Any) -> None:
    graph = template("03 Several attributes at once")
    edit = graph[node_id(graph, "OOD_Edit")]["inputs"]
    if "attribute_2" not in server.get("/object_info")["OOD_Edit"]["input"]["required"]:
        pytest.skip("this ComfyUI has no lists that bring inputs with them")
    graph[node_id(graph, "OOD_ExamplePortrait")]["inputs"]["size"] = 128
    saved = node_id(graph, "SaveImage")
    (row,) = server.pictures(server.run(graph), saved)
    rest = {key: value for key, value in edit.items() if not key.startswith("attribute_")}
    graph[node_id(graph, "OOD_Edit")]["inputs"] = rest | {"more": "Smiling=1"}
    (text,) = server.pictures(server.run(graph), saved)
    graph[node_id(graph, "OOD_Edit")]["inputs"] = rest
    (without,) = server.pictures(server.run(graph), saved)
    assert (row == text).all() and (row != without).any()
    graph[node_id(graph, "OOD_Edit")]["inputs"] = rest | {"attribute_2": "Smilin", "attribute_2.strength": 1}
    said = api.message(server.wait(server.queue(graph)), "execution_error")["exception_message"]
    assert "'attribute_2' cannot be 'Smilin'" in said


def test_outside_its_mask_a_larger_picture_keeps_every_byte(server: Any) -> None:
    graph = template("09 Faces for other nodes")
    photograph = node_id(graph, "OOD_ExamplePhotograph")
    paste = node_id(graph, "OOD_PasteBack")
    graph["100"] = {"class_type": "PreviewImage", "inputs": {"images": [photograph, 0]}}
    graph["101"] = {"class_type": "ThresholdMask", "inputs": {"mask": [paste, 1], "value": 0.0}}
    graph["102"] = {"class_type": "MaskPreview", "inputs": {"mask": ["101", 0]}}
    entry = server.run(graph)
    before = server.pictures(entry, "100")[0]
    after = server.pictures(entry, node_id(graph, "SaveImage"))[0]
    assert before.shape == after.shape
    changed = (before != after).any(axis=2)
    mask = server.pictures(entry, "102")[0].max(axis=2)
    assert changed.any() and not changed[mask == 0].any() and (mask == 0).mean() > 0.3


def test_another_strength_does_not_run_the_encoder_again(
    server: Any, api: Any, graph: dict[str, Any]
) -> None:
    server.run(graph)
    graph[node_id(graph, "OOD_LatentEdit")]["inputs"]["strength"] = 0.85
    entry = server.run(graph)
    cached = api.message(entry, "execution_cached")["nodes"]
    kinds = {graph[node]["class_type"] for node in cached}
    assert {"OOD_LoadBundle", "OOD_ExamplePortrait", "OOD_Invert"} <= kinds
    assert not {"OOD_LatentEdit", "OOD_DiffCAM", "OOD_Composite", "OOD_Deghost"} & kinds


def test_the_slider_alone_costs_one_node(server: Any, api: Any, graph: dict[str, Any]) -> None:
    """Only Latent Edit, with the preview in the node: what live dragging executes."""
    keep = {"OOD_LoadBundle", "OOD_ExamplePortrait", "OOD_Invert", "OOD_LatentEdit"}
    alone = {node: content for node, content in graph.items() if content["class_type"] in keep}
    server.run(alone)
    edit = node_id(alone, "OOD_LatentEdit")
    alone[edit]["inputs"]["strength"] = -0.35
    entry = server.run(alone)
    assert set(alone) - set(api.message(entry, "execution_cached")["nodes"]) == {edit}
    assert server.pictures(entry, edit)[0].std() > 1


def test_cancel_stops_a_long_run(server: Any, api: Any, graph: dict[str, Any]) -> None:
    graph[node_id(graph, "OOD_Invert")]["inputs"]["refine"] = 500
    prompt = server.queue(graph)
    time.sleep(3)
    server.request("/interrupt", {})
    asked = time.monotonic()
    entry = server.wait(prompt)
    assert api.message(entry, "execution_interrupted")["node_type"] == "OOD_Invert"
    assert time.monotonic() - asked < 5


def test_memory_is_given_back_when_the_graph_lets_go(server: Any, graph: dict[str, Any]) -> None:
    server.run(graph)
    assert server.get("/ood_probe")["bundles"] >= 1
    server.request("/free", {"unload_models": True, "free_memory": True})
    for _ in range(50):
        left = server.get("/ood_probe")
        if left == {"bundles": 0, "loaded": 0}:
            return
        time.sleep(0.2)
    pytest.fail(f"still alive: {left}")


def test_core_mask_nodes_get_what_they_expect(server: Any, graph: dict[str, Any]) -> None:
    """Grow, feather, threshold, round, and the latent noise mask, all from DiffCAM's picture_mask."""
    mask = [node_id(graph, "OOD_DiffCAM"), 1]
    portrait = [node_id(graph, "OOD_ExamplePortrait"), 0]
    place = {"x": 0, "y": 0, "resize_source": False}
    rim = {"left": 2, "top": 2, "right": 2, "bottom": 2}
    latent = {"width": 128, "height": 128, "batch_size": 1}
    wired = {
        "grown": ("GrowMask", {"mask": mask, "expand": 4, "tapered_corners": True}),
        "feathered": ("FeatherMask", {"mask": ["grown", 0], **rim}),
        "binary": ("ThresholdMask", {"mask": ["feathered", 0], "value": 0.5}),
        "inverted": ("InvertMask", {"mask": ["binary", 0]}),
        "p": ("MaskPreview", {"mask": ["inverted", 0]}),
        "pasted": (
            "ImageCompositeMasked",
            {"destination": portrait, "source": portrait, "mask": mask, **place},
        ),
        "shown": ("PreviewImage", {"images": ["pasted", 0]}),
        "empty": ("EmptyLatentImage", latent),
        "noised": ("SetLatentNoiseMask", {"samples": ["empty", 0], "mask": ["grown", 0]}),
        "saved": ("SaveLatent", {"samples": ["noised", 0], "filename_prefix": "ood"}),
    }
    graph |= {node: {"class_type": kind, "inputs": inputs} for node, (kind, inputs) in wired.items()}
    entry = server.run(graph)
    shown = server.pictures(entry, "p")[0]
    assert shown.shape == (128, 128, 3) and set(np.unique(shown)) <= {0, 255}


def test_a_missing_bundle_is_said_in_one_plain_sentence(server: Any, api: Any, graph: dict[str, Any]) -> None:
    graph[node_id(graph, "OOD_LoadBundle")]["inputs"]["bundle"] = "no-such-bundle"
    try:
        entry = server.wait(server.queue(graph))
    except api.PromptRefused as refused:  # newer versions look at the list themselves
        assert "no-such-bundle" in str(refused)
    else:
        said = api.message(entry, "execution_error")["exception_message"]
        assert "no-such-bundle" in said and "models" in said and "ood import" in said
