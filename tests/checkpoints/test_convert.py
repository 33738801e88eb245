"""Files of other code bases become our networks and come back with the same bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ood_core.bundle.kinds import network_kinds
from ood_core.checkpoints import FORMATS, convert, networks_in, read_checkpoint, recognise
from ood_core.checkpoints.mapping import left_out
from ood_core.checkpoints.stylegan2_names import BASICSR, ROSINALITY, Dialect, generator_table, nvidia_table
from ood_core.checkpoints.tables import to_theirs
from ood_core.diffcam import DifferentialClassifier
from ood_core.errors import CheckpointError
from ood_core.files.networks import load_network
from ood_core.inversion import GradualStyleEncoder, ReStyleEncoder
from ood_core.stylegan2 import Generator, GeneratorConfig

Save = Callable[..., Path]
CONFIG = GeneratorConfig(
    resolution=16, z_dim=12, w_dim=16, mapping_layers=3, channel_base=128, channel_max=16
)


def generator(seed: int = 0) -> Generator:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Generator(CONFIG)
        for layer in network.modules():
            if hasattr(layer, "noise_strength"):
                torch.nn.init.normal_(layer.noise_strength)
        torch.nn.init.normal_(network.mapping.w_avg)
    return network.eval()


def named(dialect: Dialect, network: Generator, kernels: bool) -> dict[str, Tensor]:
    return to_theirs(network.state_dict(), generator_table(CONFIG, dialect), kernels)


def contents(network: Generator) -> dict[str, Any]:
    """One network as each code base writes it."""
    average = network.mapping.w_avg
    rosinality, basicsr = named(ROSINALITY, network, True), named(BASICSR, network, False)
    nvidia = to_theirs(network.state_dict(), nvidia_table(CONFIG), kernels=True)
    return {
        "rosinality": {"g_ema": rosinality, "latent_avg": average},
        "rosinality-bare": {**rosinality, "latent_avg": average},
        "basicsr": {"params_ema": basicsr, "latent_avg": average},
        "nvidia": {"G_ema": nvidia},
        "nvidia-bare": nvidia,
    }


@pytest.mark.parametrize("name", ["rosinality", "rosinality-bare", "basicsr", "nvidia", "nvidia-bare"])
def test_a_generator_of_any_code_base_draws_the_same_picture(save: Save, tmp_path: Path, name: str) -> None:
    network = generator()
    convert(save(contents(network)[name]), tmp_path / "ours")
    ours = load_network(tmp_path / "ours" / "generator.safetensors", Generator)
    z = torch.randn(2, CONFIG.z_dim, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.equal(ours(z, truncation=0.5), network(z, truncation=0.5))


def same_bytes(found: Path, expected: Path) -> None:
    back, original = read_checkpoint(found), read_checkpoint(expected)
    assert set(back.tensors) == set(original.tensors)
    assert back.values == original.values
    for name, tensor in original.tensors.items():
        assert (back.tensors[name].dtype, back.tensors[name].shape) == (tensor.dtype, tensor.shape), name
        assert back.tensors[name].numpy().tobytes() == tensor.numpy().tobytes(), name


@pytest.mark.parametrize("name", ["rosinality", "rosinality-bare", "basicsr", "nvidia", "nvidia-bare"])
def test_a_generator_comes_back_with_the_same_bytes(save: Save, tmp_path: Path, name: str) -> None:
    path = save(contents(generator())[name])
    convert(path, tmp_path / "ours")
    (back,) = convert(tmp_path / "ours" / "generator.safetensors", tmp_path / "back")
    same_bytes(back, path)


@pytest.mark.parametrize("content", ["psp_content", "diffcam_content", "deghosting_content", "mmgen_content"])
@pytest.mark.parametrize("legacy", [False, True])
def test_the_published_files_come_back_with_the_same_bytes(
    save: Save, tmp_path: Path, request: pytest.FixtureRequest, content: str, legacy: bool
) -> None:
    path = save(request.getfixturevalue(content), legacy=legacy)
    convert(path, tmp_path / "ours")
    (back,) = convert(tmp_path / "ours", tmp_path / "back")
    same_bytes(back, path)


def test_an_average_that_differs_from_style_to_style_is_kept_exactly(
    save: Save, tmp_path: Path, psp_content: dict[str, Any]
) -> None:
    psp_content["latent_avg"] = psp_content["latent_avg"] + torch.arange(8.0)[:, None]
    path = save(psp_content)
    written = convert(path, tmp_path / "ours")
    assert [file.name for file in written] == [
        "encoder.safetensors", "generator.safetensors", "original.safetensors"
    ]  # fmt: skip
    (back,) = convert(tmp_path / "ours", tmp_path / "back")
    same_bytes(back, path)
    encoder = load_network(tmp_path / "ours" / "encoder.safetensors", GradualStyleEncoder)
    generator = load_network(tmp_path / "ours" / "generator.safetensors", Generator)
    biases = psp_content["state_dict"]["encoder.styles.5.linear.bias"] + psp_content["latent_avg"][5]
    found = encoder.state_dict()["styles.5.linear.bias"] + generator.state_dict()["mapping.w_avg"]
    assert torch.allclose(found, biases)


def test_half_precision_halves_the_file_and_rounds(
    save: Save, tmp_path: Path, diffcam_content: dict[str, Tensor]
) -> None:
    path = save(diffcam_content)
    (full,) = convert(path, tmp_path / "full")
    (half,) = convert(path, tmp_path / "half", half=True)
    assert half.stat().st_size < 0.9 * full.stat().st_size
    network = load_network(half, DifferentialClassifier)
    assert torch.allclose(network.state_dict()["fc.weight"], diffcam_content["fc.weight"], rtol=1e-3)


def test_what_does_not_fit_half_precision_is_refused(save: Save, tmp_path: Path) -> None:
    network = generator()
    with torch.no_grad():
        network.mapping.fc0.weight[0, 0] = 1e6
    with pytest.raises(CheckpointError, match=r"mapping\.fc0\.weight"):
        convert(save(contents(network)["nvidia"]), tmp_path / "half", half=True)
    assert not (tmp_path / "half").exists()


def test_a_missing_average_is_estimated_the_same_way_every_time(
    save: Save, tmp_path: Path, mmgen_content: dict[str, Any]
) -> None:
    network = generator()
    content = {"g_ema": named(ROSINALITY, network, True)}
    first, second = (networks_in(read_checkpoint(save(content, name)))[0] for name in ("a.pt", "b.pt"))
    average = first.tensors["mapping.w_avg"]
    assert torch.equal(average, second.tensors["mapping.w_avg"])
    z = torch.randn(20_000, CONFIG.z_dim, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        assert torch.allclose(average, network.mapping(z)[:, 0].mean(dim=0), atol=0.05)


def test_every_file_is_claimed_by_exactly_one_format(
    psp_content: dict[str, Any],
    flat_contents: dict[str, Any],
    diffcam_content: dict[str, Tensor],
    deghosting_content: dict[str, Tensor],
    mmgen_content: dict[str, Any],
    save: Save,
) -> None:
    files = {
        **contents(generator()),
        "psp": psp_content,
        "psp-into-w": flat_contents["single"],
        "psp-into-wplus": flat_contents["flat"],
        "diffcam": diffcam_content,
        "deghosting": deghosting_content,
        "mmgen": mmgen_content,
    }
    for name, content in files.items():
        keys = read_checkpoint(save(content)).tensors
        assert [known.name for known in FORMATS if known.claims(keys)] == [name]


def test_training_state_beside_the_network_is_left_out(save: Save, tmp_path: Path) -> None:
    network = generator()
    optimiser = {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
    content = {
        **contents(network)["rosinality"],
        "g_optim": optimiser,
        "g": network.state_dict(),
    }
    file = save(content)
    (path,) = convert(file, tmp_path / "ours")
    assert path.name == "generator.safetensors"
    checkpoint = read_checkpoint(file)
    assert left_out(checkpoint, recognise(checkpoint)) == ["g", "g_optim"]


def test_what_lies_in_the_same_container_is_left_out_by_name(
    save: Save, mmgen_content: dict[str, Any]
) -> None:
    mmgen_content["state_dict"]["discriminator.convs.0.1.bias"] = torch.zeros(2)
    checkpoint = read_checkpoint(save(mmgen_content))
    assert left_out(checkpoint, recognise(checkpoint)) == ["state_dict/discriminator"]


def broken(content: dict[str, Any], how: str) -> dict[str, Any]:
    names = content["state_dict"]
    key = "encoder.body.1.res_layer.1.weight"
    if how == "missing":
        del names[key]
    elif how == "extra":
        names["encoder.body.1.res_layer.9.weight"] = torch.zeros(2)
    elif how == "shape":
        names[key] = names[key][:, :-1]
    elif how == "type":
        names[key] = names[key].long()
    elif how == "nan":
        names[key][0, 0, 0, 0] = torch.nan
    elif how == "filter":
        names["decoder.to_rgbs.0.upsample.kernel"] = torch.ones(4, 4)
    return content


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("missing", r"'state_dict/encoder\.body\.1\.res_layer\.1\.weight' is missing; expected"),
        ("extra", r"'state_dict/encoder\.body\.1\.res_layer\.9\.weight' is unexpected; expected"),
        ("shape", r"body\.1\.res_layer\.1\.weight' has shape .* expected \["),
        ("type", r"body\.1\.res_layer\.1\.weight' holds torch\.int64, expected floating-point"),
        ("nan", r"body\.1\.res_layer\.1\.weight' holds a value that is not finite"),
        ("filter", r"'state_dict/decoder\.to_rgbs\.0\.upsample\.kernel' is not \[1,3,3,1\]"),
    ],
)
def test_one_wrong_tensor_is_named_with_its_file_and_what_was_expected(
    save: Save, tmp_path: Path, psp_content: dict[str, Any], how: str, said: str
) -> None:
    path = save(broken(psp_content, how))
    with pytest.raises(CheckpointError, match=said) as refusal:
        convert(path, tmp_path / "ours")
    assert str(path) in str(refusal.value)
    assert not (tmp_path / "ours").exists()
    assert [file for file in tmp_path.iterdir() if file != path] == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["params_ema/stylegan_decoder.style_mlp.1.weight"], "GFPGAN"),
        (["G_ema/synthesis.input.affine.weight"], "StyleGAN3"),
        (["generator_smooth/mapping.dense0.weight"], "genforce"),
        (["state_dict/residue.conv_layer1.0.weight"], "HFGI"),
        (["state_dict/encoder.bn1.weight", "state_dict/encoder.styles.0.linear.weight"], "ResNet-34"),
        (["state_dict/encoder.styles.0.linear.weight"], "no weight file known here"),
        (["layer1.0.conv1.weight", "fc.weight"], "no weight file known here"),
        ([], "no weight file known here"),
    ],
)
def test_files_that_are_something_else_are_told_what_they_are(save: Save, keys: list[str], said: str) -> None:
    content: dict[str, Any] = {}
    for key in keys:
        folder, _, name = key.rpartition("/")
        (content.setdefault(folder, {}) if folder else content)[name] = torch.zeros(2)
    with pytest.raises(CheckpointError, match=said):
        recognise(read_checkpoint(save(content)))


def test_psp_and_e4e_are_never_guessed(save: Save, psp_content: dict[str, Any], tmp_path: Path) -> None:
    del psp_content["opts"]
    path = save(psp_content)
    with pytest.raises(CheckpointError, match="--variant"):
        convert(path, tmp_path / "ours")
    convert(path, tmp_path / "ours", variant="psp")
    psp_content["opts"] = {"encoder_type": "GradualStyleEncoder"}
    with pytest.raises(CheckpointError, match="is psp"):
        convert(save(psp_content), tmp_path / "other", variant="e4e")


def test_an_e4e_file_becomes_an_encoder_of_offsets_and_comes_back(
    save: Save, psp_content: dict[str, Any], tmp_path: Path
) -> None:
    psp_content["opts"]["encoder_type"] = "Encoder4Editing"
    path = save(psp_content)
    convert(path, tmp_path / "ours")
    offsets = load_network(tmp_path / "ours" / "encoder.safetensors", GradualStyleEncoder)
    assert offsets.config.offsets
    plain = GradualStyleEncoder(dataclasses.replace(offsets.config, offsets=False)).eval()
    plain.load_state_dict(offsets.state_dict())
    picture = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        codes, given = offsets(picture), plain(picture)
    assert torch.equal(codes[:, 0], given[:, 0])
    assert torch.equal(codes[:, 5], given[:, 0] + given[:, 5])
    (back,) = convert(tmp_path / "ours", tmp_path / "back")
    same_bytes(back, path)


def test_nothing_is_overwritten_unasked(
    save: Save, tmp_path: Path, diffcam_content: dict[str, Tensor]
) -> None:
    path = save(diffcam_content)
    (written,) = convert(path, tmp_path / "ours")
    before = written.read_bytes()
    with pytest.raises(CheckpointError, match="is there already"):
        convert(path, tmp_path / "ours", half=True)
    assert written.read_bytes() == before
    convert(path, tmp_path / "ours", half=True, overwrite=True)
    assert written.read_bytes() != before


def test_half_of_a_file_cannot_come_back(save: Save, tmp_path: Path, psp_content: dict[str, Any]) -> None:
    convert(save(psp_content), tmp_path / "ours")
    with pytest.raises(CheckpointError, match=r"generator\.safetensors"):
        convert(tmp_path / "ours" / "encoder.safetensors", tmp_path / "back")


@pytest.mark.parametrize("said", ["BackboneEncoder", "ProgressiveBackboneEncoder", None])
def test_a_restyle_file_becomes_an_encoder_that_iterates_and_comes_back(
    save: Save, restyle_content: dict[str, Any], tmp_path: Path, said: str | None
) -> None:
    restyle_content["opts"] = {"encoder_type": said} if said else {}
    path = save(restyle_content)
    if said is None:
        with pytest.raises(CheckpointError, match="--variant"):
            convert(path, tmp_path / "ours")
    convert(path, tmp_path / "ours", variant=None if said else "e4e")
    encoder = load_network(tmp_path / "ours" / "encoder.safetensors", ReStyleEncoder)
    assert encoder.config.iterations == 5
    assert encoder.config.offsets == (said != "BackboneEncoder")
    (back,) = convert(tmp_path / "ours", tmp_path / "back")
    same_bytes(back, path)


@pytest.mark.parametrize(("kind", "name"), [("flat", "psp-into-wplus"), ("single", "psp-into-w")])
def test_psps_encoders_without_style_heads_come_back_with_the_same_bytes(
    save: Save, flat_contents: dict[str, Any], tmp_path: Path, kind: str, name: str
) -> None:
    path = save(flat_contents[kind])
    assert recognise(read_checkpoint(path)).name == name
    convert(path, tmp_path / "ours")
    encoder = load_network(tmp_path / "ours" / "encoder.safetensors", network_kinds()[f"encoder/{kind}"])
    assert encoder.config.n_styles == 8
    (back,) = convert(tmp_path / "ours", tmp_path / "back")
    same_bytes(back, path)


def test_what_reads_no_photograph_is_refused(
    save: Save, psp_content: dict[str, Any], restyle_content: dict[str, Any], tmp_path: Path
) -> None:
    first = "encoder.input_layer.0.weight"
    psp_content["state_dict"][first] = torch.zeros(8, 19, 3, 3)
    with pytest.raises(CheckpointError, match="reads 19 channels"):
        convert(save(psp_content), tmp_path / "ours")
    restyle_content["latent_avg"] = torch.arange(128.0).reshape(8, 16)
    with pytest.raises(CheckpointError, match="'latent_avg' differs from style to style"):
        convert(save(restyle_content), tmp_path / "ours")
