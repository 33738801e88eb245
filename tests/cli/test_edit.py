"""`ood edit`: the results it promises, and one plain line for everything that cannot be done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch
from PIL import Image

from ood_core import sources
from ood_core.alignment import ALIGNING, Crop
from ood_core.bundle import Precision, find_bundle
from ood_core.bundle.manifest import read_manifest
from ood_core.cli import main
from ood_core.cli.edit import edit as command
from ood_core.files.levels import to_uint8
from ood_core.files.pictures import load_image, save_mask
from ood_core.finding import WhichDetector
from ood_core.modes import MODES

MakePicture = Callable[..., Path]
Said = tuple[int, list[str], list[str]]
"""Exit status, lines on stdout, lines on stderr."""


class Ood:
    """Runs the command in this process and keeps what it said. Noise has no faces: none are looked for."""

    align: tuple[str, ...] = ("--align", "never")

    def __init__(self, capsys: pytest.CaptureFixture[str], bundle: Path) -> None:
        self._capsys, self._bundle = capsys, bundle

    def __call__(self, *arguments: str | Path, bundle: Path | None = None) -> Said:
        common = ["--bundle", str(bundle or self._bundle), "--device", "cpu", *self.align]
        with pytest.raises(SystemExit) as end:
            main(["edit", *common, *map(str, arguments)])
        said = self._capsys.readouterr()
        return int(end.value.code or 0), said.out.splitlines(), said.err.splitlines()


@pytest.fixture
def ood(capsys: pytest.CaptureFixture[str], tiny_bundle_folder: Path) -> Ood:
    return Ood(capsys, tiny_bundle_folder)


@pytest.fixture
def picture(tmp_path: Path, make_picture: MakePicture) -> Path:
    return make_picture(tmp_path / "face.png")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def refuses(said: Said, *words: str) -> None:
    """Failed, and said why in exactly one line that holds all the words."""
    status, _, errors = said
    assert status == 1
    assert len(errors) == 1 and errors[0].startswith("error: "), errors
    for word in words:
        assert word in errors[0]


def test_one_picture_gives_one_result_and_prints_its_path(ood: Ood, picture: Path, out: Path) -> None:
    status, lines, errors = ood(picture, "--edit", "Smiling=1.5", "-o", out)
    assert (status, lines, errors) == (0, [str(out / "face_result.png")], [])
    assert names(out) == {"face_result.png"}
    assert load_image(out / "face_result.png").shape == (1, 3, 32, 32)


def test_stages_are_written_under_their_names(ood: Ood, picture: Path, out: Path) -> None:
    assert ood(picture, "--edit", "Smiling", "--edit", "Old=-0.5", "--stages", "-o", out)[0] == 0
    stages = ("faces", "reconstruction", "edited", "mask", "coarse", "stages", "result")
    assert names(out) == {f"face_{stage}.png" for stage in stages}


@pytest.mark.parametrize("mode", ["faithful", "paper"])
def test_both_modes_give_a_picture_of_the_inputs_size(
    ood: Ood, tmp_path: Path, make_picture: MakePicture, out: Path, mode: str
) -> None:
    wide = make_picture(tmp_path / "wide.png", height=48, width=80)
    assert ood(wide, "--edit", "Smiling", "--mode", mode, "-o", out)[0] == 0
    assert load_image(out / "wide_result.png").shape == (1, 3, 48, 80)


def test_strength_0_gives_the_input_back(ood: Ood, picture: Path, out: Path) -> None:
    assert ood(picture, "--edit", "Smiling=0", "-o", out)[0] == 0
    assert torch.equal(load_image(out / "face_result.png"), load_image(picture))


def test_a_picture_of_another_kind_is_said_to_be_one(ood: Ood, tmp_path: Path, out: Path) -> None:
    own = find_bundle("portraits-128")
    drawn, strange = own / "examples" / "waving.png", tmp_path / "stripes.png"
    stripes = np.zeros((128, 128, 3), dtype=np.uint8)
    stripes[:, ::16] = stripes[:, 1::16] = 255
    Image.fromarray(stripes).save(strange)
    status, written, said = ood(drawn, strange, "--edit", "Smiling=1", "-o", out, bundle=own)
    assert status == 0 and len(written) == 2
    assert len(said) == 2 and all(str(strange) in line and "portraits-128" in line for line in said)
    assert "no picture of the kind" in said[0] and "left out" in said[1]


def test_a_black_mask_keeps_every_pixel_and_half_a_mask_keeps_that_half(
    ood: Ood, tmp_path: Path, picture: Path, out: Path
) -> None:
    mask = torch.zeros(1, 1, 32, 32)
    save_mask(tmp_path / "black.png", mask)
    mask[..., 16:] = 1
    save_mask(tmp_path / "half.png", mask)
    before = load_image(picture)
    assert ood(picture, "--edit", "Smiling=3", "--mask", tmp_path / "black.png", "-o", out)[0] == 0
    assert torch.equal(load_image(out / "face_result.png"), before)
    assert ood(picture, "--edit", "Smiling=3", "--mask", tmp_path / "half.png", "-o", out, "--force")[0] == 0
    after = load_image(out / "face_result.png")
    assert torch.equal(after[..., :16], before[..., :16]) and not torch.equal(after, before)


def test_a_folder_is_edited_picture_by_picture(
    ood: Ood, tmp_path: Path, make_picture: MakePicture, out: Path
) -> None:
    folder = tmp_path / "album"
    for name in ("b.png", "a.JPG", "c.webp"):
        make_picture(folder / name)
    (folder / "notes.txt").write_text("no picture")
    status, lines, errors = ood(folder, folder / "a.JPG", "--edit", "Smiling", "-o", out)
    assert status == 0 and len(errors) == 1 and errors[0].startswith("note: JPEGs are coded again")
    assert [Path(line).name for line in lines] == ["a_result.JPG", "b_result.png", "c_result.webp"]
    assert ood(folder, "--edit", "Smiling", "--format", "png", "-o", out / "png")[2] == []
    assert names(out / "png") == {"a_result.png", "b_result.png", "c_result.png"}


def test_alpha_colour_profile_and_author_are_kept_and_orientation_respected(
    ood: Ood, tmp_path: Path, out: Path
) -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (40, 32, 4), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "the artist"
    Image.fromarray(rgba).save(tmp_path / "sticker.png", exif=exif)
    assert ood(tmp_path / "sticker.png", "--edit", "Smiling", "-o", out)[0] == 0
    result = Image.open(out / "sticker_result.png")
    assert result.mode == "RGBA" and result.size == (40, 32)
    assert np.array_equal(np.asarray(result)[:, :, 3], np.rot90(rgba[:, :, 3], -1))
    assert dict(result.getexif()) == {0x013B: "the artist"}


@pytest.mark.parametrize("mode", ["L", "P", "LA", "1", "I;16"])
def test_every_kind_of_pixel_is_edited(ood: Ood, tmp_path: Path, out: Path, mode: str) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    (deep if mode == "I;16" else Image.fromarray(grey).convert(mode)).save(tmp_path / "odd.png")
    assert ood(tmp_path / "odd.png", "--edit", "Smiling=0", "-o", out)[0] == 0
    before, after = load_image(tmp_path / "odd.png"), load_image(out / "odd_result.png")
    assert np.array_equal(to_uint8(after), to_uint8(before))


def test_nothing_is_overwritten_without_force(ood: Ood, picture: Path, out: Path) -> None:
    assert ood(picture, "--edit", "Smiling", "-o", out)[0] == 0
    before = (out / "face_result.png").stat().st_mtime_ns
    refuses(ood(picture, "--edit", "Old", "-o", out), "face_result.png already exists", "--force")
    refuses(ood(picture, "--edit", "Old", "--stages", "-o", out), "face_result.png already exists")
    assert (out / "face_result.png").stat().st_mtime_ns == before and names(out) == {"face_result.png"}
    assert ood(picture, "--edit", "Old", "-o", out, "--force")[0] == 0
    assert (out / "face_result.png").stat().st_mtime_ns != before


def test_two_inputs_of_one_name_do_not_overwrite_each_other(
    ood: Ood, tmp_path: Path, make_picture: MakePicture, out: Path
) -> None:
    first = make_picture(tmp_path / "one" / "face.png", seed=1)
    second = make_picture(tmp_path / "two" / "FACE.png", seed=2)
    said = ood(first, second, "--edit", "Smiling=0", "-o", out, "--force")
    refuses(said, str(second), str(first), "choose another -o")
    assert torch.equal(load_image(out / "face_result.png"), load_image(first))


def test_a_result_never_replaces_an_input(ood: Ood, tmp_path: Path, make_picture: MakePicture) -> None:
    first, second = make_picture(tmp_path / "face.png"), make_picture(tmp_path / "face_result.png", seed=2)
    before = second.read_bytes()
    refuses(ood(first, second, "--edit", "Old", "-o", tmp_path, "--force"), "would replace an input")
    assert second.read_bytes() == before


def test_one_bad_picture_costs_only_itself(
    ood: Ood, tmp_path: Path, picture: Path, make_picture: MakePicture, out: Path
) -> None:
    cut, last = make_picture(tmp_path / "cut.png"), make_picture(tmp_path / "last.png")
    cut.write_bytes(cut.read_bytes()[:200])
    said = ood(picture, cut, last, "--edit", "Smiling", "-o", out)
    refuses(said, "cut.png", "damaged or truncated")
    assert names(out) == {"face_result.png", "last_result.png"}


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [("text.png", b"text", "not a readable"), ("empty.jpg", b"", "is empty"), ("gone.png", None, "no such")],
)
def test_unreadable_inputs_are_named(
    ood: Ood, tmp_path: Path, out: Path, name: str, content: bytes | None, word: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    refuses(ood(tmp_path / name, "--edit", "Smiling", "-o", out), name, word)


def test_a_folder_without_pictures_is_said(ood: Ood, tmp_path: Path, out: Path) -> None:
    (tmp_path / "album").mkdir()
    refuses(ood(tmp_path / "album", "--edit", "Smiling", "-o", out), "album", "no picture")


def test_an_unknown_attribute_lists_the_known_ones(ood: Ood, picture: Path, out: Path) -> None:
    refuses(ood(picture, "--edit", "Smilling", "-o", out), "Smilling", "Smiling", "Old")
    assert not out.exists()


@pytest.mark.parametrize("strength", ["nan", "inf", "-inf", "much", "", "1,5", "1e999"])
def test_a_strength_that_is_no_finite_number_is_refused(
    ood: Ood, picture: Path, out: Path, strength: str
) -> None:
    refuses(ood(picture, "--edit", f"Smiling={strength}", "-o", out), "Smiling", "finite number")


def test_an_attribute_given_twice_is_refused(ood: Ood, picture: Path, out: Path) -> None:
    refuses(ood(picture, "--edit", "Smiling=1", "--edit", "Smiling=2", "-o", out), "given twice")


def test_a_mask_of_another_size_is_refused(
    ood: Ood, tmp_path: Path, picture: Path, make_picture: MakePicture, out: Path
) -> None:
    mask = make_picture(tmp_path / "mask.png", height=16, width=32)
    refuses(ood(picture, "--edit", "Old", "--mask", mask, "-o", out), "face.png", "32×16", "32×32", "equal")
    mask.write_bytes(b"text")
    refuses(ood(picture, "--edit", "Old", "--mask", mask, "-o", out), "mask.png", "not a readable")


def test_a_missing_or_damaged_bundle_file_is_named_with_its_checksum(
    ood: Ood, tmp_path: Path, tiny_bundle_folder: Path, picture: Path, out: Path
) -> None:
    bundle = Path(shutil.copytree(tiny_bundle_folder, tmp_path / "bundle"))
    expected = read_manifest(bundle).sha256["encoder.safetensors"]
    file = bundle / "encoder.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    refuses(ood(picture, "--edit", "Old", "-o", out, bundle=bundle), file.name, "damaged", expected)
    file.unlink()
    refuses(ood(picture, "--edit", "Old", "-o", out, bundle=bundle), file.name, "missing", expected)
    (bundle / "bundle.json").unlink()
    refuses(ood(picture, "--edit", "Old", "-o", out, bundle=bundle), "bundle.json")
    refuses(ood(picture, "--edit", "Old", "-o", out, bundle=tmp_path / "gone"), "no bundle", "installed")


def test_an_output_folder_that_cannot_be_written_is_said(ood: Ood, tmp_path: Path, picture: Path) -> None:
    (tmp_path / "file").write_text("")
    refuses(ood(picture, "--edit", "Old", "-o", tmp_path / "file"), "file", "choose another -o")
    refuses(ood(picture, "--edit", "Old", "-o", tmp_path / "file" / "below"), "below", "choose another -o")


def test_no_write_permission_is_said(
    ood: Ood, picture: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    refuses(ood(picture, "--edit", "Old", "-o", out), "no permission to write", "choose another -o")


def test_a_device_that_is_not_there_is_said(
    ood: Ood, picture: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    refuses(ood(picture, "--edit", "Old", "-o", out, "--device", "cuda"), "--device cuda", "use --device")


def test_a_bug_is_neither_hidden_nor_the_others_problem(
    ood: Ood,
    tmp_path: Path,
    picture: Path,
    make_picture: MakePicture,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = sources.cut_all

    def fails_once(crops: Sequence[Crop], size: tuple[int, int]) -> torch.Tensor:
        if any(crop.picture_size[1] == 40 for crop in crops):
            raise KeyError("oops")
        return real(crops, size)

    monkeypatch.setattr(sources, "cut_all", fails_once)
    wide = make_picture(tmp_path / "wide.png", width=40)
    said = ood(wide, picture, "--edit", "Smiling", "-o", out)
    refuses(said, "wide.png", "unexpected KeyError", "please report")
    assert names(out) == {"face_result.png"}


@pytest.mark.parametrize("arguments", ["edit", "edit x.png", "edit x.png --edit", "nonsense"])
def test_misspelt_commands_exit_with_2_and_no_traceback(
    capsys: pytest.CaptureFixture[str], arguments: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments.split())
    assert end.value.code == 2 and "Traceback" not in capsys.readouterr().err


def test_the_command_offers_what_the_library_has() -> None:
    """The options are written out, because importing the library to print a help page would take seconds."""
    offered = {
        name: set(get_args(get_args(get_type_hints(command, include_extras=True)[name])[0]))
        for name in ("mode", "align", "precision", "detector")
    }
    assert offered == {
        "mode": set(MODES),
        "align": set(ALIGNING),
        "precision": set(get_args(Precision)),
        "detector": set(get_args(WhichDetector)),
    }


def test_an_empty_name_is_not_the_current_folder(
    ood: Ood, tmp_path: Path, picture: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(picture.parent)
    refuses(ood("", "--edit", "Smiling", "-o", out), "an empty name names no file")
    assert names(out) == set()
    refuses(ood("", picture, "--edit", "Smiling", "-o", out), "an empty name names no file")
    assert names(out) == {"face_result.png"}


def test_an_option_of_words_says_which_words_it_knows(ood: Ood, picture: Path) -> None:
    status, _, errors = ood(picture, "--edit", "Smiling", "--faceless", "maybe")
    expected = "Error: Invalid value for '--faceless': 'maybe' is not one of 'stop', 'keep', 'centre'."
    assert status == 2 and errors[-1] == expected
