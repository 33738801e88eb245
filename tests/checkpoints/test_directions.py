"""Directions come out of any of four kinds of file, and nothing else does."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ood_core.checkpoints.direction_files import read_directions
from ood_core.errors import CheckpointError

STYLES, WIDTH = 8, 16


@pytest.fixture
def array() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).normal(size=(STYLES, WIDTH))


def test_every_kind_of_file_gives_the_same_direction(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    tensor = torch.from_numpy(array)
    np.save(tmp_path / "a.npy", array)
    np.save(tmp_path / "b.npy", np.asfortranarray(array))
    np.savez(tmp_path / "c.npz", array)
    np.savez_compressed(tmp_path / "several.npz", d=array, e=array.reshape(1, -1))
    torch.save(tensor, tmp_path / "f.pt")
    torch.save({"g": tensor[None]}, tmp_path / "several.pt")
    save_file({"h": tensor}, tmp_path / "h.safetensors")
    (tmp_path / "readme.txt").write_text("not a direction")
    found = read_directions(tmp_path, STYLES, WIDTH)
    assert list(found) == list("abcdefgh")
    for direction in found.values():
        assert torch.equal(direction.tensor, (tensor / tensor.norm()).float())


def test_a_single_file_is_called_after_itself(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    np.save(tmp_path / "Smiling.npy", array.astype(np.float32))
    assert list(read_directions(tmp_path / "Smiling.npy", STYLES, WIDTH)) == ["Smiling"]


def bomb() -> bytes:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (1 << 40,)})
    return head.getvalue()


class Attack:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch ran",)


def test_hostile_and_damaged_files_are_refused_in_one_line(
    tmp_path: Path, array: np.ndarray[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("objects.npy", np.array([Attack()], dtype=object), allow_pickle=True)
    Path("claims.npy").write_bytes(bomb())
    np.save("whole.npy", array)
    Path("cut.npy").write_bytes(Path("whole.npy").read_bytes()[:-9])
    Path("empty.npy").write_bytes(b"")
    Path("text.npy").write_text("hello")
    Path("text.npz").write_text("hello")
    with zipfile.ZipFile("bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(300 << 20))
    np.save("shape.npy", array[:, :3])
    np.save("zero.npy", array * 0)
    np.save("words.npy", np.array(["a", "b"]))
    torch.save({"opts": {"a": 1}}, "none.pt")
    for name, said in {
        "objects.npy": "could run code",
        "claims.npy": "claims",
        "cut.npy": "cut off",
        "empty.npy": "no array of numpy",
        "text.npy": "no array of numpy",
        "text.npz": "damaged",
        "bomb.npz": "bomb",
        "shape.npy": r"shape \[8, 3\]",
        "zero.npy": "points nowhere",
        "words.npy": "expected numbers",
        "none.pt": "holds no tensor",
        "gone.npy": "no array of numpy|cannot be read",
    }.items():
        with pytest.raises(CheckpointError, match=said) as refusal:
            read_directions(name, STYLES, WIDTH)
        assert name in str(refusal.value)
    assert not Path("ran").exists()


def test_two_directions_of_one_name_are_refused(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    np.save(tmp_path / "a.npy", array)
    torch.save(torch.from_numpy(array), tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="'a' was read already"):
        read_directions(tmp_path, STYLES, WIDTH)


def test_a_folder_without_directions_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no directions"):
        read_directions(tmp_path, STYLES, WIDTH)


def test_a_folder_that_does_not_exist_is_told_from_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nowhere: cannot be read .it does not exist"):
        read_directions(tmp_path / "nowhere", 4, 6)


def test_hidden_files_beside_directions_are_left_alone(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    np.save(tmp_path / "Hat.npy", array)
    (tmp_path / "._Hat.npy").write_bytes(b"what macOS notes about Hat.npy")
    assert list(read_directions(tmp_path, *array.shape)) == ["Hat"]


def test_a_damaged_header_or_record_is_said_in_one_line(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((8, 16)))
    content = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(content.replace(b"}", b"(", 1))  # never closed
    np.savez_compressed(tmp_path / "b.npz", np.random.default_rng(0).normal(size=(8, 16)))
    packed = bytearray((tmp_path / "b.npz").read_bytes())
    packed[60:120] = bytes([0xFF]) * 60
    (tmp_path / "b.npz").write_bytes(packed)
    for name in ("a.npy", "b.npz"):
        with pytest.raises(CheckpointError, match=name.replace(".", r"\.")):
            read_directions(tmp_path / name, 8, 16)
