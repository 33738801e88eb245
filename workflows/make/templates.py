"""Writes the templates and their twins for servers: ``python workflows/make/templates.py``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from graph import ROOT, Graph, Wire

BUNDLE = "portraits-128"
PERSON = {"person": 4, "thing": "hat", "size": 512}
EDIT = {"attribute": "Eyeglasses", "strength": 1.0}
SECOND = {"attribute": "Smiling", "strength": -1.0}
SWEPT = {"attribute": "Smiling"}


def five_stages(
    graph: Graph, bundle: Wire, edits: list[dict[str, Any]], column: float = 1, **what: Wire
) -> tuple[Wire, Wire]:
    """Invert to Deghost from a column on, of an ``image`` or a ``crop``; returns image and mask."""
    latents, before = graph.add("OOD_Invert", (column, 0), bundle=bundle, **what)
    for row, edit in enumerate(edits):
        latents, _ = graph.add("OOD_LatentEdit", (column + 1, 1.25 * row), latents=latents, **edit)
    making, _, _, _ = graph.add("OOD_DiffCAM", (column + 2, 0), latents=latents)
    making, coarse = graph.add("OOD_Composite", (column + 3, 0), edit=making)
    image, mask, report = graph.add("OOD_Deghost", (column + 4, 0), edit=making)
    graph.add("PreviewImage", (column, 1), images=before)
    graph.add("PreviewImage", (column + 3, 1), images=coarse)
    graph.add("PreviewAny", (column + 4, 1.75), source=report)
    return image, mask


def edit_a_portrait() -> Graph:
    graph = Graph()
    (bundle,) = graph.add("OOD_LoadBundle", (0, 0), bundle=BUNDLE)
    (original,) = graph.add("OOD_ExamplePortrait", (0, 0.4), **PERSON)
    graph.add("PreviewImage", (0, 1), images=original)
    image, mask = five_stages(graph, bundle, [EDIT], image=original)
    graph.add("PreviewImage", (5, 1), images=image)
    graph.add("MaskPreview", (6, 0), mask=mask)
    graph.note(
        "**Edit a portrait** in five stages: Invert, Latent Edit, DiffCAM, Composite, Deghost.\n\n"
        "Put **Load Image** in place of Example Portrait for a picture of your own. Set the queue to "
        "*Run (On Change)* and drag *strength*: Invert does not run again.\n\n"
        "Outside the mask the result holds the very values of the original.",
    )
    return graph


def two_attributes() -> Graph:
    graph = Graph()
    (bundle,) = graph.add("OOD_LoadBundle", (0, 0), bundle=BUNDLE)
    (original,) = graph.add("OOD_ExamplePortrait", (0, 0.4), **PERSON)
    graph.add("PreviewImage", (0, 1), images=original)
    image, _ = five_stages(graph, bundle, [EDIT, SECOND], image=original)
    graph.add("PreviewImage", (5, 1), images=image)
    graph.note(
        "**Two attributes at once**: two Latent Edit nodes in a row. DiffCAM learns from the latents which "
        "attributes were edited and finds one mask for both.",
    )
    return graph


def strength_filmstrip() -> Graph:
    graph = Graph()
    (bundle,) = graph.add("OOD_LoadBundle", (0, 0), bundle=BUNDLE)
    (original,) = graph.add("OOD_ExamplePortrait", (0, 0.4), **(PERSON | {"size": 256}))
    latents, _ = graph.add("OOD_Invert", (1, 0), bundle=bundle, image=original)
    swept, _, strengths = graph.add(
        "OOD_StrengthSweep", (2, 0), latents=latents, **SWEPT, first=-1.0, last=1.5, steps=6
    )
    making, *_ = graph.add("OOD_DiffCAM", (3, 0), latents=swept)
    making, _ = graph.add("OOD_Composite", (4, 0), edit=making)
    image, *_ = graph.add("OOD_Deghost", (5, 0), edit=making)
    graph.add("PreviewImage", (6, 0), images=image)
    graph.add("PreviewAny", (6, 1), source=strengths)
    graph.note(
        "**Strength filmstrip**: one edit at several strengths, as a batch that runs through the stages "
        "like any batch. At strength 0 the result is the original itself.",
    )
    return graph


def mask_for_diffusion() -> Graph:
    graph = Graph()
    (bundle,) = graph.add("OOD_LoadBundle", (0, 0), bundle=BUNDLE)
    (original,) = graph.add("OOD_ExamplePortrait", (0, 0.4), **PERSON)
    image, mask, *_ = graph.add("OOD_Edit", (1, 0), bundle=bundle, image=original, **EDIT)
    (grown,) = graph.add("GrowMask", (2, 0), mask=mask, expand=8)
    graph.add("MaskPreview", (2, 0.5), mask=grown)
    model, clip, vae = graph.add("CheckpointLoaderSimple", (1, 1.5))
    name = "v1-5-pruned-emaonly-fp16.safetensors"
    source = "https://huggingface.co/Comfy-Org/stable-diffusion-v1-5-archive/resolve/main/"
    graph.needs(name, source + name, "checkpoints")
    (positive,) = graph.add(
        "CLIPTextEncode", (2, 1.2), clip=clip, text="portrait of a person wearing glasses"
    )
    (negative,) = graph.add("CLIPTextEncode", (2, 1.7), clip=clip, text="blurry, seam")
    (latent,) = graph.add("VAEEncode", (3, 0), pixels=image, vae=vae)
    (masked,) = graph.add("SetLatentNoiseMask", (3, 0.4), samples=latent, mask=grown)
    (sampled,) = graph.add(
        "KSampler", (4, 0), model=model, positive=positive, negative=negative, latent_image=masked
    )
    (decoded,) = graph.add("VAEDecode", (5, 0), samples=sampled, vae=vae)
    (joined,) = graph.add("ImageCompositeMasked", (5, 0.4), destination=image, source=decoded, mask=grown)
    graph.add("SaveImage", (6, 0), images=joined, filename_prefix="ood/refined")
    graph.note(
        "**Mask for diffusion**: the mask of an edit goes into core mask nodes, and a diffusion model "
        "of your choice refines only what was edited. Needs a checkpoint in models/checkpoints.",
    )
    return graph


def part_of_a_larger_graph() -> Graph:
    graph = Graph()
    (bundle,) = graph.add("OOD_LoadBundle", (0, 0), bundle=BUNDLE)
    (left,) = graph.add("OOD_ExamplePortrait", (0, 0.4), person=11, thing="microphone", size=512)
    (right,) = graph.add("OOD_ExamplePortrait", (0, 0.85), **PERSON)
    (both,) = graph.add("ImageStitch", (1, 0), image1=left, image2=right)
    (face,) = graph.add("ImageCrop", (1, 0.6), image=both, width=512, height=512, x=512, y=0)
    image, mask = five_stages(graph, bundle, [EDIT], column=2, image=face)
    (joined,) = graph.add(
        "ImageCompositeMasked", (7, 0), destination=both, source=image, mask=mask, x=512, y=0
    )
    graph.add("SaveImage", (8, 0), images=joined, filename_prefix="ood/larger_graph")
    graph.note(
        "**Part of a larger graph**: crop one person of a larger picture, edit that part, and put it back "
        "through its mask. Everything outside the mask stays as it was.",
    )
    return graph


def ffhq_photographs() -> Graph:
    graph = Graph()
    (bundle,) = graph.add("OOD_LoadBundle", (0, 0), bundle="ffhq-1024")
    original, _ = graph.add("LoadImage", (0, 0.4))
    crop, *_ = graph.add("OOD_AlignFace", (1, 0), bundle=bundle, image=original)
    image, _ = five_stages(graph, bundle, [SWEPT | {"strength": 1.0}], column=2, crop=crop)
    graph.add("SaveImage", (6, 1), images=image, filename_prefix="ood/ffhq")
    graph.note(
        "**FFHQ photographs** need the official networks, which cannot be shipped with this pack. If *Load "
        "Bundle* says that there is no `ffhq-1024`:\n\n"
        "1. Get `psp_ffhq_encode.pt`, `diff_cam_weight.pt`, `deghosting.pt` and directions from their "
        "authors' pages.\n"
        "2. Run `ood import-official --help` and follow it; write the bundle to `models/ood/ffhq-1024`.\n"
        "3. Reload the page and choose *ffhq-1024* in Load Bundle.",
        380,
    )
    return graph


def edit_a_photograph() -> Graph:
    graph = Graph()
    (bundle,) = graph.add("OOD_LoadBundle", (0, 0), bundle=BUNDLE)
    (left,) = graph.add("OOD_ExamplePortrait", (0, 0.4), person=11, thing="microphone", size=512)
    (right,) = graph.add("OOD_ExamplePortrait", (0, 0.85), **PERSON)
    (photograph,) = graph.add("ImageStitch", (1, 0), image1=left, image2=right)
    crop, *_ = graph.add("OOD_AlignFace", (1, 0.6), bundle=bundle, image=photograph, face="all")
    image, _ = five_stages(graph, bundle, [EDIT], column=2, crop=crop)
    graph.add("SaveImage", (7, 0), images=image, filename_prefix="ood/photograph")
    graph.note(
        "**Edit a photograph**: Align Face finds the faces and cuts them out upright, the five stages edit "
        "them, and Deghost puts only the change back. Outside the edit every pixel stays.\n\n"
        "Put **Load Image** in place of the two portraits for a photograph of your own (people need the "
        "FFHQ bundle; the embedded one knows drawn faces).",
    )
    return graph


TEMPLATES: dict[str, Callable[[], Graph]] = {
    "1_edit_a_portrait": edit_a_portrait,
    "2_two_attributes_at_once": two_attributes,
    "3_strength_filmstrip": strength_filmstrip,
    "4_mask_for_diffusion": mask_for_diffusion,
    "5_part_of_a_larger_graph": part_of_a_larger_graph,
    "6_ffhq_photographs": ffhq_photographs,
    "7_edit_a_photograph": edit_a_photograph,
}


def main() -> None:
    """Write workflows/*.json and workflows/api/*.json."""
    for name, build in TEMPLATES.items():
        graph = build()
        for folder, content in ((ROOT / "workflows", graph.ui()), (ROOT / "workflows" / "api", graph.api())):
            folder.mkdir(exist_ok=True)
            text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
            (folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
