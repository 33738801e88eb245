"""A bundle's files: written, checked against their checksums, read."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..errors import BundleError
from ..files.networks import load_network, save_network
from ..files.whole import written_whole
from .kinds import network_kinds
from .manifest import DIRECTIONS, MANIFEST, Manifest

if TYPE_CHECKING:
    from ..bundle import Bundle


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its checksum.

    Raises:
        BundleError: naming the first file that is missing or damaged, and its expected sha256.
    """
    for name, expected in manifest.sha256.items():
        path = folder / name
        remedy = f"expected sha256 {expected}; copy the file from the bundle's source again"
        if not path.is_file():
            raise BundleError(f"{path}: is missing; {remedy}")
        try:
            found = _sha256(path)
        except OSError as error:
            raise BundleError(f"{path}: cannot be read ({error.strerror}); {remedy}") from error
        if found != expected:
            raise BundleError(f"{path}: is damaged, its sha256 is {found}; {remedy}")


def read_networks(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """Role → network, in evaluation mode, float32, on the CPU.

    A role may be played by several architectures. The one named as the role is the usual one; any other is
    listed in `weights.network_kinds` as "role/name", and bundle.json gives it as the architecture's "kind".

    Raises:
        BundleError: if an architecture is unknown, or bundle.json and a weight file disagree.
    """
    networks = {}
    for role, architecture in manifest.architectures.items():
        numbers = dict(architecture)
        kind = numbers.pop("kind", role)
        if not isinstance(kind, str) or kind not in network_kinds() or kind.partition("/")[0] != role:
            raise BundleError(f"{folder / MANIFEST}: unknown {role} '{kind}'; update ood-editing")
        network: Any = load_network(folder / f"{role}.safetensors", network_kinds()[kind])
        if _config(kind, numbers, folder / MANIFEST) != network.config:
            raise BundleError(f"{folder / MANIFEST}: architecture of {role} differs from {role}.safetensors")
        networks[role] = network
    return networks


def read_directions(folder: Path, manifest: Manifest) -> dict[str, Tensor]:
    """Name → direction [L,D], float32, on the CPU; none where the bundle has no such file.

    Raises:
        BundleError: if the file cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / DIRECTIONS
    if DIRECTIONS not in manifest.sha256:
        return {}
    try:
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise BundleError(f"{path}: cannot be read ({error}); restore the bundle") from error


def write_files(bundle: Bundle, folder: Path, dtype: torch.dtype) -> None:
    """Write all files into a folder, floating-point weights as `dtype`.

    Raises:
        BundleError: if a value is not finite as `dtype`.
        OSError: if a file cannot be written.
    """
    for role, network in bundle.networks.items():
        stored = _as_stored(network, dtype)
        _check_finite(stored.state_dict(), f"{role} as {dtype}")
        save_network(folder / f"{role}.safetensors", stored)
    write_directions(bundle.directions, folder, dtype)
    files = sorted(path.name for path in folder.glob("*.safetensors"))
    manifest = Manifest(
        name=bundle.name,
        resolution=bundle.resolution,
        licence=bundle.licence,
        provenance=bundle.provenance,
        architectures={role: _architecture(network) for role, network in bundle.networks.items()},
        attributes=bundle.attributes,
        sha256={name: _sha256(folder / name) for name in files},
        frame=bundle.frame,
        foreign=bundle.foreign,
        domain=bundle.domain,
    )
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")


def write_changes(bundle: Bundle, manifest: Manifest, folder: Path) -> None:
    """Write the directions and bundle.json of a bundle whose networks are written already.

    Args:
        bundle: its attributes, directions, frame and levels count.
        manifest: of the bundle as it was.
        folder: where to.
    """
    write_directions(bundle.directions, folder, torch.float32)
    sha256 = {name: digest for name, digest in manifest.sha256.items() if name != DIRECTIONS}
    if bundle.directions:
        sha256[DIRECTIONS] = _sha256(folder / DIRECTIONS)
    changed = dataclasses.replace(
        manifest, attributes=bundle.attributes, sha256=sha256, frame=bundle.frame, foreign=bundle.foreign
    )
    (folder / MANIFEST).write_text(changed.to_json(), encoding="utf-8")


def write_directions(directions: Mapping[str, Tensor], folder: Path, dtype: torch.dtype) -> None:
    """Write directions.safetensors, unless there are none; errors as `write_files`."""
    from safetensors.torch import save_file

    stored = {name: tensor.cpu().to(dtype).contiguous() for name, tensor in directions.items()}
    _check_finite(stored, f"directions as {dtype}")
    if stored:
        with written_whole(folder / DIRECTIONS) as partial:
            save_file(stored, partial)


def _as_stored(network: nn.Module, dtype: torch.dtype) -> nn.Module:
    """A copy whose kernels and matrices are of `dtype`.

    Vectors stay as they are: they weigh nothing, and a running variance may exceed half precision's range.
    """
    stored = copy.deepcopy(network)
    for tensor in (*stored.parameters(), *stored.buffers()):
        if tensor.is_floating_point() and tensor.ndim > 1:
            tensor.data = tensor.data.to(dtype)
    return stored


def _architecture(network: nn.Module) -> dict[str, Any]:
    """A network's kind and the numbers of its configuration, as JSON gives them back."""
    numbers: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(network.config)))  # type: ignore[call-overload]
    return {"kind": network.kind, **numbers}


def _config(kind: str, numbers: Mapping[str, Any], where: Path) -> object:
    """The configuration that bundle.json describes; numbers it leaves out have their defaults."""
    try:
        return network_kinds()[kind].config_type(**numbers)
    except (TypeError, ValueError, AttributeError) as error:
        raise BundleError(f"{where}: architecture of {kind}: {error}") from error


def _check_finite(tensors: Mapping[str, Tensor], where: str) -> None:
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise BundleError(f"'{name}' of {where} holds a value that is not finite; nothing is written")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
