"""Ways in which files break, and ways in which somebody breaks them: seeded, on bytes and on JSON."""

from __future__ import annotations

import copy
import io
import json
import pickle
import random
import struct
import zipfile
import zlib
from typing import Any

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1)
_WEIRD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 10**30, 1e308, float("nan"), float("inf"), "", "\0", "x" * 5000, "../../etc/passwd",
    "\ud800", [], {}, [[]], [None] * 50, {"": {}}, [1, "a", None], -0.0, "1", "nan",
)  # fmt: skip


def bytes_mutated(content: bytes, others: list[bytes], numbers: random.Random) -> bytes:
    """One to four changes of a file's bytes; headers are hit as often as everything else."""
    data = bytearray(content)
    for _ in range(numbers.choice((1, 1, 1, 2, 4))):
        if not data:
            break
        reach = len(data) if numbers.random() < 0.5 else min(len(data), 256)
        at = numbers.randrange(reach)
        _CHANGES[numbers.randrange(len(_CHANGES))](data, at, others, numbers)
    return bytes(data)


def _flip(data: bytearray, at: int, others: list[bytes], numbers: random.Random) -> None:
    for _ in range(numbers.choice((1, 1, 8, 64))):
        data[numbers.randrange(len(data)) if _ else at] ^= 1 << numbers.randrange(8)


def _cut(data: bytearray, at: int, others: list[bytes], numbers: random.Random) -> None:
    del data[at:]


def _remove(data: bytearray, at: int, others: list[bytes], numbers: random.Random) -> None:
    del data[at : at + numbers.choice((1, 4, 64, 1024))]


def _repeat(data: bytearray, at: int, others: list[bytes], numbers: random.Random) -> None:
    length = numbers.choice((1, 4, 64, 1024))
    data[at:at] = data[at : at + length] * numbers.choice((1, 2, 50))


def _number(data: bytearray, at: int, others: list[bytes], numbers: random.Random) -> None:
    size, order = numbers.choice((1, 2, 4, 8)), numbers.choice("<>")
    value = numbers.choice(_NUMBERS) & ((1 << 8 * size) - 1)
    data[at : at + size] = struct.pack(f"{order}{'.BH.I...Q'[size]}", value)


def _zeros(data: bytearray, at: int, others: list[bytes], numbers: random.Random) -> None:
    length = numbers.choice((4, 64, 1024))
    data[at : at + length] = bytes([numbers.choice((0, 0xFF))]) * len(data[at : at + length])


def _splice(data: bytearray, at: int, others: list[bytes], numbers: random.Random) -> None:
    other = numbers.choice(others)
    start = numbers.randrange(len(other) or 1)
    data[at:] = other[start:]


def _append(data: bytearray, at: int, others: list[bytes], numbers: random.Random) -> None:
    data += numbers.randbytes(numbers.choice((1, 64, 4096)))


_CHANGES = (_flip, _flip, _flip, _cut, _remove, _repeat, _number, _number, _number, _zeros, _splice, _append)


def inside_mutated(content: bytes, others: list[bytes], numbers: random.Random) -> bytes:
    """A change behind the checksums: of a zip's record, a PNG's chunk, a safetensors file's header."""
    if content[:4] == b"PK\x03\x04":
        return _zip_mutated(content, numbers)
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return _png_mutated(content, numbers)
    length = int.from_bytes(content[:8], "little")
    if content[8:9] == b"{" and length < len(content):
        text = content[8 : 8 + length].decode("utf-8")
        header = json_mutated(text, numbers).encode("utf-8", "surrogatepass")
        return len(header).to_bytes(8, "little") + header + content[8 + length :]
    return bytes_mutated(content, others, numbers)


def _zip_mutated(content: bytes, numbers: random.Random) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(packed, "w") as after:
        names = before.namelist()
        victim = numbers.choice([name for name in names if name.endswith(".pkl")] * 3 + names)
        for name in names:
            data = before.read(name)
            after.writestr(name, bytes_mutated(data, [data], numbers) if name == victim else data)
    return packed.getvalue()


def _png_mutated(content: bytes, numbers: random.Random) -> bytes:
    chunks, at = [], 8
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += length + 12
    victim = numbers.randrange(len(chunks))
    name, data = chunks[victim]
    if name == b"IDAT" and numbers.random() < 0.7:
        data = zlib.compress(bytes_mutated(zlib.decompress(data), [data], numbers))
    else:
        data = bytes_mutated(data, [data], numbers)
    action = numbers.randrange(4)
    chunks[victim : victim + 1] = [[(name, data)], [(name, data)], [(name, data)] * 2, []][action]
    if numbers.random() < 0.1:
        numbers.shuffle(chunks)
    parts = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return content[:8] + b"".join(parts)


def json_mutated(text: str, numbers: random.Random) -> str:
    """A JSON text with values of other kinds, missing, doubled or deep somewhere."""
    root = json.loads(text)
    for _ in range(numbers.choice((1, 1, 2, 3))):
        places = list(_places(root))
        if not places:
            break
        holder, key = numbers.choice(places)
        action = numbers.randrange(5)
        if action == 0:
            del holder[key]
        elif action == 1:
            holder[key] = [holder[key]]
        elif action == 2 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif action == 3 and isinstance(holder, dict):
            holder[str(numbers.choice(_WEIRD))[:50]] = copy.deepcopy(holder[key])
        else:
            holder[key] = copy.deepcopy(numbers.choice(_WEIRD))  # or it could come to lie within itself
    return json.dumps(root, ensure_ascii=numbers.random() < 0.7)


def _places(node: Any) -> Any:
    for key, child in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(child, dict | list):
            yield from _places(child)


class _Payload:
    """What a hostile pickle holds: a call."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self._call = (call, arguments)

    def __reduce__(self) -> Any:
        return self._call


def hostile_pickle(canary: str, numbers: random.Random, wrapped: Any = None) -> bytes:
    """A pickle that would leave a file behind, if anything in it were called."""
    import builtins
    import os
    import subprocess

    call = numbers.choice(
        (
            _Payload(os.system, f"touch '{canary}'"),
            _Payload(builtins.exec, f"open({canary!r}, 'w')"),
            _Payload(builtins.eval, f"open({canary!r}, 'w')"),
            _Payload(builtins.open, canary, "w"),
            _Payload(subprocess.check_output, ["touch", canary]),
        )
    )
    content = numbers.choice((call, {"state_dict": call}, [wrapped, call], {"a": wrapped, "b": (call,)}))
    return pickle.dumps(content, protocol=numbers.choice((2, 2, 3, 4)))
