"""One edit through every entrance: library, command line, the nodes of the stages, and the Edit node."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ood_core.alignment import Faces
from ood_core.bundle import load_bundle, save_bundle
from ood_core.cli import main
from ood_core.decomposition import Decomposer, DecomposerConfig
from ood_core.diffcam import MaskShape
from ood_core.files.formats import write_picture
from ood_core.files.pictures import load_image, save_mask
from ood_core.pipeline import edit
from tests.nodes.test_photographs import meshes
from tests.test_faces import found

LEVEL = 1 / 255  # of pictures in 0..1
EDITS = {"one": {"Smiling": 1.4}, "two": {"Smiling": 1.0, "Old": -0.7}}


@dataclass(frozen=True)
class Asked:
    """One edit, as each entrance is asked for it.

    Attributes:
        path: of the picture, of 16 bits, so that files do not hide differences.
        edits: attribute → strength.
        mode, shape: as the library's.
        faces: given landmarks; None for the centred square.
        mask: the user's own, [1, 1, H, W] in [0, 1], or None.
        refine, tune: steps of descent, and of tuning.
    """

    path: Path
    edits: dict[str, float]
    mode: str
    shape: MaskShape = MaskShape()
    faces: Faces | None = None
    mask: Tensor | None = None
    refine: int = 0
    tune: int = 0

    @property
    def image(self) -> Tensor:
        """The picture as IMAGE."""
        return (load_image(self.path)[0].movedim(0, -1)[None] + 1) / 2

    @property
    def align(self) -> str:
        """Whether faces are cut out."""
        return "never" if self.faces is None else "always"


def in_the_library(asked: Asked, bundle: Any) -> tuple[Tensor, Tensor]:
    faces = None if asked.faces is None else [asked.faces]
    how = {"face": "all", "align": asked.align, "faces": faces, "shape": asked.shape}
    how |= {"refine": asked.refine, "tune": asked.tune}
    done = edit(load_image(asked.path), bundle, asked.edits, asked.mode, asked.mask, **how)
    return ((done.result + 1) / 2).clamp(0, 1), done.change


def on_the_command_line(asked: Asked, bundle: Path) -> Tensor:
    out = asked.path.parent / "out"
    arguments = ["edit", str(asked.path), "--bundle", str(bundle), "-o", str(out), "--mode", asked.mode]
    arguments += [f"--edit={name}={strength}" for name, strength in asked.edits.items()]
    arguments += ["--face", "all", "--align", asked.align, "--refine", str(asked.refine)]
    arguments += ["--tune", str(asked.tune)]
    arguments += [f"--grow={asked.shape.grow}", f"--feather={asked.shape.feather}"]
    if asked.shape.threshold is not None:
        arguments.append(f"--threshold={asked.shape.threshold}")
    if asked.faces is not None:
        (asked.path.parent / "faces.json").write_text(json.dumps(asked.faces.landmarks.tolist()))
        arguments += ["--landmarks", str(asked.path.parent / "faces.json")]
    if asked.mask is not None:
        save_mask(asked.path.parent / "mask.png", asked.mask)
        arguments += ["--mask", str(asked.path.parent / "mask.png")]
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    return (load_image(out / f"{asked.path.stem}_result.png") + 1) / 2


def crop_of(asked: Asked, nodes: dict[str, Any], bundle: Any) -> Any:
    if asked.faces is None:
        return None
    return nodes["AlignFace"].execute(
        asked.image, bundle, face="all", align="always", landmarks=meshes(asked.faces)
    )[0]


def widgets(asked: Asked) -> dict[str, Any]:
    return {
        "mode": asked.mode,
        "threshold": asked.shape.threshold or 0.0,
        "grow": asked.shape.grow,
        "feather": asked.shape.feather,
        "mask": None if asked.mask is None else asked.mask[:, 0],
    }


def in_the_stages_nodes(asked: Asked, nodes: dict[str, Any], bundle: Any) -> tuple[Tensor, Tensor]:
    crop = crop_of(asked, nodes, bundle)
    image = asked.image if crop is None else None
    latents = nodes["Invert"].execute(bundle, image, asked.refine, crop, asked.tune)[0]
    for name, strength in asked.edits.items():
        latents = nodes["LatentEdit"].execute(latents, name, strength)[0]
    found = nodes["DiffCAM"].execute(**widgets(asked), latents=latents)
    result, mask, *_ = nodes["Deghost"].execute(nodes["Composite"].execute(found[0])[0]).result
    return result.movedim(-1, 1), mask[:, None]


def in_the_edit_node(asked: Asked, nodes: dict[str, Any], bundle: Any) -> tuple[Tensor, Tensor]:
    crop = crop_of(asked, nodes, bundle)
    (name, strength), *more = asked.edits.items()
    text = ", ".join(f"{other}={value}" for other, value in more)
    options = {"face": "all", "align": asked.align, "refine": asked.refine, "crop": crop, "more": text}
    options["tune"] = asked.tune
    image = asked.image if crop is None else None
    done = nodes["Edit"].execute(bundle, name, strength, image, **options, **widgets(asked))
    return done[0].movedim(-1, 1), done[1][:, None]


def agree(asked: Asked, nodes: dict[str, Any], handle: Any, folder: Path) -> None:
    expected, change = in_the_library(asked, load_bundle(folder))
    with torch.inference_mode():
        others = {
            "stages": in_the_stages_nodes(asked, nodes, handle),
            "edit node": in_the_edit_node(asked, nodes, handle),
        }
    limit = 1e-3 * LEVEL if asked.mode == "faithful" else 1e-3 / 2
    for name, (picture, mask) in others.items():
        assert (picture - expected).abs().max() <= limit, name
        assert (mask - change).abs().max() < 1e-5, name
        if asked.mode == "faithful":
            outside = (change == 0).expand_as(expected)
            before = asked.image.movedim(-1, 1)
            assert torch.equal(picture[outside], before[outside]), name
    rounding = 0.51 / 65535
    assert (on_the_command_line(asked, folder) - expected).abs().max() <= limit + rounding
    assert change.any(), "an edit that changes nothing compares nothing"


@pytest.fixture
def picture(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Smooth, so that not everything is foreign to the tiny bundle."""
    height, width = request.param
    dice = np.random.default_rng(height + 2 * width)
    coarse = torch.from_numpy(dice.random((1, 3, 6, 6))).float()
    fine = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)
    pixels = (0.3 + 0.4 * fine[0].movedim(0, -1).numpy()) * 65535
    path = tmp_path / "picture.png"
    write_picture(path, pixels.round().astype(np.uint16))
    return path


SIZES = [(128, 128), (512, 512), (384, 768), (768, 384)]


@pytest.mark.parametrize("picture", SIZES, indirect=True, ids=str)
@pytest.mark.parametrize("mode", ["faithful", "paper"])
def test_centred_squares(
    nodes: dict[str, Any], bundle: Any, tiny_bundle_folder: Path, picture: Path, mode: str
) -> None:
    agree(Asked(picture, EDITS["two"], mode), nodes, bundle, tiny_bundle_folder)


@pytest.mark.parametrize("picture", [(384, 768)], indirect=True, ids=str)
@pytest.mark.parametrize("mode", ["faithful", "paper"])
def test_two_turned_faces(
    nodes: dict[str, Any], bundle: Any, tiny_bundle_folder: Path, picture: Path, mode: str
) -> None:
    faces = found((200, 180, 40, 20), (560, 200, 55, -30))
    agree(Asked(picture, EDITS["one"], mode, faces=faces), nodes, bundle, tiny_bundle_folder)


@pytest.mark.parametrize("picture", [(768, 384)], indirect=True, ids=str)
@pytest.mark.parametrize("mode", ["faithful", "paper"])
@pytest.mark.parametrize("faced", [False, True])
def test_a_mask_of_ones_own_and_its_shape(
    nodes: dict[str, Any], bundle: Any, tiny_bundle_folder: Path, picture: Path, mode: str, faced: bool
) -> None:
    mask = torch.zeros(1, 1, 768, 384)
    mask[..., 260:420, 100:300] = 1
    faces = found((190, 340, 70, 12)) if faced else None
    shape = MaskShape(grow=6.0, feather=9.0)
    agree(Asked(picture, EDITS["one"], mode, shape, faces, mask), nodes, bundle, tiny_bundle_folder)


@pytest.mark.parametrize("picture", [(128, 128)], indirect=True, ids=str)
def test_a_found_mask_that_is_shaped_and_an_inversion_that_is_refined(
    nodes: dict[str, Any], bundle: Any, tiny_bundle_folder: Path, picture: Path
) -> None:
    shape = MaskShape(0.4, 5.0, 3.0)
    agree(Asked(picture, EDITS["two"], "faithful", shape, refine=3), nodes, bundle, tiny_bundle_folder)


@pytest.mark.parametrize("picture", [(128, 128)], indirect=True, ids=str)
def test_a_generator_that_is_tuned_to_the_picture(
    nodes: dict[str, Any], bundle: Any, tiny_bundle_folder: Path, picture: Path
) -> None:
    agree(Asked(picture, EDITS["two"], "faithful", tune=3), nodes, bundle, tiny_bundle_folder)


@pytest.mark.parametrize("picture", [(384, 768)], indirect=True, ids=str)
def test_a_bundle_with_a_decomposer(nodes: dict[str, Any], tiny_bundle_folder: Path, picture: Path) -> None:
    """Its mask is the same from node to node, also where it is shaped on the way."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = Decomposer(DecomposerConfig((8, 12)))
        torch.nn.init.normal_(network.unet.out.weight, std=0.3)
    learned = replace(load_bundle(tiny_bundle_folder), decomposer=network.eval().requires_grad_(False))
    folder = Path(sys.modules["folder_paths"].models_dir) / "ood" / "learned"
    save_bundle(learned, folder)
    faces = found((200, 180, 40, 20), (560, 200, 55, -30))
    asked = Asked(picture, EDITS["two"], "faithful", MaskShape(grow=3.0, feather=2.0), faces)
    with torch.inference_mode():
        handle = nodes["LoadBundle"].execute("learned")[0]
    agree(asked, nodes, handle, folder)
    shutil.rmtree(folder)
