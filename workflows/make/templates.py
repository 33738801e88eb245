"""Writes the templates and their twins for servers: ``python workflows/make/templates.py``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from blueprint import BLUEPRINT, portrait_blueprint
from definitions import ROOT
from graph import Graph, Wire
from parts import (
    BOTH,
    CHANGE,
    EDIT,
    FOURTH,
    IN_APP,
    OTHER,
    PERSON,
    PICTURE,
    RESULT,
    SWEPT,
    THIRD,
    back_into_the_picture,
    begin,
    edited,
    end,
    latents_to_mask,
)

_CHECKPOINTS = "https://huggingface.co/Comfy-Org/stable-diffusion-v1-5-archive/resolve/main/"
_CHECKPOINT = "v1-5-pruned-emaonly-fp16.safetensors"


def edit_a_portrait() -> Graph:
    graph, bundle, original = begin(
        "**Edit a portrait** and keep everything else.\n\nPress *Run*. Then change *attribute* and "
        "*strength*, or another *person*.\n\nThe bundle that comes with the pack knows drawn faces. For a "
        "picture of your own, put **Load Image** in place of Example Portrait."
    )
    image, _, both = edited(graph, bundle=bundle, image=original, **EDIT)
    end(graph, image, both, "portrait")
    return graph


def several_attributes() -> Graph:
    graph, bundle, original = begin(
        "**Several attributes at once**: choose further ones in *attribute_2* to *attribute_4*; each gets a "
        "strength of its own.\n\nStrengths are signed: 1 is the usual edit, −1 its opposite.\n\nVersions of "
        "ComfyUI without these lists take a text: write *Smiling=1* into *more*.",
        **THIRD,
    )
    first, second = BOTH
    row = second["attribute"], second["strength"]
    image, _, both = edited(graph, bundle=bundle, image=original, attribute_2=row, **first)
    end(graph, image, both, "attributes")
    return graph


def every_face() -> Graph:
    graph, bundle, left = begin(
        "**Every face of a photograph**: *face* is set to *all*. Each face is found, cut out upright, edited "
        "and put back. Outside the edits every pixel stays.\n\nHere two drawn portraits stand in for a "
        "photograph; put **Load Image** in place of *Stitch*.",
        270,
        170,
        **OTHER,
    )
    (right,) = graph.add("OOD_ExamplePortrait", **PERSON)
    graph.column(225, skip=330)
    (both,) = graph.add("ImageStitch", "A photograph of two", image1=left, image2=right)
    image, _, compared = edited(graph, 330, bundle=bundle, image=both, face="all", **EDIT)
    end(graph, image, compared, "every_face", width=700, show=225)
    return graph


def stage_by_stage() -> Graph:
    graph, bundle, original = begin(
        "**Stage by stage**: what Edit Portrait does, one node per stage.\n\nSet the queue to *Run (On "
        "Change)* and drag *strength*: Invert does not run again. Put a second Edit Latents behind the first "
        "for a second attribute.",
        240,
        230,
    )
    making, _ = latents_to_mask(graph, bundle, original)
    graph.column(225)
    making, coarse = graph.add("OOD_Composite", edit=making)
    graph.column(310)
    graph.add("OOD_Deghost", show=290, edit=making)
    graph.add("PreviewImage", "Before deghosting", show=220, images=coarse)
    return graph


def strength_filmstrip() -> Graph:
    graph, bundle, original = begin(
        "**Strength filmstrip**: one edit at several strengths, as a batch that the following nodes take "
        "like any other. At strength 0 the result is the original itself.",
        240,
        size=256,
    )
    graph.group(CHANGE)
    graph.column(225)
    latents, _ = graph.add("OOD_Invert", bundle=bundle, image=original)
    graph.column(240)
    sweep = SWEPT | {"first": -1.0, "last": 1.5, "steps": 6}
    swept, *_ = graph.add("OOD_StrengthSweep", show=270, latents=latents, **sweep)
    graph.group(RESULT)
    graph.column(240)
    making, *_ = graph.add("OOD_DiffCAM", show=270, latents=swept)
    graph.column(225)
    making, _ = graph.add("OOD_Composite", edit=making)
    graph.column(310)
    graph.add("OOD_Deghost", show=400, edit=making)
    return graph


def mask_for_diffusion() -> Graph:
    graph, bundle, original = begin(
        "**Mask for diffusion**: a diffusion model refines only what was edited; the rest of the picture "
        "stays as it was.\n\nIt needs a checkpoint in *models/checkpoints*; any will do.",
        260,
    )
    image, mask, _ = edited(graph, 290, bundle=bundle, image=original, grow=8, **EDIT)
    graph.group("3 Refine what was edited")
    graph.column(225, skip=300)
    model, clip, vae = graph.add("CheckpointLoaderSimple")
    graph.needs(_CHECKPOINT, _CHECKPOINTS + _CHECKPOINT, "checkpoints")
    graph.column(230, skip=44)
    (latent,) = graph.add("VAEEncode", pixels=image, vae=vae)
    (positive,) = graph.add("CLIPTextEncode", clip=clip, text="portrait of a person wearing glasses")
    (negative,) = graph.add("CLIPTextEncode", clip=clip, text="blurry, seam")
    graph.column(225, skip=44)
    (masked,) = graph.add("SetLatentNoiseMask", samples=latent, mask=mask.via((690, 66), (1225, 66)))
    graph.column(250, skip=120)
    (sampled,) = graph.add(
        "KSampler",
        model=model.via((945, 530), (1490, 530)),
        positive=positive,
        negative=negative,
        latent_image=masked,
    )
    back_into_the_picture(graph, image, mask, sampled, vae)
    return graph


def faces_for_other_nodes() -> Graph:
    graph = Graph()
    graph.group(PICTURE)
    graph.column(300)
    graph.note(
        "**Faces for other nodes**: Align Face cuts a face out upright, nodes of your choice change it, and "
        "Paste Crop Back brings only the change home. Put your nodes in place of *Sharpen*, and **Load "
        "Image** in place of *Your photograph*.",
        170,
    )
    (original,) = graph.add("OOD_ExamplePhotograph", "Your photograph", show=290, picture="astronaut")
    graph.group("2 Your own nodes")
    graph.column(300)
    crop, face, *_ = graph.add("OOD_AlignFace", show=270, image=original, size=512)
    graph.column(225, skip=140)
    (sharpened,) = graph.add("ImageSharpen", image=face, sharpen_radius=4, sigma=2.0, alpha=0.5)
    graph.group(RESULT)
    graph.column(225)
    image, _ = graph.add("OOD_PasteBack", crop=crop, edited=sharpened)
    graph.column(400)
    graph.add("SaveImage", "Save the result", show=330, images=image, filename_prefix="ood/sharpened")
    return graph


def ffhq_photographs() -> Graph:
    graph = Graph()
    graph.group(PICTURE)
    graph.column(320)
    graph.note(
        "**Photographs of people** need the official FFHQ networks, which this pack cannot ship. Import them "
        "once with *ood import*; *docs/bundles.md* says how.\n\n"
        "Write the bundle to *models/ood/ffhq-1024*, then press *R* here to reload the lists.\n\n"
        "Put **Load Image** in place of *Your photograph*.",
        175,
    )
    (bundle, _) = graph.add("OOD_LoadBundle", bundle="ffhq-1024")
    (original,) = graph.add("OOD_ExamplePhotograph", "Your photograph", show=215, picture="astronaut")
    image, _, both = edited(graph, bundle=bundle, image=original, **(SWEPT | {"strength": 1.0}))
    end(graph, image, both, "ffhq")
    return graph


def keep_original() -> Graph:
    graph = Graph()
    graph.group("1 A photograph and its edit")
    graph.column(330)
    graph.note(
        "**Keep Original**: an editor put a sticker on the saucer, and shifted, tinted and softened the "
        "rest. Press *Run*: only the sticker is kept.\n\nPut **Load Image** in place of both examples: your "
        "photograph, and what any editor made of it.",
        115,
    )
    (original,) = graph.add("OOD_ExamplePhotograph", "Your photograph", show=198, picture="coffee")
    (returned,) = graph.add(
        "OOD_ExamplePhotograph", "What the editor returned", show=198, picture="coffee, edited"
    )
    graph.group("2 Keep only the edit")
    graph.column(560)
    kept, _, _, report, _ = graph.add("OOD_KeepOriginal", show=400, original=original, edited=returned)
    graph.group(RESULT)
    graph.column(560)
    graph.add("SaveImage", "Save the result", show=400, images=kept, filename_prefix="ood/kept")
    graph.add("PreviewAny", "Report", show=60, source=report)
    return graph


_EDITOR, _READER = "qwen_image_edit_fp8_e4m3fn.safetensors", "qwen_2.5_vl_7b_fp8_scaled.safetensors"
_QWEN = "https://huggingface.co/Comfy-Org/Qwen-Image_ComfyUI/resolve/main/split_files/"
_QWEN_EDIT = "https://huggingface.co/Comfy-Org/Qwen-Image-Edit_ComfyUI/resolve/main/split_files/"


def after_an_instruction_editor() -> Graph:
    graph = Graph()
    graph.group(PICTURE)
    graph.column(225)
    graph.note(
        "**After an instruction editor**: Qwen-Image-Edit edits as you tell it, and Keep Original puts only "
        "that edit into your photograph. Put **Load Image** in its place.\n\nWhat the autoencoder alone "
        "makes of it goes in as *reference*.",
        240,
    )
    (original,) = graph.add("OOD_ExamplePhotograph", "Your photograph", show=205, picture="coffee")
    graph.group(CHANGE)
    edited_image, untouched = _instructed(graph, original)
    graph.group(RESULT)
    graph.column(290)
    kept, _, _, report, _ = graph.add(
        "OOD_KeepOriginal",
        show=165,
        original=original.via((277, 62), (1134, 62)),
        edited=edited_image,
        reference=untouched,
    )
    graph.column(270)
    graph.add("SaveImage", "Save the result", show=280, images=kept, filename_prefix="ood/kept")
    graph.add("PreviewAny", "Report", show=90, source=report)
    return graph


def _instructed(graph: Graph, original: Wire) -> tuple[Wire, Wire]:
    """Qwen-Image-Edit as ComfyUI's own template wires it; returns its picture with and without the edit."""
    graph.column(225, skip=60)
    (model,) = graph.add("UNETLoader")
    graph.needs(_EDITOR, f"{_QWEN_EDIT}diffusion_models/{_EDITOR}", "diffusion_models")
    (clip,) = graph.add("CLIPLoader")
    graph.needs(_READER, f"{_QWEN}text_encoders/{_READER}", "text_encoders")
    (vae,) = graph.add("VAELoader")
    graph.needs("qwen_image_vae.safetensors", f"{_QWEN}vae/qwen_image_vae.safetensors", "vae")
    (scaled,) = graph.add("ImageScaleToTotalPixels", image=original)
    graph.column(225, skip=60)
    (shifted,) = graph.add("ModelSamplingAuraFlow", model=model)
    told = {"clip": clip, "vae": vae, "image": scaled}
    (positive,) = graph.add(
        "TextEncodeQwenImageEdit", "Your instruction", prompt="Put a biscuit on the saucer", **told
    )
    (negative,) = graph.add("TextEncodeQwenImageEdit", "Nothing to avoid", prompt="", **told)
    (latent,) = graph.add("VAEEncode", pixels=scaled, vae=vae)
    graph.column(225, skip=60)
    guides = {"model": shifted, "positive": positive, "negative": negative, "latent_image": latent}
    how = {"cfg": 2.5, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}
    (sampled,) = graph.add("KSampler", **guides, **how)
    around = vae.via((558, 80), (826, 80), (826, 404))
    back = sampled.via((1092, 412), (842, 412))
    (edited_image,) = graph.add("VAEDecode", "The edited picture", samples=back, vae=around)
    (untouched,) = graph.add("VAEDecode", "The same without an edit", samples=latent, vae=around)
    return edited_image, untouched


def portrait_app() -> Graph:
    graph, bundle, original = begin(
        "**Portrait app**: made to be used as an app. Newer versions of ComfyUI open it as a form with four "
        "fields and one result; leave the form to see this graph.",
        **FOURTH,
    )
    person = graph.nodes[-1]
    person.labels |= {"person": "Person (a number)", "thing": "In front or behind"}
    image, _, both = edited(graph, bundle=bundle, image=original, **IN_APP)
    edit = graph.nodes[-1]
    edit.labels |= {"attribute": "What to change", "strength": "How much"}
    end(graph, image, both, "app")
    fields = [(original, "person"), (original, "thing"), (image, "attribute"), (image, "strength")]
    graph.as_app(fields, [len(graph.nodes) - 1])
    return graph


_IN_ORDER: tuple[tuple[str, Callable[[], Graph]], ...] = (
    ("Keep Original", keep_original),
    ("Edit a portrait", edit_a_portrait),
    ("Several attributes at once", several_attributes),
    ("Every face of a photograph", every_face),
    ("Stage by stage", stage_by_stage),
    ("Strength filmstrip", strength_filmstrip),
    ("Mask for diffusion", mask_for_diffusion),
    ("After an instruction editor", after_an_instruction_editor),
    ("Faces for other nodes", faces_for_other_nodes),
    ("FFHQ photographs", ffhq_photographs),
    ("Portrait app", portrait_app),
)
TEMPLATES = {f"{number:02d} {title}": build for number, (title, build) in enumerate(_IN_ORDER, 1)}


def write(path: Path, content: dict[str, Any]) -> None:
    """JSON as it is committed."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Write workflows/*.json, workflows/api/*.json and subgraphs/*.json."""
    write(ROOT / "subgraphs" / f"{BLUEPRINT}.json", portrait_blueprint())
    for folder in (ROOT / "workflows", ROOT / "workflows" / "api"):
        folder.mkdir(exist_ok=True)
        for stale in folder.glob("*.json"):
            stale.unlink()
    for name, build in TEMPLATES.items():
        graph = build()
        write(ROOT / "workflows" / f"{name}.json", graph.ui())
        write(ROOT / "workflows" / "api" / f"{name}.json", graph.api())


if __name__ == "__main__":
    main()
