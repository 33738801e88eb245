"""What is installed, and how this folder is imported by ComfyUI and by pytest."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]


def import_as_comfyui_does(folder: Path) -> ModuleType:
    """ComfyUI imports a pack's folder under its path, with dots replaced, as a name."""
    name = str(folder).replace(".", "_x_")
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def test_the_folder_imports_without_comfyui_as_a_bare_file_and_as_a_package() -> None:
    import_as_comfyui_does(ROOT)
    subprocess.run([sys.executable, ROOT / "__init__.py"], check=True)


def test_inside_comfyui_the_entry_point_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = tmp_path / "ood.editing"
    (pack / "nodes").mkdir(parents=True)
    shutil.copy(ROOT / "__init__.py", pack)
    (pack / "nodes" / "__init__.py").write_text("def comfy_entrypoint(): ...\n")
    (tmp_path / "comfy_api").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    module = import_as_comfyui_does(pack)
    assert callable(module.comfy_entrypoint) and module.WEB_DIRECTORY == "./nodes/web"


def test_the_library_reaches_itself_by_relative_imports_only() -> None:
    """Inside ComfyUI it is not called `ood_core`: an absolute import would fail or find another copy."""
    for path in (ROOT / "ood_core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            foreign = {name.split(".")[0] for name in names} & {"ood_core", "nodes", "comfy"}
            assert not foreign, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_the_whole_line_works_under_comfyuis_name_for_it(tmp_path: Path) -> None:
    code = f"""
import importlib, importlib.util, sys
name = "/custom_nodes/ood-editing"
spec = importlib.util.spec_from_file_location(name, {str(ROOT / "__init__.py")!r})
sys.modules[name] = importlib.util.module_from_spec(spec)
for module in ("pipeline", "bundle", "inversion", "diffcam", "deghosting", "domains.portraits"):
    importlib.import_module(f"{{name}}.ood_core.{{module}}")
sys.exit("ood_core" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_importing_the_library_does_not_import_torch() -> None:
    code = "import sys, ood_core.cli.app; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_without_the_extra_the_command_says_in_one_line_how_to_get_it() -> None:
    code = "import sys; sys.modules['typer'] = None; import ood_core.cli; ood_core.cli.main([])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == 'error: the command line needs typer; get it with: pip install "ood-editing[cli]"\n'


def test_the_registrys_archive_is_small_and_holds_what_runs() -> None:
    """What `comfy node publish` packs: the files that git knows, less those of .comfyignore."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git, or no repository")
    ignored = (ROOT / ".comfyignore").read_text(encoding="utf-8").split()
    files = [name for name in listed.stdout.splitlines() if not name.startswith(tuple(ignored))]
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/images/")) for name in files)
    for needed in ("__init__.py", "pyproject.toml", "requirements.txt", "LICENSE", "NOTICE", "README.md"):
        assert needed in files
    for folder in ("nodes/", "ood_core/bundles/", "workflows/", "subgraphs/"):
        assert any(name.startswith(folder) for name in files)
    assert sum((ROOT / name).stat().st_size for name in files if (ROOT / name).exists()) <= 45e6


def test_the_registrys_fields_are_in_its_form() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has none")
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    comfy = config["tool"]["comfy"]
    assert re.fullmatch(r">=\d+\.\d+\.\d+", comfy["requires-comfyui"])
    assert "comfyui" not in config["project"]["name"].lower() and comfy["DisplayName"]
    classifiers = config["project"]["classifiers"]
    assert any(one.startswith("Operating System ::") for one in classifiers)
    assert any(one.startswith("Environment :: GPU ::") for one in classifiers)
    icon, banner = (Image.open(ROOT / "docs" / "images" / f"{name}.png") for name in ("icon", "banner"))
    assert max(icon.size) <= 400 and banner.width * 9 == banner.height * 21


def test_no_node_of_the_pack_has_been_renamed() -> None:
    """A renamed id needs a node replacement, registered in `on_load`; there is none so far."""
    definitions = json.loads((ROOT / "tests" / "nodes" / "definitions.json").read_text(encoding="utf-8"))
    published = ("AlignFace Attributes Composite Deghost DiffCAM Edit ExamplePortrait Invert LatentEdit "
                 "LoadBundle LoadDirection PasteBack StrengthSweep").split()  # fmt: skip
    assert {f"OOD_{name}" for name in published} <= definitions.keys()
