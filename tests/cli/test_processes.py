"""One command in several processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ood_core.cli.processes import own_share

ROOT = Path(__file__).parents[2]


def test_a_process_alone_does_everything() -> None:
    assert own_share([3, 1, 2]) == [3, 1, 2]


@pytest.mark.slow
def test_two_processes_share_a_folder_and_name_each_problem_once(
    tiny_bundle_folder: Path, make_picture: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    names = [f"p{index}" for index in range(5)]
    for index, name in enumerate(names):
        make_picture(folder / f"{name}.png", seed=index)
    (folder / "broken.png").write_text("no picture")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "ood_core.cli"]
    command += ["edit", str(folder), "--bundle", str(tiny_bundle_folder), "--edit", "Smiling"]
    command += ["--align", "never"]  # these pictures are noise: there is no face to find
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command += ["-o", str(tmp_path / "out")]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"{name}_result.png" for name in names]
    assert ran.returncode == 1 and ran.stderr.count("broken.png: is not a readable") == 1
