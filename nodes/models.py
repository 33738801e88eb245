"""Bundles in ComfyUI: where they are found, how they are loaded, and when they take memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import comfy.model_management as mm
import folder_paths
import torch
from comfy.model_patcher import ModelPatcher
from comfy.utils import ProgressBar
from torch import Tensor

from ..ood_core.bundle import Bundle, installed_bundles, load_bundle
from ..ood_core.bundle.manifest import MANIFEST, read_manifest
from ..ood_core.bundle.precision import Precision
from ..ood_core.errors import BundleError, OodError

FOLDER = "ood"
_LIVE_CHANNELS = 256  # full-size feature channels alive at once at the widest point of a generator


def model_folders() -> list[Path]:
    """models/ood, and what extra_model_paths.yaml adds to it; registered with ComfyUI on the way."""
    default = os.path.join(folder_paths.models_dir, FOLDER)
    paths, suffixes = folder_paths.folder_names_and_paths.get(FOLDER, ([], set()))
    if default not in paths:
        paths = [*paths, default]
        folder_paths.folder_names_and_paths[FOLDER] = (paths, set(suffixes) | {".safetensors"})
    return [Path(path) for path in paths]


def available_bundles() -> dict[str, Path]:
    """Name → folder: the bundles that came with the pack, then those in the model folders."""
    found = dict(installed_bundles())
    for folder in model_folders():
        for manifest in sorted(folder.glob(f"**/{MANIFEST}")):
            found.setdefault(manifest.parent.relative_to(folder).as_posix(), manifest.parent)
    return found


def available_attributes() -> list[str]:
    """The attributes of all available bundles, each once, those of the first bundle first."""
    names: dict[str, None] = {}
    for folder in available_bundles().values():
        try:
            names.update(dict.fromkeys(read_manifest(folder).attributes))
        except BundleError:
            continue  # Load Bundle says what is wrong with it
    return list(names)


def bundle_identity(folder: Path) -> str:
    """Tells generators apart: latents fit the generator they were made for and no other."""
    return read_manifest(folder).sha256["generator.safetensors"]


class BundleHandle:
    """A bundle in the graph. It owns its patchers: when the graph lets go, so does ComfyUI.

    Attributes:
        bundle: networks and directions; `place` the networks before using them.
        identity: see `bundle_identity`.
    """

    def __init__(self, bundle: Bundle, identity: str) -> None:
        self.bundle = bundle
        self.identity = identity
        devices = mm.get_torch_device(), mm.unet_offload_device()
        self._patchers = {name: ModelPatcher(net, *devices) for name, net in bundle.networks.items()}

    def place(self, *networks: str) -> torch.device:
        """Bring the named networks to the device ComfyUI computes on, which is returned.

        They are moved by hand too: the partial loading of low-memory modes leaves behind what it does not
        know.
        """
        patchers = [self._patchers[name] for name in networks]
        activations = 4 * _LIVE_CHANNELS * self.bundle.resolution**2
        mm.load_models_gpu(patchers, memory_required=activations, force_full_load=True)
        for patcher in patchers:
            patcher.model.to(patcher.load_device)
        return patchers[0].load_device


def open_bundle(name: str, precision: Precision = "fp32") -> BundleHandle:
    """Load one of `available_bundles`; see `load_bundle` for the precision.

    Raises:
        OodError: if there is none of that name; the text says where bundles belong.
    """
    found = available_bundles()
    if name not in found:
        raise OodError(
            f"There is no bundle '{name}'. Available: {', '.join(found) or 'none'}. A bundle is a "
            f"folder with a "
            f"{MANIFEST}; put it into {model_folders()[-1]}. The official networks become one with "
            "'ood import-official'."
        )
    with torch.inference_mode(False):  # weights made inside could never be used with gradients again
        return BundleHandle(load_bundle(found[name], precision=precision), bundle_identity(found[name]))


@dataclass(frozen=True, eq=False)
class Latents:
    """What travels on OOD_LATENT.

    Attributes:
        codes: W+, [B,L,D], float32 on the CPU.
        bundle: name of the bundle they belong to.
        identity: of that bundle's generator.
        attributes: what has been edited so far.
    """

    codes: Tensor
    bundle: str
    identity: str
    attributes: tuple[str, ...] = ()

    def moved(self, codes: Tensor, attribute: str | None) -> Latents:
        """Edited latents; ``attribute`` is None where nothing was edited."""
        names = self.attributes if attribute is None else (*self.attributes, attribute)
        return replace(self, codes=codes.detach().cpu(), attributes=tuple(dict.fromkeys(names)))


def check_latents(latents: Any, handle: BundleHandle) -> None:
    """Refuse latents of another bundle.

    Raises:
        OodError: naming both bundles.
    """
    if latents.identity != handle.identity:
        raise OodError(
            f"These latents were made with the bundle '{latents.bundle}', this node has "
            f"'{handle.bundle.name}': "
            "latents of one generator mean nothing to another. Connect one Load Bundle to both nodes."
        )


def each(work: Callable[..., Tensor | tuple[Tensor, ...]], *batches: Tensor) -> Any:
    """Do the work sample by sample, so that memory does not grow with the batch; report after each.

    ComfyUI's progress bar is also where it cancels.

    Args:
        work: takes one sample of each batch, [1,...], and returns one or more tensors.
        batches: tensors of one length.

    Returns:
        What ``work`` returns, joined along the batch.
    """
    total = len(batches[0])
    bar = ProgressBar(total)
    bar.update_absolute(0, total)
    results = []
    for samples in zip(*(batch.split(1) for batch in batches), strict=True):
        results.append(work(*samples))
        bar.update(1)
    if isinstance(results[0], Tensor):
        return torch.cat(results)
    return tuple(torch.cat(parts) for parts in zip(*results, strict=True))
