"""Bundles in ComfyUI: where they are found, how they are loaded, and when they take memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import comfy.model_management as mm
import folder_paths
import torch
from comfy.model_patcher import ModelPatcher
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import TorchFunctionMode

from ..ood_core.bundle import Bundle, installed_bundles, load_bundle
from ..ood_core.bundle.manifest import MANIFEST, read_manifest
from ..ood_core.bundle.precision import Precision
from ..ood_core.choosing import Chooser
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


class BundleHandle:
    """A bundle in the graph. It owns its patchers: when the graph lets go, so does ComfyUI.

    They are classic patchers, under dynamic VRAM too: it streams weights into ComfyUI's own layers, and these
    networks are plain PyTorch.

    Attributes:
        bundle: networks and directions; `place` the networks before using them.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        devices = mm.get_torch_device(), mm.unet_offload_device()
        self._patchers = {name: ModelPatcher(net, *devices) for name, net in bundle.networks.items()}

    def place(self, *networks: str) -> torch.device:
        """Bring the named networks, or all, to the device ComfyUI computes on, which is returned.

        Names that the bundle lacks are left out. The networks are moved by hand too: the partial loading of
        low-memory modes leaves behind what it does not know.
        """
        patchers = [patcher for name, patcher in self._patchers.items() if not networks or name in networks]
        activations = 4 * _LIVE_CHANNELS * self.bundle.resolution**2
        with torch._C.DisableTorchFunction():  # Cancel must not leave a model half on its way
            mm.load_models_gpu(patchers, memory_required=activations, force_full_load=True)
            for patcher in patchers:
                patcher.model.to(patcher.load_device)
        return mm.get_torch_device()


class _HeedingCancel(TorchFunctionMode):
    """Asks for Cancel before every operation on tensors."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        mm.throw_exception_if_processing_interrupted()
        return func(*args, **(kwargs or {}))


@contextmanager
def heeding_cancel() -> Iterator[None]:
    """Inside, Cancel need wait for no more than the operation that is going on.

    Of a descent's way back Python sees only that saved tensors are fetched, so it is asked for then.
    """

    def fetched(tensor: torch.Tensor) -> torch.Tensor:
        mm.throw_exception_if_processing_interrupted()
        return tensor

    with _HeedingCancel(), saved_tensors_hooks(lambda tensor: tensor, fetched):
        yield


def open_bundle(name: str, precision: Precision = "fp32") -> BundleHandle:
    """Load one of `available_bundles`; see `load_bundle` for the precision.

    Raises:
        OodError: if there is none of that name; the text says where bundles belong.
    """
    found = available_bundles()
    if name not in found:
        raise OodError(
            f"There is no bundle '{name}'. Available: {', '.join(found) or 'none'}. A bundle is a folder "
            f"with a {MANIFEST}; put it into {model_folders()[-1]}. "
            "The official networks become one with 'ood import'."
        )
    with torch.inference_mode(False):  # weights made inside could never be used with gradients again
        return BundleHandle(load_bundle(found[name], precision=precision))


def choose_bundle(picture: torch.Tensor, precision: Precision = "fp32") -> tuple[BundleHandle, str]:
    """The bundle that a picture [1, 3, H, W] in [-1, 1] needs, among all that are available, and why.

    Raises:
        OodError: if no bundle edits faces, or the one that is needed is damaged.
    """
    with torch.inference_mode(False):
        choice = Chooser(available_bundles(), precision=precision)(picture.clone())
        return BundleHandle(choice.bundle), choice.why
