"""StyleSpace channels as edits of W+, and how peers store edits of some layers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from ood_core.checkpoints.direction_files import read_direction
from ood_core.editing import channel_edit, layer_range, layers_of, within
from ood_core.editing.channels import style_layers
from ood_core.errors import CheckpointError, ShapeError
from ood_core.stylegan2 import Generator, GeneratorConfig

CONFIG = GeneratorConfig(
    resolution=32, z_dim=16, w_dim=16, mapping_layers=2, channel_base=256, channel_max=16
)


@pytest.fixture
def generator() -> Generator:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Generator(CONFIG).eval().requires_grad_(False)


def styles_moved(generator: Generator, edit: torch.Tensor) -> list[torch.Tensor]:
    """By how much each channel of each layer moves under an edit, in StyleSpace's order."""
    moved = []
    for place, style in style_layers(generator.synthesis):
        affine = generator.synthesis.get_submodule(f"{place}.affine")
        moved.append(affine(edit[None, style])[0] - affine(torch.zeros(1, 16))[0])
    return moved


def test_a_channel_of_a_second_convolution_moves_alone(generator: Generator) -> None:
    layer = [place for place, _ in style_layers(generator.synthesis)].index("b16.conv1")
    edit = channel_edit(generator.synthesis, [(layer, 5, -2.5)])
    for number, moved in enumerate(styles_moved(generator, edit)):
        expected = torch.zeros_like(moved)
        if number == layer:
            expected[5] = -2.5
        assert torch.allclose(moved, expected, atol=1e-4)


def test_layers_are_counted_as_peers_count_them() -> None:
    with torch.device("meta"):
        layers = style_layers(Generator(GeneratorConfig()).synthesis)
    assert len(layers) == 26 and layers[6][0] == "b16.conv1" and layers[1][0] == "b4.torgb"


@pytest.mark.parametrize("wrong", [(99, 0), (0, 16), (0,), (0.5, 1), "ab"])
def test_there_are_no_other_channels(generator: Generator, wrong: object) -> None:
    with pytest.raises(ShapeError, match="StyleSpace"):
        channel_edit(generator.synthesis, [wrong])  # type: ignore[list-item]


def test_styles_have_names_and_numbers() -> None:
    assert layer_range("all", 18) == range(18) and layer_range("coarse", 18) == range(4)
    assert layer_range("middle", 18) == range(4, 8) and layer_range("fine", 18) == range(8, 18)
    assert layer_range("2-7", 18) == range(2, 8) and layer_range("3", 18) == range(3, 4)
    for wrong in ("7-2", "17-18", "some", "fine"):
        with pytest.raises(ShapeError):
            layer_range(wrong, 18 if wrong != "fine" else 8)
    direction = within(torch.ones(16), range(2, 4), 8)
    assert layers_of(direction) == range(2, 4) and float(direction.norm()) == pytest.approx(1)


def test_files_of_channels_and_of_components_are_read(generator: Generator, tmp_path: Path) -> None:
    (tmp_path / "style.json").write_text(json.dumps({"Smile": [[2, 3]], "Hair": [[5, 1, -1.5]]}))
    synthesis = generator.synthesis
    name, edit = read_direction(tmp_path / "style.json", 8, 16, "Hair", synthesis=synthesis)
    assert name == "Hair" and torch.allclose(edit, channel_edit(synthesis, [(5, 1, -1.5)]), atol=1e-5)
    components = torch.eye(16)[:3, None]
    torch.save({"mean": torch.zeros(1, 16), "comp": components, "std": torch.tensor([3.0, 2.0, 1.0])},
               tmp_path / "pca.pt")  # fmt: skip
    _, edit = read_direction(tmp_path / "pca.pt", 8, 16, "pc1@2-4")
    expected = torch.zeros(8, 16)
    expected[2:5, 1] = 2.0
    assert torch.allclose(edit, expected, atol=1e-5)
    with pytest.raises(CheckpointError, match="styles 0 to 7"):
        read_direction(tmp_path / "pca.pt", 8, 16, "pc1@2-9")


@pytest.mark.parametrize("text", ["[1]", "{}", "nothing", '{"Smile": [[99, 0]]}', '{"Smile": 3}'])
def test_a_file_of_anything_else_is_refused(generator: Generator, tmp_path: Path, text: str) -> None:
    (tmp_path / "style.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"style\.json"):
        read_direction(tmp_path / "style.json", 8, 16, synthesis=generator.synthesis)
