"""Landmarks of one's own are read from JSON, or refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from ood_core.alignment import FOR_ALL, read_landmarks
from ood_core.errors import FaceError

FACE = [[4.0, 5.0], [6.0, 5.0], [5.0, 6.5], [4.2, 8.0], [5.8, 8.0]]


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_faces_are_given_by_the_names_of_pictures(tmp_path: Path) -> None:
    found = read_landmarks(write(tmp_path / "faces.json", {"a.jpg": [FACE, FACE], "b.jpg": [FACE]}))
    assert {name: len(faces) for name, faces in found.items()} == {"a.jpg": 2, "b.jpg": 1}
    assert torch.equal(found["b.jpg"].landmarks[0], torch.tensor(FACE))
    assert found["b.jpg"].boxes.tolist() == [[4.0, 5.0, 6.0, 8.0]]


def test_a_list_holds_for_every_picture(tmp_path: Path) -> None:
    assert set(read_landmarks(write(tmp_path / "faces.json", [FACE]))) == {FOR_ALL}


@pytest.mark.parametrize(
    "content",
    [[], [FACE[:4]], FACE, "faces", {"a.jpg": None}, [[["x", "y"]] * 5], [[[float("nan"), 1.0]] * 5], 7],
)
def test_other_forms_are_refused_with_the_right_one(tmp_path: Path, content: object) -> None:
    with pytest.raises(FaceError, match="five points") as refusal:
        read_landmarks(write(tmp_path / "faces.json", content))
    assert "faces.json" in str(refusal.value) and "\n" not in str(refusal.value)


def test_what_is_no_json_or_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "faces.json").write_text("{")
    with pytest.raises(FaceError, match="not JSON"):
        read_landmarks(tmp_path / "faces.json")
    with pytest.raises(FaceError, match="no such file"):
        read_landmarks(tmp_path / "gone.json")
    (tmp_path / "faces.json").write_text("[" * 100_000)
    with pytest.raises(FaceError, match="nested too deeply"):
        read_landmarks(tmp_path / "faces.json")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_does_no_harm(tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "faces.json").write_bytes(mark + json.dumps({"größe.jpg": [FACE]}).encode())
    assert list(read_landmarks(tmp_path / "faces.json")) == ["größe.jpg"]
