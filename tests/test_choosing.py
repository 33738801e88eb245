"""A photograph gets the bundle for photographs, a drawing the one that draws; who knows neither says so."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import pytest
import torch

from ood_core import choose_bundle, edit, load_bundle, save_bundle
from ood_core.bundle import bundle as bundles
from ood_core.bundle import find_bundle
from ood_core.choosing import Chooser, first_look, foretold, photographed
from ood_core.cli import main
from ood_core.errors import BundleError
from ood_core.files.pictures import save_image
from ood_core.pipeline import edit_crops, find_crops
from ood_core.sources import together
from tests.test_finding import BUNDLE, photograph, portrait


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The embedded bundle, and before it in the alphabet one that takes photographs."""
    root = tmp_path_factory.mktemp("bundles")
    photos = dataclasses.replace(
        load_bundle("portraits-128"), name="faces", domain="", detector=None, landmarker=None
    )
    lacking = {name: value for name, value in photos.attributes.items() if name != "Beard"}
    save_bundle(dataclasses.replace(photos, attributes=lacking), root / "faces")
    (root / "portraits-128").symlink_to(find_bundle("portraits-128"))
    return {name: root / name for name in ("faces", "portraits-128")}


@pytest.fixture
def both(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "_EMBEDDED", folders["faces"].parent)


def test_each_picture_gets_the_bundle_of_its_kind_and_why_is_said(folders: dict[str, Path]) -> None:
    chooser = Chooser(folders)
    for name in ("astronaut", "coffee", "chelsea"):
        chosen = chooser(photograph(name, (240, 300)))
        assert (chosen.bundle.name, chosen.why) == ("faces", "a photograph, so 'faces'")
    drawn = [chooser(portrait(93_000 + seed)) for seed in range(8)]
    assert [chosen.bundle.name for chosen in drawn] == ["portraits-128"] * 8
    assert drawn[0].why == "a drawing, so 'portraits-128'" and drawn[0].bundle is drawn[1].bundle


def test_the_usual_bundle_stays_the_one_whose_pictures_can_be_drawn(both: None) -> None:
    assert find_bundle().name == "portraits-128"
    assert choose_bundle(photograph("astronaut", (200, 200))).name == "faces"


def test_a_single_bundle_is_chosen_without_a_look_and_none_is_refused(folders: dict[str, Path]) -> None:
    only = Chooser({"mine": folders["faces"], "broken": folders["faces"].parent})(torch.zeros(1, 3, 8, 8))
    assert (only.name, only.why) == ("mine", "'mine', the only bundle of faces")
    with pytest.raises(BundleError, match="no bundle that edits faces"):
        Chooser({})


def test_a_photograph_that_nobody_knows_is_said_to_be_one_before_any_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    picture, steps = photograph("astronaut", (256, 256)), []
    with caplog.at_level(logging.WARNING):
        edit(picture, BUNDLE, {"Smiling": 1.0}, progress=lambda *step: steps.append(len(caplog.records)))
    assert steps[0] == 1 and "'keep' puts only that edit back" in caplog.text
    told = [foretold(first_look(find_crops(portrait(94_000 + seed), BUNDLE), BUNDLE)) for seed in range(6)]
    assert sum(map(bool, told)) <= 1


def test_what_the_first_look_inverted_is_not_inverted_again() -> None:
    pictures = torch.cat([portrait(96_000), portrait(96_001)])
    edits, looks = {"Smiling": 1.0}, []
    assert BUNDLE.encoder is not None
    hook = BUNDLE.encoder.register_forward_hook(lambda *call: looks.append(len(call[1][0])))
    try:
        done = edit(pictures, BUNDLE, edits, align="never")
        assert looks == [2]
        refined = edit(pictures[:1], BUNDLE, edits, align="never", refine=1)
    finally:
        hook.remove()
    crops = find_crops(pictures, BUNDLE, align="never")
    assert torch.equal(edit_crops(crops, BUNDLE, edits).result, done.result)
    assert not torch.equal(refined.reconstruction, done.reconstruction[:1])
    each = [first_look(crops[number : number + 1], BUNDLE) for number in range(2)]
    both = edit_crops(crops, BUNDLE, edits, seen=together([look for look in each if look is not None]))
    assert torch.allclose(both.result, done.result, atol=1e-3)


def test_the_sentence_names_the_bundle_that_would(both: None) -> None:
    crops = find_crops(photograph("astronaut", (256, 256)), BUNDLE)
    assert foretold(first_look(crops, BUNDLE))[0].endswith("for photographs choose the bundle 'faces'")


def test_ood_edit_without_a_bundle_takes_each_picture_s_own(
    both: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album, out = tmp_path / "album", tmp_path / "out"
    album.mkdir()
    save_image(album / "a.png", photograph("astronaut", (256, 256)))
    save_image(album / "b.png", portrait(95_000))
    save_image(album / "c.png", photograph("astronaut", (200, 200)))
    assert _run(["edit", str(album), "--edit", "Smiling", "-o", str(out)]) == 0
    said = capsys.readouterr().err
    assert "a.png: a photograph, so 'faces'" in said and "b.png: a drawing, so 'portraits-128'" in said
    assert len(list(out.glob("*_result.png"))) == 3

    assert _run(["edit", str(album), "--edit", "Beard", "-o", str(tmp_path / "beards")]) == 1
    said = capsys.readouterr().err
    assert said.count("error:") == 2 and "'Beard'" in said
    assert [path.name for path in (tmp_path / "beards").glob("*_result.png")] == ["b_result.png"]
    assert _run(["edit", str(album), "--edit", "Nose", "-o", str(tmp_path / "noses")]) != 0
    assert "'Nose'" in capsys.readouterr().err


def test_ood_edit_leaves_a_photograph_alone_that_no_bundle_knows_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album, out = tmp_path / "album", tmp_path / "out"
    album.mkdir()
    save_image(album / "a.png", photograph("astronaut", (256, 256)))
    save_image(album / "b.png", portrait(95_000))
    assert _run(["edit", str(album), "--edit", "Smiling", "-o", str(out)]) == 1
    said = capsys.readouterr().err
    assert said.count("error:") == 1 and "a.png: this is a photograph, and no installed bundle knows" in said
    assert "'keep' puts only that edit back" in said and "'portraits-128'" in said
    assert [path.name for path in out.glob("*_result.png")] == ["b_result.png"]


def test_ood_edit_with_a_bundle_named_says_it_of_a_photograph_once_and_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_image(tmp_path / "a.png", photograph("astronaut", (256, 256)))
    named = ["--bundle", "portraits-128", "-o", str(tmp_path)]
    assert _run(["edit", str(tmp_path / "a.png"), "--edit", "Smiling", *named]) == 0
    said = capsys.readouterr().err
    assert said.count("no picture of the kind that 'portraits-128' draws") == 1


def test_drawn_people_with_things_are_never_taken_for_photographs() -> None:
    for seed in (330_017, 330_024, 330_090, 330_102):  # strange to the bundle that draws them
        picture = portrait(seed)
        assert not photographed(first_look(find_crops(picture, BUNDLE, faceless="centre"), BUNDLE))
    assert photographed(first_look(find_crops(photograph("astronaut", (256, 256)), BUNDLE), BUNDLE))


def _run(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)
