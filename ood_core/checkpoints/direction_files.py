"""Files of directions: .npy, .npz, .pt, .safetensors."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..editing.channels import channel_edit
from ..editing.formats import Direction, Norm, as_direction
from ..editing.layers import layer_range
from ..errors import CheckpointError, ShapeError
from ..files.paths import unreadable
from ..stylegan2.generator import SynthesisNetwork
from .reading import read_checkpoint

SUFFIXES = (".npy", ".npz", ".pt", ".pth", ".safetensors")
CHANNELS = ".json"
"""Of files of StyleSpace channels, which are read by `read_channels`."""
_LARGEST = 256 << 20  # bytes of unpacked numbers; eighteen styles of width 512 have a thousandth of it


def read_directions(
    source: str | Path, styles: int, width: int, norm: Norm = "total"
) -> dict[str, Direction]:
    """Read a file of directions, or every such file in a folder.

    Args:
        source: a file or folder. A single array is called after its file, several after their keys.
        styles, width: L and D of the generator.
        norm: the convention of their strengths; see `as_direction`.

    Returns:
        Name → direction, by name.

    Raises:
        CheckpointError: if a file cannot be read safely, holds no direction of a fitting shape, or two have
            one name.
    """
    source = Path(source)
    try:
        files = sorted(source.iterdir()) if source.is_dir() else [source]
    except OSError as error:
        raise CheckpointError(f"{source}: cannot be read ({error.strerror})") from None
    if not source.exists():
        raise CheckpointError(
            f"{source}: cannot be read (it does not exist); name a folder or file of directions"
        )
    found: dict[str, Direction] = {}
    for path in (file for file in files if _may_hold_directions(file)):
        for name, array in _arrays(path).items():
            if name in found:
                raise CheckpointError(f"{path}: a direction '{name}' was read already; rename one")
            try:
                found[name] = as_direction(array, styles, width, norm)
            except ShapeError as error:
                raise CheckpointError(f"{path}: '{name}': {error}") from None
    if not found:
        raise CheckpointError(f"{source}: holds no directions; expected {', '.join(SUFFIXES)} files")
    return dict(sorted(found.items()))


def read_direction(
    source: str | Path,
    styles: int,
    width: int,
    key: str = "",
    norm: Norm = "raw",
    synthesis: SynthesisNetwork | None = None,
) -> tuple[str, Tensor]:
    """Read one direction, as the edit of strength 1.

    Args:
        source: a file.
        styles, width: L and D of the generator.
        key: which of the file's directions; empty where it holds only one. "@2-7" at its end takes these
            styles only, as GANSpace's edits do; see `layer_range`.
        norm: what the file's numbers mean; see `as_direction`.
        synthesis: the generator's, to which the channels of a StyleSpace file (.json) belong.

    Returns:
        The direction's name, and the edit of strength 1, [L, D].

    Raises:
        CheckpointError: as `read_directions`, or if the file holds several and none of them is named.
    """
    key, _, layers = key.partition("@")
    if Path(source).suffix.lower() == CHANNELS:
        found = read_channels(source, synthesis)
    else:
        found = read_directions(source, styles, width, norm)
    if key not in found and (key or len(found) > 1):
        raise CheckpointError(f"{source}: holds the directions {', '.join(found)}; name one of them")
    key = key or next(iter(found))
    edit = found[key].unit * found[key].tensor
    if not layers:
        return key, edit
    try:
        moved = layer_range(layers, styles)
    except ShapeError as error:
        raise CheckpointError(f"{source}: {error}") from None
    kept = torch.zeros_like(edit)
    kept[moved.start : moved.stop] = edit[moved.start : moved.stop]
    return key, kept


def read_channels(source: str | Path, synthesis: SynthesisNetwork | None) -> dict[str, Direction]:
    """Read StyleSpace edits: a JSON file such as {"Smile": [[6, 501]], "Hair": [[12, 479, -1.5]]}.

    Args:
        source: name → list of [layer, channel] or [layer, channel, amount]; see `channel_edit`.
        synthesis: of the generator whose channels these are.

    Raises:
        CheckpointError: if it is no such file, or the generator has no such channels.
    """
    try:
        data = json.loads(Path(source).read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{source}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise CheckpointError(f"{source}: is not JSON ({error})") from None
    if not isinstance(data, dict) or not data or not all(isinstance(own, list) for own in data.values()):
        raise CheckpointError(f'{source}: expected JSON such as {{"Smile": [[6, 501]]}}')
    if synthesis is None:
        raise CheckpointError(f"{source}: holds style channels, which need a generator")
    try:
        edits = {str(name): channel_edit(synthesis, channels) for name, channels in data.items()}
        config = (synthesis.num_styles, synthesis.w_dim)
        return {name: as_direction(edit, *config, "raw") for name, edit in edits.items()}
    except ShapeError as error:
        raise CheckpointError(f"{source}: {error}") from None


def _may_hold_directions(path: Path) -> bool:
    """By its name; hidden files are other programs' notes, as macOS leaves one beside each file."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _arrays(path: Path) -> Mapping[str, Tensor]:
    if why := unreadable(path):
        raise CheckpointError(f"{path}: {why}")
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return {path.stem: _tensor(_load_npy(path, str(path)), str(path))}
    if suffix == ".npz":
        return _load_npz(path)
    tensors = read_checkpoint(path).tensors
    if {"comp", "std"} <= set(tensors) and len(tensors["comp"]) == tensors["std"].numel():  # GANSpace's
        scaled = zip(tensors["comp"], tensors["std"].flatten(), strict=True)
        return {f"pc{number}": component * deviation for number, (component, deviation) in enumerate(scaled)}
    if not tensors:
        raise CheckpointError(f"{path}: holds no tensor; expected a direction")
    return {name or path.stem: tensor for name, tensor in tensors.items()}


def _load_npz(path: Path) -> dict[str, Tensor]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > _LARGEST:
                raise CheckpointError(f"{path}: unpacks to over {_LARGEST} bytes: a bomb, not directions")
            arrays = {}
            for info in archive.infolist():
                where = f"{path}, {info.filename}"
                with archive.open(info) as file:
                    arrays[info.filename.removesuffix(".npy")] = _tensor(_load_npy(file, where), where)
    except CheckpointError:
        raise
    except Exception as error:  # zipfile and its decompressors raise almost anything on damaged files
        raise CheckpointError(f"{path}: is cut off or damaged ({error}); get it again") from None
    return {path.stem: next(iter(arrays.values()))} if list(arrays) == ["arr_0"] else arrays


def _load_npy(file: Any, where: str) -> Any:
    """One array, refusing pickled objects and headers that claim more than any direction has."""
    import numpy as np
    from numpy.lib import format as npy

    try:
        with open(file, "rb") if isinstance(file, Path) else file as stream:
            version = npy.read_magic(stream)
            header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = header(stream)
            if dtype.hasobject or dtype.kind not in "fiu":
                raise CheckpointError(f"{where}: holds {dtype}, expected numbers; objects could run code")
            size = math.prod(shape) * dtype.itemsize
            if size > _LARGEST:
                raise CheckpointError(f"{where}: claims {size} bytes, expected at most {_LARGEST}")
            data = stream.read(size)
            if len(data) < size:
                raise CheckpointError(f"{where}: is cut off, {len(data)} of {size} bytes; get it again")
            return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    except CheckpointError:
        raise
    except Exception as error:  # numpy's reader of headers raises almost anything on damaged files
        raise CheckpointError(f"{where}: is no array of numpy ({error}); get it again") from None


def _tensor(array: Any, where: str) -> Tensor:
    import numpy as np

    try:
        return torch.from_numpy(np.array(array, dtype=np.float64, order="C"))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{where}: {error}") from None
