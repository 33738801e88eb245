"""A bundle comes back from disk as it was, and whatever is missing, damaged or contradictory is named."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ood_core.alignment.frame import Frame
from ood_core.bundle import Bundle, find_bundle, installed_bundles, kinds, load_bundle, save_bundle
from ood_core.bundle import bundle as bundle_module
from ood_core.bundle.manifest import FILES, FINDERS, MANIFEST, Attribute, file_of, read_manifest
from ood_core.diffcam import MaskSettings
from ood_core.errors import BundleError
from ood_core.inversion import GradualStyleEncoder


@pytest.fixture
def folder(tiny_bundle_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny bundle, to be damaged."""
    return Path(shutil.copytree(tiny_bundle_folder, tmp_path / "tiny"))


OWN_FILES = [name for name in FILES if name not in map(file_of, FINDERS)]


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((folder / MANIFEST).read_text())
    change(data)
    (folder / MANIFEST).write_text(json.dumps(data))


def test_a_saved_bundle_comes_back_the_same(tiny_bundle: Bundle, tmp_path: Path) -> None:
    save_bundle(tiny_bundle, tmp_path / "again")
    again = load_bundle(tmp_path / "again")
    assert again.attributes == tiny_bundle.attributes
    assert (again.name, again.resolution, again.licence) == ("tiny", 32, "MIT")
    for kind, network in tiny_bundle.networks.items():
        assert again.networks[kind].config == network.config
        for name, tensor in network.state_dict().items():
            assert torch.equal(again.networks[kind].state_dict()[name], tensor), (kind, name)
    for name, direction in tiny_bundle.directions.items():
        assert torch.equal(again.directions[name], direction)


def test_loaded_networks_are_ready_for_inference(tiny_bundle: Bundle) -> None:
    for network in tiny_bundle.networks.values():
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())


def test_half_precision_is_stored_in_half_the_space_and_loaded_as_float32(
    tiny_bundle: Bundle, folder: Path, tmp_path: Path
) -> None:
    save_bundle(tiny_bundle, tmp_path / "half", dtype=torch.float16)
    assert {tensor.dtype for tensor in load_file(tmp_path / "half" / "directions.safetensors").values()} == {
        torch.float16
    }
    half = load_bundle(tmp_path / "half")
    for kind, network in half.networks.items():
        floats = [tensor for tensor in network.state_dict().values() if tensor.is_floating_point()]
        assert {tensor.dtype for tensor in floats} == {torch.float32}, kind
    assert torch.allclose(half.directions["Old"], tiny_bundle.directions["Old"], atol=2e-3)
    assert {parameter.dtype for parameter in tiny_bundle.encoder.parameters()} == {torch.float32}


def test_a_weight_too_large_for_half_precision_is_not_written(tiny_bundle: Bundle, tmp_path: Path) -> None:
    directions = {name: direction * 1e6 for name, direction in tiny_bundle.directions.items()}
    huge = dataclasses.replace(tiny_bundle, directions=directions)
    with pytest.raises(BundleError, match="directions as torch.float16 holds a value that is not finite"):
        save_bundle(huge, tmp_path / "half", dtype=torch.float16)
    assert list(tmp_path.iterdir()) == []


def test_directions_and_defaults_are_given_by_attribute(tiny_bundle: Bundle) -> None:
    assert tiny_bundle.default_strengths == {"Smiling": 2.0, "Old": 1.0}
    assert tiny_bundle.attribute_directions["Old"].shape == (tiny_bundle.generator.num_styles, 16)


def test_to_moves_every_tensor(tiny_bundle_folder: Path) -> None:
    moved = load_bundle(tiny_bundle_folder).to("meta")
    tensors = [tensor for network in moved.networks.values() for tensor in network.state_dict().values()]
    assert {tensor.device.type for tensor in (*tensors, *moved.directions.values())} == {"meta"}


def test_an_existing_bundle_is_only_replaced_when_asked(tiny_bundle: Bundle, folder: Path) -> None:
    (folder / "MODEL_CARD.md").write_text("card")
    before = (folder / MANIFEST).read_bytes()
    renamed = dataclasses.replace(tiny_bundle, name="other")
    with pytest.raises(BundleError, match="overwriting was not asked for"):
        save_bundle(renamed, folder)
    assert (folder / MANIFEST).read_bytes() == before
    save_bundle(renamed, folder, overwrite=True)
    assert load_bundle(folder).name == "other"
    assert (folder / "MODEL_CARD.md").read_text() == "card"


def test_a_folder_that_cannot_be_made_is_said(tiny_bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="cannot be written"):
        save_bundle(tiny_bundle, tmp_path / "file" / "bundle")


@pytest.mark.parametrize("name", OWN_FILES)
def test_a_missing_file_is_named_with_its_checksum(folder: Path, name: str) -> None:
    expected = read_manifest(folder).sha256[name]
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: is missing; expected sha256 {expected}"):
        load_bundle(folder)


@pytest.mark.parametrize("name", OWN_FILES)
def test_one_flipped_bit_is_noticed(folder: Path, name: str) -> None:
    expected = read_manifest(folder).sha256[name]
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"{name}: is damaged.*expected sha256 {expected}"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.pop("licence"), "'licence' is missing"),
        (lambda data: data.update(resolution="32"), "'resolution' must be a whole number, found '32'"),
        (lambda data: data.update(resolution=True), "must be a whole number"),
        (lambda data: data.update(format=2), "has format 2, this version reads 1"),
        (lambda data: data.update(attributes={}), "'attributes' must be a list"),
        (lambda data: data["attributes"].append(3), "each attribute must be an object"),
        (lambda data: data["attributes"].append(data["attributes"][0]), "'Smiling' is listed twice"),
        (lambda data: data["attributes"][0].update(range=[1, 1]), "range must be"),
        (lambda data: data["attributes"][0].update(range=[1]), "range must be"),
        (lambda data: data["attributes"][0].update(range=["a", 1]), "'range' must be a number"),
        (lambda data: data["attributes"][0].update(sign=float("nan")), "sign must be ±1"),
        (lambda data: data["attributes"][0].update(default_strength=float("inf")), "finite"),
        (lambda data: data["attributes"][0].update(diffcam_class=-1), "diffcam_class cannot be -1"),
        (lambda data: data["attributes"][0].update(diffcam_class=2), "classifier lacks the class"),
        (lambda data: data["attributes"][0].update(direction="Grin"), "direction 'Grin'"),
        (lambda data: data["sha256"].pop("encoder.safetensors"), "'encoder.safetensors' is missing"),
        (lambda data: data["architectures"].pop("diffcam"), "'diffcam' is missing"),
        (lambda data: data["architectures"]["encoder"].update(stem=9), "architecture of encoder differs"),
        (lambda data: data["architectures"]["encoder"].update(size=9), "architecture of encoder: .*size"),
        (lambda data: data["architectures"]["encoder"].update(depths=[1]), "encoder: .*stages"),
        (lambda data: data["architectures"]["encoder"].update(kind="encoder/x"), "unknown encoder"),
        (lambda data: data["architectures"]["encoder"].update(kind="diffcam"), "unknown encoder 'diffcam'"),
        (lambda data: data.update(resolution=64), "resolution of generator is 32, expected 64"),
    ],
)
def test_a_contradictory_manifest_is_refused_in_plain_words(
    folder: Path, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    rewrite(folder, change)
    with pytest.raises(BundleError, match=says):
        load_bundle(folder)


def test_a_number_that_bundle_json_leaves_out_has_its_default(folder: Path) -> None:
    """So that an architecture may gain a number without making older bundles unreadable."""
    rewrite(folder, lambda data: data["architectures"]["generator"].pop("lr_multiplier"))
    rewrite(folder, lambda data: data["architectures"]["generator"].pop("kind"))
    assert load_bundle(folder).name == "tiny"


def test_another_encoder_is_one_line_in_the_list_of_networks(
    tiny_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OtherEncoder(GradualStyleEncoder):
        kind = "encoder/other"

    monkeypatch.setattr(kinds, "_NETWORKS", (*kinds._NETWORKS, OtherEncoder))
    save_bundle(dataclasses.replace(tiny_bundle, encoder=OtherEncoder(tiny_bundle.encoder.config)), tmp_path)
    assert read_manifest(tmp_path).architectures["encoder"]["kind"] == "encoder/other"
    assert type(load_bundle(tmp_path).encoder) is OtherEncoder


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe{}"])
def test_a_manifest_that_is_no_json_object_is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError, match=MANIFEST):
        load_bundle(folder)


def test_a_folder_without_manifest_and_an_unknown_name_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is no bundle: cannot read bundle.json"):
        load_bundle(tmp_path)
    with pytest.raises(BundleError, match="there is no bundle 'portraits-1'.*installed: "):
        load_bundle("portraits-1")


def test_installed_bundles_come_first_and_the_first_is_the_default(
    tiny_bundle_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_module, "_EMBEDDED", tiny_bundle_folder.parent)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()
    assert installed_bundles() == {"tiny": tiny_bundle_folder}
    assert find_bundle("tiny") == find_bundle() == tiny_bundle_folder
    assert find_bundle("./tiny") == Path("tiny")
    monkeypatch.setattr(bundle_module, "_EMBEDDED", tmp_path / "none")
    with pytest.raises(BundleError, match="no bundle is installed"):
        find_bundle()


def test_an_attribute_is_checked_where_it_is_made() -> None:
    with pytest.raises(BundleError, match="sign"):
        Attribute("Old", 0, "Old", sign=0.5)


def test_a_running_variance_beyond_half_precision_survives_it(tiny_bundle: Bundle, tmp_path: Path):
    encoder = copy.deepcopy(tiny_bundle.encoder)
    name = next(name for name in encoder.state_dict() if name.endswith("running_var"))
    encoder.state_dict()[name].fill_(1e6)
    save_bundle(dataclasses.replace(tiny_bundle, encoder=encoder), tmp_path / "half", dtype=torch.float16)
    assert (load_bundle(tmp_path / "half").encoder.state_dict()[name] == 1e6).all()


def test_the_frame_comes_back_and_is_that_of_ffhq_where_the_file_says_nothing(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    save_bundle(dataclasses.replace(tiny_bundle, frame=Frame(2.5, 2.25, 0.0625, 0.125)), tmp_path / "framed")
    assert load_bundle(tmp_path / "framed").frame == Frame(2.5, 2.25, 0.0625, 0.125)
    rewrite(tmp_path / "framed", lambda data: data["frame"].pop("spread"))
    assert load_bundle(tmp_path / "framed").frame == Frame(2.5, 2.25, 0.0625)
    rewrite(tmp_path / "framed", lambda data: data.pop("frame"))
    assert load_bundle(tmp_path / "framed").frame == Frame(2.0, 1.8, 0.1)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), "wide", None])
def test_a_frame_that_is_no_square_is_refused(folder: Path, value: object) -> None:
    rewrite(folder, lambda data: data["frame"].update(eyes=value))
    with pytest.raises(BundleError, match="frame"):
        read_manifest(folder)


def test_what_is_foreign_to_a_bundle_comes_back_and_may_be_left_out(tiny_bundle: Bundle, tmp_path: Path):
    save_bundle(dataclasses.replace(tiny_bundle, foreign=(12.0, 34.0)), tmp_path / "own")
    settings = load_bundle(tmp_path / "own").mask_settings
    assert (settings.foreign_low, settings.foreign_high) == (12.0, 34.0)
    rewrite(tmp_path / "own", lambda data: data.pop("foreign"))
    assert load_bundle(tmp_path / "own").mask_settings == MaskSettings()


@pytest.mark.parametrize("value", [[], [20.0], [50.0, 25.0], [-1.0, 5.0], [math.nan, 5.0], ["a", "b"], 30.0])
def test_levels_of_foreign_things_that_are_no_range_are_refused(folder: Path, value: object) -> None:
    rewrite(folder, lambda data: data.update(foreign=value))
    with pytest.raises(BundleError, match="foreign"):
        read_manifest(folder)


def test_a_bundle_may_carry_a_detector_and_a_landmarker_and_lose_them_again(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    from ood_core.alignment.landmarker import Landmarker, LandmarkerConfig
    from ood_core.alignment.yunet import YuNet, YuNetConfig

    assert tiny_bundle.detector is None and tiny_bundle.landmarker is None
    own = {
        "detector": YuNet(YuNetConfig((2, 2, 4, 4, 4, 4))),
        "landmarker": Landmarker(LandmarkerConfig(16, (2, 2, 2, 2), 4)),
    }
    save_bundle(dataclasses.replace(tiny_bundle, **own), tmp_path / "seeing")  # type: ignore[arg-type]
    found = load_bundle(tmp_path / "seeing").networks
    for kind, network in own.items():
        assert found[kind].config == network.config
        assert all(torch.equal(found[kind].state_dict()[name], t) for name, t in network.state_dict().items())
        assert f"{kind}.safetensors" in read_manifest(tmp_path / "seeing").sha256
    save_bundle(tiny_bundle, tmp_path / "seeing", overwrite=True)
    left = load_bundle(tmp_path / "seeing")
    assert left.detector is None and left.landmarker is None
    assert not list((tmp_path / "seeing").glob("detector*")) + list((tmp_path / "seeing").glob("landmarker*"))


@pytest.mark.parametrize("value", [["encoder"], {"a": 1}, 3, None])
def test_a_manifest_whose_architectures_are_of_other_kinds_is_refused(
    tiny_bundle_folder: Path, tmp_path: Path, value: object
) -> None:
    folder = Path(shutil.copytree(tiny_bundle_folder, tmp_path / "bundle"))
    manifest = json.loads((folder / "bundle.json").read_text())
    for role, key in (("encoder", "kind"), ("deghoster", "generator")):
        changed = {**manifest["architectures"][role], key: value}
        content = {**manifest, "architectures": {**manifest["architectures"], role: changed}}
        (folder / "bundle.json").write_text(json.dumps(content))
        with pytest.raises(BundleError, match=role) as refusal:
            load_bundle(folder)
        assert "\n" not in str(refusal.value)


_KILLED = """
import os, sys
from pathlib import Path
from ood_core import load_bundle, save_bundle
bundle = load_bundle(sys.argv[1])
left = int(sys.argv[3])
replace = os.replace
def counted(*arguments):
    global left
    if left == 0:
        os._exit(9)
    left -= 1
    replace(*arguments)
os.replace = os.rename = counted
save_bundle(bundle, sys.argv[2], overwrite=True)
"""


@pytest.mark.parametrize("moves", [4, 6, 8, 9])
def test_killed_while_replacing_a_bundle_the_old_or_the_new_one_is_there(
    folder: Path, tiny_bundle: Bundle, tmp_path: Path, moves: int
) -> None:
    """Until some of its files had their names and others not, and neither bundle could be loaded."""
    other = dataclasses.replace(tiny_bundle, name="other", encoder=None)
    save_bundle(other, tmp_path / "other")
    command = [sys.executable, "-c", _KILLED, str(tmp_path / "other"), str(folder), str(moves)]
    root = Path(__file__).parents[2]
    assert subprocess.run(command, env={**os.environ, "PYTHONPATH": str(root)}).returncode in (0, 9)
    found = load_bundle(folder)
    assert found.name in ("tiny", "other") and (found.encoder is None) == (found.name == "other")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_whoever_may_read_one_file_of_a_bundle_may_read_them_all(folder: Path) -> None:
    """directions.safetensors was for its owner alone, and a shared bundle could not be loaded."""
    assert len({path.stat().st_mode for path in folder.iterdir()}) == 1
