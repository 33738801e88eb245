"""Reading anybody's weight file without running anything in it."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import CheckpointError
from ..files.paths import unreadable
from .containers import map_file, read_pickle, read_zip
from .unpickler import Module, StoredTensor

Value = str | int | float | bool | None
_DEEPEST = 64
_MOST = 100_000
_PARALLEL = re.compile(r"(^|/|/generator_ema\.|/generator\.|^generator_ema\.)module\.")
"""Where `DataParallel` and its like put "module." into names."""


@dataclass(frozen=True)
class Checkpoint:
    """A weight file as one flat list.

    Attributes:
        path: the file.
        tensors: name → tensor, mapped from the file where its container allows. Containers within
            containers are joined by "/", so that a state dict's own names keep their dots:
            "state_dict/encoder.body.0.…". The "module." of parallel training is taken off.
        values: name → plain value that is not a tensor; nothing in it is trusted.
        metadata: texts of a safetensors file.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    values: Mapping[str, Value] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read a file of torch (.pt, .pth, .ckpt), of safetensors, or of NVIDIA (.pkl), told by its content.

    Raises:
        CheckpointError: if it is none of them, is damaged, wants to run code, or claims more than it holds.
    """
    path = Path(path)
    if why := unreadable(path):
        raise CheckpointError(f"{path}: cannot be read ({why}); name an existing file")
    try:
        size = path.stat().st_size
        buffer = map_file(path) if size else None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror}); name an existing file") from None
    if buffer is None:
        raise CheckpointError(f"{path}: is empty; get it again from its source")
    if _is_safetensors(buffer):
        return _read_safetensors(path)
    if buffer[:4] == b"PK\x03\x04":
        root = read_zip(buffer, str(path))
    elif buffer[:1] == b"\x80":
        root = read_pickle(buffer, str(path))
    else:
        raise CheckpointError(f"{path}: {_what_else(buffer)}; expected a file of torch or safetensors")
    return _flat(path, root, size)


def _is_safetensors(buffer: mmap.mmap) -> bool:
    """A length below 100 MB in eight bytes, and then the brace of a JSON object."""
    return buffer[8:9] == b"{" and int.from_bytes(buffer[:8], "little") < 100_000_000


def _what_else(buffer: mmap.mmap) -> str:
    start = bytes(buffer[:512]).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return "is a web page, so the download went wrong"
    if start.startswith(b"version https://git-lfs"):
        return "is only a Git LFS pointer to the real file"
    return f"begins with {bytes(buffer[:4])!r}, which is no weight file, or its start is damaged"


def _read_safetensors(path: Path) -> Checkpoint:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            tensors = {_plain(name): file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return Checkpoint(path, tensors, metadata=file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path}: is cut off or damaged ({error}); get it again from its source"
        ) from None


def _flat(path: Path, root: Any, size: int) -> Checkpoint:
    tensors: dict[str, Tensor] = {}
    values: dict[str, Value] = {}
    try:
        for name, leaf in _leaves(root):
            if isinstance(leaf, StoredTensor):
                tensors[_plain(name)] = _load(leaf, name)
            elif leaf is None or isinstance(leaf, str | int | float | bool):
                values[name] = leaf
    except (ValueError, AttributeError) as error:
        raise CheckpointError(f"{path}: is damaged ({error}); get it again from its source") from None
    claimed = sum(tensor.nbytes for tensor in tensors.values())
    if claimed > 2 * size:
        raise CheckpointError(
            f"{path}: its tensors claim {claimed} bytes, the file has {size}: a bomb, not weights"
        )
    return Checkpoint(path, tensors, values)


def _plain(name: str) -> str:
    """A tensor's name without what training in parallel puts before it."""
    return _PARALLEL.sub(r"\1", name)


def _load(leaf: StoredTensor, name: str) -> Tensor:
    try:
        return leaf.load()
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"tensor '{name}' reaches beyond its numbers: {error}") from None


def _leaves(root: Any) -> Iterator[tuple[str, Any]]:
    """(name, leaf) of nested containers, depth first, without recursion and never deeper than `_DEEPEST`."""
    waiting: list[tuple[str, Any, int]] = [("", root, 0)]
    visited = 0
    while waiting:
        name, item, depth = waiting.pop()
        visited += 1
        children = _children(name, item)
        if children is None:
            yield name, item
        elif depth < _DEEPEST and visited < _MOST:
            waiting += [(*child, depth + 1) for child in reversed(children)]
        else:
            raise ValueError(f"containers are nested over {_DEEPEST} deep or hold over {_MOST} entries")


def _children(name: str, item: Any) -> list[tuple[str, Any]] | None:
    """The (name, content) pairs of a container, None for a leaf."""
    if isinstance(item, Module):
        separator = "" if not name or name.endswith(("/", ".")) else "/"
        return _module_children(name + separator, item)
    if isinstance(item, dict):
        prefix = f"{name}/" if name else ""
        return [(f"{prefix}{key}", value) for key, value in item.items()]
    if isinstance(item, list | tuple):
        return [(f"{name}/{index}" if name else str(index), value) for index, value in enumerate(item)]
    return None


def _module_children(prefix: str, module: Module) -> list[tuple[str, Any]]:
    """A network's tensors and parts, named as its state dict names them."""
    children: list[tuple[str, Any]] = []
    for group in ("_parameters", "_buffers"):
        children += [(f"{prefix}{key}", tensor) for key, tensor in module.get(group, {}).items()]
    for key, part in module.get("_modules", {}).items():
        children.append((f"{prefix}{key}.", part))
    return children
