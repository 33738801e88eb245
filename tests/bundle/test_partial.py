"""A bundle needs its generator only: everything else has a stand-in, and says which."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ood_core import edit, edit_clip, load_bundle, save_bundle
from ood_core.bundle import Bundle, read_manifest
from ood_core.bundle.manifest import STAND_INS
from ood_core.cli import main
from ood_core.errors import FaceError, OodError

PICTURE = torch.rand(1, 3, 40, 48, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture
def bare(tiny_bundle: Bundle) -> Bundle:
    """The tiny bundle's generator and directions; nothing is foreign to random weights."""
    attributes = {
        name: dataclasses.replace(attribute, diffcam_class=None)
        for name, attribute in tiny_bundle.attributes.items()
    }
    return dataclasses.replace(
        tiny_bundle, attributes=attributes, encoder=None, diffcam=None, decomposer=None, deghoster=None,
        frame=None,
        foreign=(250.0, 255.0),
    )  # fmt: skip


def test_a_generator_and_a_direction_edit_a_picture(bare: Bundle) -> None:
    done = edit(PICTURE, bare, {"Smiling": 1.0}, refine=3)
    assert done.result.shape == PICTURE.shape and not done.scores
    outside = (done.change == 0).expand_as(PICTURE)
    assert torch.equal(done.result[outside], PICTURE[outside])


def test_a_partial_bundle_comes_back_from_disk(bare: Bundle, tmp_path: Path) -> None:
    save_bundle(bare, tmp_path / "bare")
    again = load_bundle(tmp_path / "bare")
    assert (again.encoder, again.diffcam, again.deghoster, again.frame) == (None, None, None, None)
    assert list(again.networks) == ["generator"] and set(again.directions) == {"Smiling", "Old"}
    assert sorted(path.name for path in (tmp_path / "bare").iterdir()) == [
        "bundle.json",
        "directions.safetensors",
        "generator.safetensors",
    ]


def test_a_lone_generator_is_a_bundle_and_says_what_stands_in(bare: Bundle, tmp_path: Path) -> None:
    save_bundle(dataclasses.replace(bare, attributes={}, directions={}), tmp_path / "lone")
    assert load_bundle(tmp_path / "lone").directions == {}
    assert read_manifest(tmp_path / "lone").stand_ins == tuple(STAND_INS.values())


def test_a_whole_bundle_needs_no_stand_in(tiny_bundle_folder: Path) -> None:
    assert read_manifest(tiny_bundle_folder).stand_ins == ()


def test_parts_that_a_new_bundle_lacks_do_not_stay_from_the_old_one(
    tiny_bundle: Bundle, bare: Bundle, tmp_path: Path
) -> None:
    save_bundle(tiny_bundle, tmp_path / "bundle")
    save_bundle(bare, tmp_path / "bundle", overwrite=True)
    assert not (tmp_path / "bundle" / "encoder.safetensors").exists()


def test_without_a_face_frame_nobody_looks_for_faces(bare: Bundle) -> None:
    def detector(picture: torch.Tensor) -> None:
        raise AssertionError("nobody should look")

    done = edit(PICTURE, bare, {"Old": 1.0}, refine=1, detector=detector)  # type: ignore[arg-type]
    assert [crop.size for crop in done.pair.crops] == [(40, 40)]
    (clip,) = edit_clip([PICTURE], bare, {"Old": 1.0}, refine=1, detector=detector)  # type: ignore[arg-type]
    assert clip.result.shape == PICTURE.shape
    with pytest.raises(FaceError, match="no face frame"):
        edit(PICTURE, bare, {"Old": 1.0}, align="always")
    with pytest.raises(FaceError, match="no face frame"):
        list(edit_clip([PICTURE], bare, {"Old": 1.0}, align="always"))


def test_the_published_method_says_which_network_it_lacks(tiny_bundle: Bundle, bare: Bundle) -> None:
    with pytest.raises(OodError, match="needs a classifier"):
        edit(PICTURE, bare, {"Old": 1.0}, "paper", refine=1)
    attributes = bare.attributes
    classified = dataclasses.replace(bare, diffcam=tiny_bundle.diffcam, attributes=attributes)
    with pytest.raises(OodError, match="ends with a deghosting network"):
        edit(PICTURE, classified, {"Old": 1.0}, "paper", refine=1)


def test_the_command_line_edits_with_it_and_lists_what_stands_in(
    bare: Bundle, tmp_path: Path, make_picture: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    save_bundle(bare, tmp_path / "bare")
    with pytest.raises(SystemExit) as end:
        main(["bundles", str(tmp_path / "bare"), "--json"])
    (described,) = json.loads(capsys.readouterr().out)
    assert end.value.code in (0, None) and described["stand_ins"][0] == STAND_INS["encoder"]
    with pytest.raises(SystemExit):
        main(["bundles", str(tmp_path / "bare")])
    assert STAND_INS["frame"] in capsys.readouterr().out
    picture, bundle = str(make_picture(tmp_path / "photo.png")), str(tmp_path / "bare")
    with pytest.raises(SystemExit) as end:
        main(["edit", picture, "--bundle", bundle, "--edit", "Old", "--refine", "2", "-o", str(tmp_path)])
    assert end.value.code in (0, None), capsys.readouterr().err
    assert (tmp_path / "photo_result.png").exists()
