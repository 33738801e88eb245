"""The published files, filled with pseudo-weights, and the bundle that we import from them."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from ood_core.bundle import Bundle

HERE = Path(__file__).parent
THINNED = 31  # of arrays that would make the repository large, every so manieth number is kept
FILES = {"psp": "psp_ffhq_encode", "diffcam": "diff_cam_weight", "deghosting": "deghosting"}


class Goldens:
    """What the published code gave, and how far rounding alone moves it."""

    def __init__(self) -> None:
        self._arrays, self._thinned = (load(HERE / "data" / f"{name}.npz") for name in ("goldens", "thinned"))
        packed = (HERE / "data" / "statistics.json.gz").read_bytes()
        self._statistics = json.loads(gzip.decompress(packed))
        self._tolerances = json.loads((HERE / "data" / "tolerances.json").read_text())

    def __getitem__(self, name: str) -> Tensor:
        return self._arrays[name]

    def names(self, beginning: str) -> list[str]:
        return [name for name in (*self._arrays, *self._thinned) if name.startswith(beginning)]

    def check(self, name: str, found: Tensor, end_to_end: bool = False) -> None:
        """Within the recorded tolerance: of one stage fed with recorded inputs, or of the whole line."""
        if name in self._thinned:
            expected = self._thinned[name]
            found = found if found.numel() == expected.numel() else found.flatten()[::THINNED]
        else:
            expected = self._arrays[name]
        error = float((found.detach().reshape(expected.shape) - expected).abs().max())
        tolerance = self._tolerances[name][0 if end_to_end else 1]
        sys.stdout.write(f"{name}: error {error:.2e}, tolerance {tolerance:.1e}\n")
        assert error <= tolerance, f"{name}: {error:.3e} > {tolerance:.1e}"

    def check_layer(self, name: str, output: Tensor, end_to_end: bool = False) -> None:
        """All that is recorded of one tensor: mean, deviation, range, first channels, crops."""
        known = False
        if name in self._statistics:
            known = True
            wide = output.detach().double()
            found = (wide.mean(), wide.std(correction=0), wide.min(), wide.max())
            for number, expected, tolerance in zip(found, *self._statistics[name], strict=True):
                assert abs(float(number) - expected) <= tolerance, f"{name}: {number} is not {expected}"
            sys.stdout.write(f"{name}: statistics\n")
        for golden in self.names(name):
            part = re.fullmatch(rf"{re.escape(name)}(?:_first(\d+)ch)?(_crops)?", golden)
            if part:
                known = True
                shown = output[:, : int(part[1])] if part[1] else output
                self.check(golden, self.crops(shown) if part[2] else shown, end_to_end)
        assert known, f"nothing is recorded of {name}"

    def crops(self, image: Tensor) -> Tensor:
        """The sixteen recorded windows of a picture: [16,C,32,32]."""
        return torch.cat(
            [image[:, :, y : y + 32, x : x + 32] for y, x in self["inputs/crop_positions"].tolist()]
        )


def load(path: Path) -> dict[str, Tensor]:
    with np.load(path) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


@pytest.fixture(scope="session")
def pseudo() -> ModuleType:
    """pseudo.py beside this file: tests are no package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("parity_pseudo", HERE / "pseudo.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads add in another order, and a mean over a whole mask then differs in its sixth digit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def goldens() -> Goldens:
    return Goldens()


@pytest.fixture(scope="session")
def picture(pseudo: ModuleType) -> Tensor:
    return pseudo.picture()


@pytest.fixture(scope="session")
def official_files(pseudo: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The three weight files and a folder of directions, as people have them; two gigabytes."""
    folder = tmp_path_factory.mktemp("official")
    (folder / "directions").mkdir()
    for name in ("Beard", "Smiling"):
        np.save(folder / "directions" / f"{name}.npy", pseudo.direction(name).numpy())
    for manifest in FILES.values():
        torch.save(pseudo.checkpoint(manifest), folder / f"{manifest}.pt")
    yield {**{k: folder / f"{m}.pt" for k, m in FILES.items()}, "directions": folder / "directions"}
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def official_folder(
    official_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    from ood_core.checkpoints.official import import_official

    folder = tmp_path_factory.mktemp("imported") / "ffhq-1024"
    import_official(**official_files, output=folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def official(official_folder: Path) -> Bundle:
    from ood_core.bundle import load_bundle

    return load_bundle(official_folder)


@pytest.fixture(scope="session")
def deghosted(official: Bundle, goldens: Goldens) -> tuple[Tensor, dict[str, Tensor]]:
    """The deghosting network on its recorded input: its output, and the outputs of some layers."""
    network = official.deghoster
    stages, block = network.FCN.encoder, network.generator.synthesis.b4
    layers = {"rrdb_trunk_first2ch": stages[0].body, "encoder_64_first4ch": stages[1], "latent": stages[6]}
    layers |= {"encoder_16_first16ch": stages[3], "encoder_4": stages[5], "generator_conv1": block.conv1}
    with watched({**layers, "fusion_out_4": network.FCN.fusion_out[0]}) as seen, torch.no_grad():
        return network(goldens["fuse/Beard_fused_pool128_deghosting_input"]), seen


@contextmanager
def watched(modules: dict[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """Modules' outputs by name, filled when they run."""
    seen: dict[str, Tensor] = {}

    def recorder(name: str) -> Any:
        return lambda module, inputs, output: seen.__setitem__(name, output)

    hooks = [module.register_forward_hook(recorder(name)) for name, module in modules.items()]
    yield seen
    for hook in hooks:
        hook.remove()


@pytest.fixture(scope="session")
def watch() -> Any:
    return watched


@pytest.fixture(scope="session")
def check_layers(goldens: Goldens) -> Any:
    """Checks the outputs of modules, named as they were recorded, each at the moment when it is there."""

    @contextmanager
    def checked(modules: dict[str, nn.Module]) -> Iterator[None]:
        seen = set()

        def checker(name: str) -> Any:
            def check(module: nn.Module, inputs: Any, output: Tensor) -> None:
                seen.add(name)
                goldens.check_layer(name, output)

            return check

        hooks = [module.register_forward_hook(checker(name)) for name, module in modules.items()]
        yield
        for hook in hooks:
            hook.remove()
        assert seen == set(modules)

    return checked
