"""The files that torch writes, read without torch.load: both containers, mapped into memory.

Since 1.6 `torch.save` writes a zip of one pickle and one uncompressed record a storage; before, it wrote five
pickles in a row and the storages after them. NVIDIA's networks are bare pickles with such files inside.
"""

from __future__ import annotations

import io
import mmap
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import torch

from ..errors import CheckpointError
from .unpickler import Storage, unpickle

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LOCAL_HEADER = 30
_LARGEST_PICKLE = 256 << 20  # the pickle of a network of a thousand tensors has a tenth of a megabyte


def map_file(path: Any) -> mmap.mmap:
    """A file as memory that is filled when it is looked at; writing to it changes no file."""
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def read_zip(buffer: mmap.mmap, where: str) -> Any:
    """The object in a zip that `torch.save` wrote.

    Args:
        buffer: the whole file.
        where: its name, for messages.

    Raises:
        CheckpointError: if the zip is damaged, packed, holds code, or is no torch file.
    """
    records, folder = _records(buffer, where)
    if folder + "byteorder" in records:
        start, size = _place(buffer, records[folder + "byteorder"], where)
        _check_byteorder(buffer[start : start + size], where)
    found: dict[str, Storage] = {}

    def find(key: str, dtype: torch.dtype, count: int) -> Storage:
        if key not in found:
            record = records.get(f"{folder}data/{key}")
            if record is None:
                raise CheckpointError(f"{where}: record 'data/{key}' is missing; get the file again")
            start, size = _place(buffer, record, where)
            if size != count * dtype.itemsize:
                raise CheckpointError(
                    f"{where}: record 'data/{key}' has {size} bytes, expected {count * dtype.itemsize}"
                )
            found[key] = Storage(dtype, count, buffer, start)
        return found[key]

    start, size = _place(buffer, records[folder + "data.pkl"], where)
    if size > _LARGEST_PICKLE:
        raise CheckpointError(f"{where}: its data.pkl has {size} bytes, expected at most {_LARGEST_PICKLE}")
    return unpickle(buffer[start : start + size], where, find, reader_of_bytes(where))


def _records(buffer: mmap.mmap, where: str) -> tuple[dict[str, zipfile.ZipInfo], str]:
    """A zip's records by name, and the folder in which torch put everything."""
    try:
        records = {info.filename: info for info in zipfile.ZipFile(buffer).infolist()}  # type: ignore[call-overload]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise CheckpointError(
            f"{where}: is cut off or damaged ({error}); get it again from its source"
        ) from None
    if any(name.rpartition("/")[2] == "constants.pkl" for name in records):
        raise CheckpointError(f"{where}: refused, a TorchScript archive holds code; expected a state dict")
    pickles = [name for name in records if name.rpartition("/")[2] == "data.pkl"]
    if len(pickles) != 1:
        raise CheckpointError(f"{where}: is a zip without torch's 'data.pkl'; expected a file of torch.save")
    return records, pickles[0].removesuffix("data.pkl")


def read_pickle(buffer: mmap.mmap | io.BytesIO, where: str) -> Any:
    """The object in a bare pickle, or in a file of `torch.save` from before 1.6."""
    first = unpickle(buffer, where, None, reader_of_bytes(where))
    if first != _LEGACY_MAGIC:
        return first
    unpickle(buffer, where)  # the protocol
    system = unpickle(buffer, where)
    if isinstance(system, dict) and system.get("little_endian") is False:
        _check_byteorder(b"big", where)
    storages: dict[str, Storage] = {}

    def find(key: str, dtype: torch.dtype, count: int) -> Storage:
        return storages.setdefault(key, Storage(dtype, count))

    root = unpickle(buffer, where, find, reader_of_bytes(where))
    _read_storages(buffer, where, storages, unpickle(buffer, where))
    return root


def reader_of_bytes(where: str) -> Callable[[bytes], Any]:
    """Reads a file of `torch.save` that is embedded in a pickle as bytes."""

    def read(data: bytes) -> Any:
        if data[:2] == b"PK":
            mapped = mmap.mmap(-1, len(data))
            mapped[:] = data
            return read_zip(mapped, where)
        return read_pickle(io.BytesIO(data), where)

    return read


def _read_storages(
    buffer: mmap.mmap | io.BytesIO, where: str, storages: dict[str, Storage], keys: list[str]
) -> None:
    """Find the numbers of each storage: for each key, in order, an int64 count and the numbers."""
    memory: Any = buffer.getbuffer() if isinstance(buffer, io.BytesIO) else buffer
    if set(map(str, keys)) != set(storages):
        raise CheckpointError(f"{where}: is damaged, its list of storages is wrong; get it again")
    for key in map(str, keys):
        storage, start = storages[key], buffer.tell() + 8
        head = buffer.read(8)
        size = storage.count * storage.dtype.itemsize
        if len(head) < 8 or struct.unpack("<q", head)[0] != storage.count or start + size > len(memory):
            raise CheckpointError(
                f"{where}: is cut off or damaged at byte {start}, expected {storage.count} numbers of "
                f"storage '{key}'; get it again from its source"
            )
        storage.buffer, storage.start = memory, start
        buffer.seek(start + size)


def _place(buffer: mmap.mmap, record: zipfile.ZipInfo, where: str) -> tuple[int, int]:
    """Where an uncompressed record lies, (start, bytes), after checking it against its checksum."""
    if record.compress_type != zipfile.ZIP_STORED or record.flag_bits & 1:
        raise CheckpointError(
            f"{where}: record '{record.filename}' is packed to {record.compress_size} of {record.file_size} "
            "bytes; torch never packs, so this is no weight file"
        )
    header = buffer[record.header_offset : record.header_offset + _LOCAL_HEADER]
    if len(header) == _LOCAL_HEADER and header[:4] == b"PK\x03\x04":
        start = record.header_offset + _LOCAL_HEADER + sum(struct.unpack("<HH", header[26:30]))
        with memoryview(buffer)[start : start + record.file_size] as data:
            if len(data) == record.file_size and zlib.crc32(data) == record.CRC:
                return start, record.file_size
    raise CheckpointError(
        f"{where}: record '{record.filename}' is damaged, expected checksum {record.CRC:08x}; get it again"
    )


def _check_byteorder(order: bytes, where: str) -> None:
    if order != b"little":
        raise CheckpointError(f"{where}: was written on a big-endian machine; expected little-endian")
