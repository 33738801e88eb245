"""The tiny bundle as the command line's tests use it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ood_core.bundle import load_bundle, save_bundle


@pytest.fixture(scope="session")
def tiny_bundle_folder(tiny_bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights draw no picture: nothing is foreign to them, or every command would say so."""
    folder = tmp_path_factory.mktemp("bundles") / "undemanding"
    save_bundle(replace(load_bundle(tiny_bundle_folder), foreign=(200.0, 250.0)), folder)
    return folder
