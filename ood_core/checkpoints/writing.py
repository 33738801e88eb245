"""Writing safetensors one tensor at a time, so that a network needs no second copy in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from ..errors import CheckpointError
from ..files.whole import staged_folder, written_whole

_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
}


@contextmanager
def staged(output: Path, overwrite: bool) -> Iterator[Path]:
    """A folder beside `output` whose files move into it when all went well, and vanish when not.

    Raises:
        CheckpointError: if a file of that name is in `output` and may not be overwritten, or the disk
            refuses.
    """
    if output.exists() and not output.is_dir():
        raise CheckpointError(f"{output}: is a file; name a folder")
    try:
        with staged_folder(output) as folder:
            yield folder
            written = sorted(folder.iterdir())
            present = [path.name for path in written if (output / path.name).exists()]
            if present and not overwrite:
                raise CheckpointError(f"{output / present[0]}: is there already; --force overwrites it")
            blocked = [path.name for path in written if (output / path.name).is_dir()]
            if blocked:
                raise CheckpointError(f"{output / blocked[0]}: is a folder; move it away")
    except OSError as error:
        raise CheckpointError(f"{output}: cannot be written ({error.strerror or error})") from error


def write_safetensors(
    path: Path,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str],
    half: bool = False,
    progress: Callable[[int], None] | None = None,
) -> str:
    """Write a safetensors file, whole or not at all.

    Args:
        path: the file; replaced if it is there.
        tensors: name → tensor on the CPU; may be views of another file.
        metadata: texts for the header.
        half: store kernels, all floating-point tensors of more than one axis, as float16.
        progress: told the bytes of each tensor after it was written.

    Returns:
        The file's sha256 as hexadecimal digits.

    Raises:
        CheckpointError: if a number does not fit float16, or the disk refuses.
    """
    types = {name: _stored_type(tensor, half) for name, tensor in tensors.items()}
    digest = hashlib.sha256()
    try:
        with written_whole(path) as partial, partial.open("wb") as file:
            head = _header(tensors, types, metadata)
            file.write(head)
            digest.update(head)
            for name, tensor in tensors.items():
                stored = tensor.detach().to(types[name]).contiguous()
                if half and stored.is_floating_point() and not torch.isfinite(stored).all():
                    raise CheckpointError(f"'{name}' holds a number too large for half precision")
                data = stored.reshape(-1).view(torch.uint8).numpy().data
                file.write(data)
                digest.update(data)
                if progress is not None:
                    progress(tensor.nbytes)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written ({error.strerror or error})") from error
    return digest.hexdigest()


def _header(
    tensors: Mapping[str, Tensor], types: Mapping[str, torch.dtype], metadata: Mapping[str, str]
) -> bytes:
    """What stands before the numbers: the length of a JSON text in eight bytes, and the text."""
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    start = 0
    for name, tensor in tensors.items():
        end = start + tensor.numel() * types[name].itemsize
        kind, shape = _TYPES[types[name]], list(tensor.shape)
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _stored_type(tensor: Tensor, half: bool) -> torch.dtype:
    if half and tensor.is_floating_point() and tensor.ndim > 1:  # a running variance may exceed its range
        return torch.float16
    if tensor.dtype not in _TYPES:
        raise CheckpointError(f"numbers of type {tensor.dtype} cannot be stored")
    return tensor.dtype
