"""`ood import`: one generator file is a bundle that edits, and everything else is taken where it fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ood_core import load_bundle
from ood_core.checkpoints.importing import Wishes, import_files
from ood_core.checkpoints.stylegan2_names import BASICSR, MMGEN, ROSINALITY, generator_table, nvidia_table
from ood_core.checkpoints.tables import to_theirs
from ood_core.cli import main
from ood_core.editing.channels import channel_edit
from ood_core.errors import CheckpointError
from ood_core.files.networks import save_network
from ood_core.stylegan2 import Generator

from .conftest import GENERATOR

Save = Callable[..., Path]


@pytest.fixture
def generator() -> Generator:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Generator(GENERATOR).eval().requires_grad_(False)
        torch.nn.init.normal_(network.mapping.w_avg)
    return network


def contents(network: Generator) -> dict[str, Any]:
    """One generator as each code base writes it, some without the average latent."""
    state = {name: tensor for name, tensor in network.state_dict().items() if name != "mapping.w_avg"}

    def named(dialect: Any) -> dict[str, Tensor]:
        return to_theirs(state, generator_table(GENERATOR, dialect), kernels=True)

    mmgen = {f"generator_ema.{name}": tensor for name, tensor in named(MMGEN).items()}
    parallel = {f"module.{name}": tensor for name, tensor in named(ROSINALITY).items()}
    return {
        "rosinality": {"g_ema": named(ROSINALITY), "latent_avg": network.mapping.w_avg},
        "rosinality, parallel": {"g_ema": parallel},
        "mmgen": {"state_dict": mmgen},
        "basicsr": {"params_ema": named(BASICSR), "latent_avg": network.mapping.w_avg},
        "nvidia": {"G_ema": to_theirs(network.state_dict(), nvidia_table(GENERATOR), kernels=True)},
    }


def ood(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    return int(end.value.code or 0)


def test_one_file_is_enough_to_see_directions_and_edit(
    generator: Generator, save: Save, tmp_path: Path, make_picture: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ood("import", save(contents(generator)["rosinality"]), "-o", tmp_path / "mine") == 0
    said = capsys.readouterr().out
    for words in ("StyleGAN2, 32 px", "inverted by descent", "no face frame", "12 directions were found"):
        assert words in said
    assert ood("directions", "show", tmp_path / "mine", "-o", tmp_path / "sheet.png") == 0
    options = ("--bundle", tmp_path / "mine", "--edit", "found-1=0.5", "--refine", "2", "-o", tmp_path)
    assert ood("edit", make_picture(tmp_path / "photo.png"), *options) == 0
    assert (tmp_path / "photo_result.png").exists()


@pytest.mark.parametrize("name", ["rosinality, parallel", "mmgen", "basicsr", "nvidia", "ours"])
def test_a_generator_of_any_code_base_is_taken(
    generator: Generator, save: Save, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "ours.safetensors"
    if name == "ours":
        save_network(path, generator)
    else:
        path = save(contents(generator)[name])
    import_files([path], tmp_path / "mine")
    found = load_bundle(tmp_path / "mine").generator.state_dict()
    for key, tensor in generator.state_dict().items():
        if key != "mapping.w_avg":
            assert torch.equal(found[key], tensor), key


def test_style_channels_become_directions_of_the_bundle(
    generator: Generator, save: Save, tmp_path: Path
) -> None:
    weights, channels = save(contents(generator)["rosinality"]), tmp_path / "style.json"
    channels.write_text(json.dumps({"Smile": [[2, 3]], "Hair": [[5, 1, -1.5]]}))
    import_files([channels, weights], tmp_path / "mine", Wishes(finish=False))
    bundle = load_bundle(tmp_path / "mine")
    expected = channel_edit(generator.synthesis, [(5, 1, -1.5)])
    found = bundle.attribute_directions["Hair"]
    assert torch.allclose(found * expected.norm(), expected, atol=1e-4) and set(bundle.attributes) == {
        "Smile",
        "Hair",
    }
    channels.write_text(json.dumps({"Smile": [[99, 0]]}))
    with pytest.raises(CheckpointError, match=r"style\.json"):
        import_files([weights, channels], tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_missing_average_is_estimated(generator: Generator, save: Save, tmp_path: Path) -> None:
    import_files([save(contents(generator)["mmgen"])], tmp_path / "mine")
    bundle = load_bundle(tmp_path / "mine")
    z = torch.randn(4000, GENERATOR.z_dim, generator=torch.Generator().manual_seed(5))
    expected = bundle.generator.mapping(z)[:, 0].mean(dim=0)
    assert torch.allclose(bundle.generator.mapping.w_avg, expected, atol=0.1)


def test_an_encoder_alone_brings_its_generator(published: dict[str, Path], tmp_path: Path) -> None:
    found = import_files([published["psp"]], tmp_path / "mine")
    bundle = load_bundle(tmp_path / "mine")
    assert bundle.encoder is not None and bundle.frame is not None and bundle.diffcam is None
    assert found.manifest.stand_ins and bundle.foreign != (30.0, 60.0)


def test_files_come_in_any_order_and_a_second_generator_is_left_out(
    published: dict[str, Path], generator: Generator, save: Save, tmp_path: Path
) -> None:
    lone = save(contents(generator)["rosinality"], "lone.pt")
    files = [published["directions"], published["deghosting"], lone, published["diffcam"], published["psp"]]
    found = import_files(files, tmp_path / "mine")
    assert found.left_out == ("lone.pt: generator",)
    assert [line.partition(":")[0] for line in found.networks] == [
        "deghoster",
        "diffcam",
        "encoder",
        "generator",
    ]
    assert set(load_bundle(tmp_path / "mine").attributes) == {"Smiling", "Beard", "Hat"}


def test_directions_of_another_generator_are_refused(
    generator: Generator, save: Save, tmp_path: Path
) -> None:
    np.save(tmp_path / "Wide.npy", np.ones((18, 512)))
    with pytest.raises(CheckpointError, match="does not fit 8 styles of width 16"):
        import_files([save(contents(generator)["nvidia"]), tmp_path / "Wide.npy"], tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def _synthesis_alone(names: dict[str, torch.Tensor]) -> None:
    """As a pickle of NVIDIA's G.synthesis has it."""
    for name in list(names):
        tensor = names.pop(name)
        if name.startswith("synthesis."):
            names[name.removeprefix("synthesis.")] = tensor


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda names: names.update({"synthesis.input.affine.weight": torch.zeros(2)}), "StyleGAN3"),
        (lambda names: names.update({"mapping.embed.weight": torch.zeros(2, 2)}), "conditional generator"),
        (
            lambda names: [names.pop(n) for n in list(names) if n.startswith("mapping.")],
            "without its mapping",
        ),
        (
            lambda names: names["synthesis.b4.const"].fill_(float("nan")),
            "'G_ema/synthesis.b4.const'.*not finite",
        ),
        (lambda names: names["mapping.w_avg"].fill_(float("nan")), "'G_ema/mapping.w_avg'.*not finite"),
        (_synthesis_alone, "without its mapping"),
    ],
)
def test_what_cannot_be_imported_is_said_and_nothing_is_written(
    generator: Generator, save: Save, tmp_path: Path, change: Any, said: str
) -> None:
    content = {name: tensor.clone() for name, tensor in contents(generator)["nvidia"]["G_ema"].items()}
    change(content)
    with pytest.raises(CheckpointError, match=said):
        import_files([save({"G_ema": content})], tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_files_without_a_generator_or_with_two_are_refused(
    published: dict[str, Path], generator: Generator, save: Save, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match="none of these files holds a StyleGAN2 generator"):
        import_files([published["diffcam"]], tmp_path / "mine")
    two = [save(contents(generator)["nvidia"], f"{n}.pt") for n in range(2)]
    with pytest.raises(CheckpointError, match="both hold a generator"):
        import_files(two, tmp_path / "mine")


def test_the_list_of_contents_says_where_everything_came_from(
    generator: Generator, save: Save, tmp_path: Path
) -> None:
    import_files([save(contents(generator)["nvidia"], "cats.pt")], tmp_path / "mine")
    written = json.loads((tmp_path / "mine" / "bundle.json").read_text())
    assert written["provenance"] == "imported from: cats.pt" and written["frame"] is None
