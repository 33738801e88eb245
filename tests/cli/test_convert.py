"""`ood convert`: there and back, and one line where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ood_core.cli import main
from ood_core.stylegan2 import Generator, GeneratorConfig


def ood(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    return int(end.value.code or 0)


def test_a_file_goes_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = GeneratorConfig(resolution=8, z_dim=8, w_dim=8, mapping_layers=2, channel_base=64, channel_max=8)
    state = Generator(config).state_dict()
    torch.save(state, tmp_path / "weights.pt")
    assert ood("convert", tmp_path / "weights.pt", "-o", tmp_path / "ours") == 0
    ours = tmp_path / "ours" / "generator.safetensors"
    assert capsys.readouterr().out == f"{ours}\n"
    assert ood("convert", ours, "-o", tmp_path / "back") == 0
    back = torch.load(tmp_path / "back" / "nvidia-bare.pt", weights_only=True)
    assert all(torch.equal(back[name], tensor) for name, tensor in state.items())


def test_what_cannot_be_converted_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.pt").write_text("<html>quota exceeded</html>")
    assert ood("convert", tmp_path / "page.pt", "-o", tmp_path / "ours") == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and "web page" in said and said.count("\n") == 1
    assert not (tmp_path / "ours").exists()
