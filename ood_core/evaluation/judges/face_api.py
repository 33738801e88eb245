"""Reading the weights of the npm package @vladmandic/face-api (MIT): a manifest in JSON beside bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ...errors import CheckpointError
from ...files.paths import unreadable

N = TypeVar("N", bound=nn.Module)

PACKAGE = "@vladmandic/face-api"
HASHES = {
    "face_recognition_model": "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
    "face_expression_model": "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
    "age_gender_model": "49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa",
    "face_landmark_68_model": "4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b",
}
"""Of the files of weights, as version 1.7.15 has them: figures of other weights cannot be compared."""


def load_face_api(network: N, folder: Path, name: str) -> N:
    """Fill a network with one model of the package, ready for inference: float32, on the CPU, no gradients.

    Args:
        network: whose tensors have the model's names, with dots.
        folder: the package's folder ``model``.
        name: the model's, such as "face_expression_model".

    Raises:
        CheckpointError: if files are missing, damaged or of another version.
    """
    data = _bytes(folder / f"{name}.bin", HASHES[name])
    manifest = folder / f"{name}-weights_manifest.json"
    try:
        entries = json.loads(manifest.read_text(encoding="utf-8"))[0]["weights"]
        network.load_state_dict(_tensors(entries, data))
    except (OSError, KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{manifest} does not describe {name} ({error}); unpack {PACKAGE} anew"
        ) from None
    return network.eval().requires_grad_(False)


def _bytes(path: Path, expected: str) -> bytes:
    if why := unreadable(path):
        raise CheckpointError(f"{path}: {why}; name the folder 'model' of the unpacked package {PACKAGE}")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != expected:
        raise CheckpointError(
            f"{path} is not that of {PACKAGE} 1.7.15, so its judgements could not be compared"
        )
    return data


def _tensors(entries: list[dict[str, Any]], data: bytes) -> dict[str, Tensor]:
    """The bytes as tensors: one after the other, most of them as uint8 between two bounds."""
    tensors, start = {}, 0
    for entry in entries:
        shape, bounds = entry["shape"], entry.get("quantization")
        count = torch.Size(shape).numel()
        kind = torch.float32 if bounds is None else torch.uint8
        values = torch.frombuffer(bytearray(data), dtype=kind, count=count, offset=start).float()
        start += count * kind.itemsize
        if bounds is not None:
            values = values * bounds["scale"] + bounds["min"]
        name, tensor = _ours(entry["name"], values.view(shape))
        tensors[name] = tensor.contiguous()
    return tensors


def _ours(name: str, tensor: Tensor) -> tuple[str, Tensor]:
    """TensorFlow's name and layout as PyTorch's."""
    *path, last = name.split("/")
    if last == "depthwise_filter":  # [h, w, in, 1]
        return ".".join([*path, "depthwise", "weight"]), tensor.permute(2, 3, 0, 1)
    if last == "pointwise_filter":
        return ".".join([*path, "pointwise", "weight"]), tensor.permute(3, 2, 0, 1)
    if last == "filters":  # [h, w, in, out]
        return ".".join([*path, "weight"]), tensor.permute(3, 2, 0, 1)
    if tensor.ndim == 2:
        return ".".join([*path, *([] if path else [last]), "weight"]), tensor.T
    return ".".join([*path, last]), tensor
