"""A bundle trained on photographs: faces cut out, split by person; autoencoder, directions, bundle."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from ood_core import edit, load_bundle
from ood_core.alignment.frame import Frame
from ood_core.cli import main
from ood_core.errors import RecipeError
from ood_core.files.pictures import save_image
from ood_core.training.autoencoder_network import disturb
from ood_core.training.label_steps import label_steps
from ood_core.training.labels import read_labels
from ood_core.training.photographs import (
    Photographs,
    PhotographsRecipe,
    cut_out,
    load_photographs,
    save_photographs,
)
from ood_core.training.reader import Reader

data = pytest.importorskip("skimage.data")
pytest.importorskip("accelerate")
pytest.importorskip("tensorboard")

INNER = Frame(eyes=1.25, mouth=1.15, down=0.46, spread=0.03)
RECIPE = PhotographsRecipe(resolution=32, margin=1.25, held_out=4, frame=INNER)

AUTOENCODER = """
attributes = ["Smiling", "Eyeglasses"]
labels = "labels.csv"
vgg = "vgg.safetensors"
ema_half_life_kimg = 0.01
foreign = 0.2
stay = 0.3
gamma = 0.5
r1_interval = 2
[loop]
seed = 1
precision = "no"
log_every = 1
sheet_every = 100
checkpoint_every = 2
[generator]
resolution = 32
z_dim = 8
w_dim = 8
mapping_layers = 2
lr_multiplier = 1.0
channel_base = 256
channel_max = 8
[encoder]
input_resolution = 32
stem = 8
widths = [8, 8, 8, 8]
depths = [1, 1, 1, 1]
n_styles = 8
style_dim = 8
coarse = 2
middle = 5
[discriminator]
resolution = 32
channel_base = 256
channel_max = 8
[pairs]
attribute = "Smiling"
without = "neutral"
with_it = "smiling"
share = 0.5
[[phases]]
resolution = 16
kimg = 0.008
batch = 4
learning_rate = 1e-3
[[phases]]
resolution = 32
kimg = 0.008
batch = 4
learning_rate = 1e-3
perceptual = 0.1
adversarial = 0.02
editing = 0.05
"""
PHOTOGRAPHS = """
resolution = 32
margin = 1.25
held_out = 4
[frame]
eyes = 1.25
mouth = 1.15
down = 0.46
spread = 0.03
"""
BUNDLE = """
name = "tiny-faces"
licence = "MIT"
provenance = "a test"
weakest = -1.5
strongest = 1.5
half = true
foreign_low = 14.0
foreign_high = 54.0
"""


def astronaut() -> Tensor:
    """The face and shoulders of scikit-image's astronaut, [1, 3, 220, 220] in [-1, 1]."""
    picture = torch.from_numpy(data.astronaut()).permute(2, 0, 1)[None].float() / 127.5 - 1
    return picture[..., :220, 100:320]


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five people who are one, in other light, two of them twice; a double; a wall; a text."""
    folder = tmp_path_factory.mktemp("album")
    face = astronaut()
    height = torch.linspace(-1, 1, 220).view(1, 1, -1, 1)
    lights = [0 * height, 0.7 * height, -0.7 * height, 0.7 * height.mT, -0.7 * height.mT]
    for person, light in enumerate(lights):
        save_image(folder / f"p{person}-neutral.png", (face + light).clamp(-1, 1))
    for person in (1, 2):
        save_image(folder / f"p{person}-smiling.png", (face + lights[person]).flip(3).clamp(-1, 1))
    save_image(folder / "zz-neutral.png", face)
    save_image(folder / "wall.png", torch.zeros(1, 3, 80, 80))
    (folder / "notes.txt").write_text("no picture")
    (folder / "broken.jpg").write_bytes(b"no picture either")
    return folder


@pytest.fixture(scope="module")
def photographs(album: Path) -> Photographs:
    return cut_out([album], RECIPE)


def test_what_cannot_be_trained_on_is_left_out_with_its_reason(
    album: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("ood_core.training.photographs")
    monkeypatch.setattr(logger, "disabled", False)  # as other libraries' configurations leave it
    monkeypatch.setattr(logging.root.manager, "disable", 0)
    monkeypatch.setattr(logger, "level", logging.INFO)
    monkeypatch.setattr(logger, "_cache", {})
    logger.addHandler(caplog.handler)
    try:
        found = cut_out([album], RECIPE)
    finally:
        logger.removeHandler(caplog.handler)
    assert len(found.about) == 7
    left_out = sorted({message for message in caplog.messages if "left out" in message})
    assert len(left_out) == 3
    assert any("zz-neutral" in line and "the same picture as" in line for line in left_out)
    assert any("wall" in line and "no face" in line for line in left_out)
    assert any("broken" in line for line in left_out)


def test_eyes_lie_where_the_frame_wants_them(photographs: Photographs) -> None:
    assert photographs.pixels.shape == (7, 3, 40, 40)
    faces = photographs.faces(torch.arange(7))
    assert faces.shape == (7, 3, 32, 32)
    # between brows and cheeks the eyes' row is the darkest of the upper half
    dark = faces[0].mean(dim=0)[4:16, 6:26].mean(dim=1)
    assert abs(int(dark.argmin()) + 4 - 0.3 * 32) <= 3


def test_nobody_is_on_both_sides_of_the_split(photographs: Photographs) -> None:
    held = {photographs.about[i].person for i in photographs.indices(held_out=True).tolist()}
    trained = {photographs.about[i].person for i in photographs.indices(held_out=False).tolist()}
    assert held and trained and not held & trained
    assert held | trained == set(photographs.people())
    pairs = [photographs.pairs("neutral", "smiling", held_out=side) for side in (False, True)]
    assert sum(len(side) for side in pairs) == 2
    for first, second in torch.cat(pairs).tolist():
        assert photographs.about[first].person == photographs.about[second].person
        assert photographs.about[second].kind == "smiling"


def test_photographs_are_read_as_they_were_written(photographs: Photographs, tmp_path: Path) -> None:
    save_photographs(photographs, tmp_path)
    again = load_photographs(tmp_path)
    assert torch.equal(again.pixels, photographs.pixels)
    assert again.about == photographs.about
    assert again.recipe == RECIPE
    (tmp_path / "photographs.safetensors").write_bytes(b"torn")
    with pytest.raises(RecipeError, match="is damaged .*: delete it"):
        load_photographs(tmp_path)


def test_a_folder_without_people_is_refused(tmp_path: Path) -> None:
    save_image(tmp_path / "wall.png", torch.zeros(1, 3, 80, 80))
    with pytest.raises(RecipeError, match="0 of 1 pictures show one large face"):
        cut_out([tmp_path], RECIPE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,Smiling\nalbum/x,2\n", "0 are labelled with Smiling and 0 without"),
        ("name,Smiling\n{first},2\n", "must be 0, 1 or empty, not '2'"),
        ("who,Smiling\nx,1\n", "no column 'name'"),
    ],
)
def test_labels_that_say_nothing_are_refused(
    photographs: Photographs, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text.format(first=photographs.about[0].name))
    with pytest.raises(RecipeError, match=message):
        read_labels(path, photographs, ["Smiling"])


def test_a_reader_reads_each_attribute() -> None:
    assert Reader(3)(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


def test_a_folder_of_photographs_becomes_a_bundle_that_edits(
    album: Path, photographs: Photographs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    (recipes / "photographs.toml").write_text(PHOTOGRAPHS)
    (recipes / "autoencoder.toml").write_text(AUTOENCODER)
    (recipes / "bundle.toml").write_text(BUNDLE)
    rows = [f"{p.name},{int(p.kind == 'smiling')},{i % 2}" for i, p in enumerate(photographs.about)]
    (recipes / "labels.csv").write_text("name,Smiling,Eyeglasses\n" + "\n".join(rows) + "\n")
    random = torch.Generator().manual_seed(0)
    widths = (3, 64, 64, 128, 128, 256, 256, 256)
    weights = {}
    for number, (before, after) in enumerate(zip(widths, widths[1:], strict=False)):
        weights[f"{number}.weight"] = torch.randn(after, before, 3, 3, generator=random) * 0.05
        weights[f"{number}.bias"] = torch.zeros(after)
    save_file(weights, recipes / "vgg.safetensors")
    command = ["train", "bundle", "--recipe", str(recipes), "-o", str(tmp_path / "run")]
    with pytest.raises(SystemExit, match="1"):
        main(command)
    assert "name folders of them with --photos" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--photos", str(album)])
    bundle = load_bundle(tmp_path / "run" / "bundle")
    assert list(bundle.attributes) == ["Smiling", "Eyeglasses"]
    assert bundle.frame == INNER
    assert bundle.encoder is not None and bundle.diffcam is None
    face = photographs.faces(torch.tensor([0]))
    assert edit(face, bundle, {"Smiling": 1.0}).result.shape == face.shape


def test_a_loud_style_disturbs_no_other() -> None:
    random = torch.Generator().manual_seed(4)
    latents, jitter = torch.randn(2, 6, 3, 5, generator=random)
    louder = latents.clone()
    louder[:, 0] = 1000 * louder[:, 0] + 500
    stay = torch.zeros(6, 1, 1)
    moves = [disturb(each, stay, jitter) - each for each in (latents, louder)]
    torch.testing.assert_close(moves[0][:, 1:], moves[1][:, 1:])
    torch.testing.assert_close(1000 * moves[0][:, 0], moves[1][:, 0], rtol=1e-3, atol=1e-2)


def test_steps_of_labels_leave_out_what_goes_along_with_them() -> None:
    """Nine in ten who wear glasses are old: the step of glasses must not age anybody."""
    random = torch.Generator().manual_seed(5)
    old = (torch.rand(600, generator=random) < 0.5).float()
    glasses = torch.where(torch.rand(600, generator=random) < 0.9, old, 1 - old)
    aging, wearing = torch.randn(2, 2, 8, generator=random)
    latents = old[:, None, None] * aging + glasses[:, None, None] * wearing
    latents = latents + 0.1 * torch.randn(600, 2, 8, generator=random)
    labels = torch.stack([old, glasses], dim=1)
    found = label_steps(latents, labels)
    assert float((found[1] - wearing).norm() / wearing.norm()) < 0.15
    assert float((found[0] - aging).norm() / aging.norm()) < 0.15
    nobody_looked = torch.cat([labels, torch.full((50, 2), float("nan"))])
    more = torch.cat([latents, 9 * torch.randn(50, 2, 8, generator=random)])
    torch.testing.assert_close(label_steps(more, nobody_looked), found, rtol=1e-3, atol=1e-3)
