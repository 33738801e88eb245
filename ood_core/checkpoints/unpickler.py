"""A pickle reader that cannot run anything.

A pickle is a program; its danger lies in the callables it may name. Here every name it may use leads to an
inert stand-in of ours that records what was asked for (a tensor's place in the file, a dictionary,
nothing), and every other name is refused. No function or class of another package is ever reached.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from ..errors import CheckpointError

_ELEMENTS = {
    "Float": torch.float32,
    "Double": torch.float64,
    "Half": torch.float16,
    "BFloat16": torch.bfloat16,
    "Long": torch.int64,
    "Int": torch.int32,
    "Short": torch.int16,
    "Char": torch.int8,
    "Byte": torch.uint8,
    "Bool": torch.bool,
    "Untyped": torch.uint8,
}


@dataclass
class Storage:
    """A run of numbers in a file; `buffer` stays None until the place where it lies has been read."""

    dtype: torch.dtype
    count: int
    buffer: Any = None
    start: int = 0

    def flat(self) -> Tensor:
        """The numbers, mapped from the file rather than copied: [count]."""
        if self.buffer is None:
            raise ValueError("a tensor's numbers are not in the file")
        if self.count == 0:
            return torch.empty(0, dtype=self.dtype)
        return torch.frombuffer(self.buffer, dtype=self.dtype, count=self.count, offset=self.start)


@dataclass
class StoredTensor:
    """A tensor's place in a `Storage`."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def load(self) -> Tensor:
        """The tensor, as a view of the file. Fails where it would reach beyond its storage."""
        return self.storage.flat().as_strided(self.size, self.stride, self.offset)


class PlainDict(dict[Any, Any]):
    """What any dictionary-like object of a pickle becomes."""

    def __setstate__(self, state: object) -> None:
        """Attributes of a dictionary (a state dict's version table) are dropped."""


class Fields(PlainDict):
    """What an `argparse.Namespace` becomes: its fields, as data."""

    def __setstate__(self, state: object) -> None:
        self.update(state if isinstance(state, dict) else {})


class Opaque:
    """What stands for a value that nobody here needs, such as a numpy scalar."""

    def __init__(self, *arguments: object) -> None:
        """Take and forget any arguments."""

    def __setstate__(self, state: object) -> None:
        """Forget the state too."""


class Module(dict[str, Any]):
    """An NVIDIA network: its attributes as data. The Python source in such files is dropped unread."""

    def __init__(self, meta: dict[str, Any]) -> None:
        super().__init__(meta["state"])

    def __setstate__(self, state: object) -> None:
        raise ValueError("an NVIDIA network has no second state")


class _Call:
    """One of our functions, as something that a pickle can call but not change."""

    __slots__ = ("_function",)
    _function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setattr__(self, name: str, value: object) -> None:
        raise ValueError(f"{name} cannot be set")

    def __setstate__(self, state: object) -> None:
        raise ValueError("a function has no state")


class _StorageType(_Call):
    """A name such as torch.FloatStorage; only its element type counts."""

    __slots__ = ()


def _tensor(storage: Storage, offset: int, size: Any, stride: Any, *_: object) -> StoredTensor:
    if not isinstance(storage, Storage):
        raise ValueError("a tensor without numbers")
    return StoredTensor(storage, offset, tuple(size), tuple(stride))


def _parameter(tensor: StoredTensor, *_: object) -> StoredTensor:
    return tensor


def _encode(text: str, encoding: str = "latin1") -> bytes:
    return text.encode("latin1" if encoding == "latin1" else "utf-8")


_PLAIN: dict[str, Any] = {
    "collections.OrderedDict": PlainDict,
    "collections.defaultdict": _Call(lambda *_: PlainDict()),
    "argparse.Namespace": Fields,
    "types.SimpleNamespace": Fields,
    "dnnlib.util.EasyDict": PlainDict,
    "dnnlib.EasyDict": PlainDict,
    "torch._utils._rebuild_tensor_v2": _Call(_tensor),
    "torch._utils._rebuild_tensor": _Call(_tensor),
    "torch._utils._rebuild_parameter": _Call(_parameter),
    "torch._utils._rebuild_parameter_with_state": _Call(_parameter),
    "torch.Size": _Call(tuple),
    "torch.device": _Call(lambda *arguments: ":".join(map(str, arguments))),
    "torch_utils.persistence._reconstruct_persistent_obj": Module,
    "_codecs.encode": _Call(_encode),
    "builtins.set": _Call(list),
    "builtins.frozenset": _Call(list),
    "__builtin__.set": _Call(list),
    "numpy.dtype": Opaque,
    "numpy.ndarray": Opaque,
    **{
        f"{package}.multiarray.{name}": Opaque
        for package in ("numpy.core", "numpy._core")
        for name in ("scalar", "_reconstruct")
    },
}


class FindStorage(Protocol):
    """Where the numbers of a storage lie: its key, element type and count → `Storage`."""

    def __call__(self, key: str, dtype: torch.dtype, count: int) -> Storage: ...


class RestrictedUnpickler(pickle._Unpickler):  # the one in Python: its memo cannot be made to fill the memory
    """Reads one pickle into dictionaries, lists, numbers, texts and the stand-ins above.

    Args:
        file: anything with read and readline.
        where: the file's name, for messages.
        find_storage: answers the references to numbers outside the pickle.
        read_bytes: reads a torch file given as bytes, as NVIDIA's pickles embed them.
    """

    def __init__(
        self,
        file: Any,
        where: str,
        find_storage: FindStorage | None = None,
        read_bytes: Callable[[bytes], Any] | None = None,
    ) -> None:
        super().__init__(file, encoding="latin1")
        self._where, self._find_storage, self._read_bytes = where, find_storage, read_bytes

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for a name in the pickle.

        Raises:
            CheckpointError: for every name that is not on the list.
        """
        full = f"{module}.{name}"
        if full in _PLAIN:
            return _PLAIN[full]
        if full == "torch.storage._load_from_bytes" and self._read_bytes is not None:
            return _Call(self._read_bytes)
        if module in ("torch", "torch.cuda", "torch.storage") and name.removesuffix("Storage") in _ELEMENTS:
            dtype = _ELEMENTS[name.removesuffix("Storage")]
            return _StorageType(lambda: dtype)
        if module == "torch" and isinstance(getattr(torch, name, None), torch.dtype):
            return full
        if module.startswith("dnnlib.tflib"):
            raise CheckpointError(
                f"{self._where}: is a TensorFlow pickle of StyleGAN; convert it with legacy.py of NVIDIA's "
                "stylegan3 and name the result"
            )
        raise CheckpointError(
            f"{self._where}: refused, it wants to load '{full}'; expected only tensors and plain containers"
        )

    def persistent_load(self, pid: Any) -> Storage:
        """A reference to numbers outside the pickle."""
        if self._find_storage is None or pid[0] != "storage" or not isinstance(pid[1], _StorageType):
            raise ValueError(f"unknown reference {pid!r:.60}")
        return self._find_storage(str(pid[2]), pid[1](), int(pid[4]))


def unpickle(
    file: Any,
    where: str,
    find_storage: FindStorage | None = None,
    read_bytes: Callable[[bytes], Any] | None = None,
) -> Any:
    """Read one pickle; see `RestrictedUnpickler`.

    Raises:
        CheckpointError: if the pickle is damaged or names anything but tensors and plain containers.
    """
    file = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        return RestrictedUnpickler(file, where, find_storage, read_bytes).load()
    except CheckpointError:
        raise
    except (Exception, MemoryError) as error:  # a damaged pickle can fail in any way
        raise CheckpointError(
            f"{where}: is damaged ({type(error).__name__}: {error}); get it again from its source"
        ) from error
