"""Judges of photographs: their weights are read as they are meant, checked, and never fetched."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch

from ood_core.errors import CheckpointError, OodError, ShapeError
from ood_core.evaluation.judges import at_hand, face_api
from ood_core.evaluation.judges.ages import AgeReader
from ood_core.evaluation.judges.expressions import ExpressionReader, Landmarks68
from ood_core.evaluation.judges.face_api import load_face_api
from ood_core.evaluation.judges.lpips import Lpips, load_lpips
from ood_core.evaluation.judges.recogniser import Recogniser
from ood_core.files import packages

FACES = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(3)) * 2 - 1


def write_model(network: torch.nn.Module, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network's weights as face-api would store them, in eight bits between two bounds."""
    entries, data = [], b""
    for name, tensor in network.state_dict().items():
        *path, last = name.split(".")
        theirs = {
            ("depthwise", "weight"): ("depthwise_filter", (2, 3, 0, 1)),
            ("pointwise", "weight"): ("pointwise_filter", (2, 3, 1, 0)),
        }.get((path[-1] if path else "", last))
        if theirs:
            entry, stored = "/".join([*path[:-1], theirs[0]]), tensor.permute(theirs[1])
        elif tensor.ndim == 4:
            entry, stored = "/".join([*path, "filters"]), tensor.permute(2, 3, 1, 0)
        elif tensor.ndim == 2:
            bare = path == ["fc"] and "recognition" in network.model
            entry, stored = "/".join([*path, *([] if bare else ["weights"])]), tensor.T
        else:
            entry, stored = "/".join([*path, last]), tensor
        low, high = float(stored.min()), float(stored.max())
        scale = (high - low) / 255 or 1.0
        data += bytes(((stored - low) / scale).round().clamp(0, 255).byte().flatten().tolist())
        bounds = {"dtype": "uint8", "scale": scale, "min": low}
        shape = list(stored.shape)
        entries.append({"name": entry, "shape": shape, "dtype": "float32", "quantization": bounds})
    folder.mkdir(exist_ok=True)
    (folder / f"{network.model}.bin").write_bytes(data)
    manifest = folder / f"{network.model}-weights_manifest.json"
    manifest.write_text(json.dumps([{"weights": entries}]), encoding="utf-8")
    monkeypatch.setitem(face_api.HASHES, network.model, hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("kind", [Recogniser, ExpressionReader, AgeReader, Landmarks68])
def test_weights_in_eight_bits_are_read_into_their_places(
    kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(5)
    network = kind().eval()
    for tensor in network.state_dict().values():
        tensor.normal_(0, 0.05)
    write_model(network, tmp_path, monkeypatch)
    read = load_face_api(kind(), tmp_path, network.model)
    for name, tensor in network.state_dict().items():
        bound = float(tensor.max() - tensor.min()) / 255
        assert torch.allclose(read.state_dict()[name], tensor, atol=bound), name
    with torch.no_grad():
        found = read(FACES)
    parts = found if isinstance(found, tuple) else (found,)
    assert all(bool(torch.isfinite(part).all()) and len(part) == 2 for part in parts)


def test_weights_of_another_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / f"{Recogniser.model}.bin").write_bytes(b"another")
    with pytest.raises(CheckpointError, match=r"face_recognition_model.bin is not that of"):
        load_face_api(Recogniser(), tmp_path, Recogniser.model)
    with pytest.raises(CheckpointError, match=r"unpacked package @vladmandic/face-api"):
        load_face_api(AgeReader(), tmp_path, AgeReader.model)
    (tmp_path / "w.pth").write_bytes(b"another")
    with pytest.raises(CheckpointError, match="is not that of stlpips_pytorch"):
        load_lpips(tmp_path / "w.pth")


def test_judges_that_are_not_there_are_none_and_a_named_folder_without_any_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    assert at_hand.face_judges_at_hand() is None and at_hand.lpips_at_hand() is None
    with pytest.raises(OodError, match="holds no judge: unpack"):
        at_hand.check_folder(tmp_path)


def test_lpips_compares_pictures_of_one_size() -> None:
    network = Lpips()
    same = network(FACES, FACES)
    assert same.tolist() == [0, 0] and network(FACES, -FACES).shape == (2,)
    with pytest.raises(ShapeError, match="one size"):
        network(FACES, FACES[..., :64])


def test_the_judges_that_are_at_hand_know_a_person_again() -> None:
    judges, lpips = at_hand.face_judges_at_hand(), at_hand.lpips_at_hand()
    if judges is None or lpips is None:
        pytest.skip("no weights of judges are at hand")
    data = pytest.importorskip("skimage.data")
    from ood_core.alignment import align, face_alignment, face_detector
    from ood_core.evaluation.judges.faces import JUDGED, SAME_PERSON
    from ood_core.files.levels import from_uint8

    picture = from_uint8(data.astronaut()[None])
    place = face_alignment(face_detector()(picture).landmarks[0], JUDGED, (512, 512))
    face = align(picture, place, 150)
    dark = (face + 1) * 0.6 - 1
    first, second = judges.identity(torch.cat([face, dark]))
    assert float((first - second).norm()) < SAME_PERSON
    assert float(judges.happy(face)) > 0.9 and 25 < float(judges.age(face).years) < 50
    assert float(judges.age(face).male) < 0.5
    assert 0 < float(lpips(face, dark)) < 1
