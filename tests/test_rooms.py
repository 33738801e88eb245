"""The rooms lie in the order of the data's way, and nobody looks into a later one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[1] / "ood_core"

ROOMS = (
    "errors",
    "images",
    "progress",
    "unet",
    "files",
    "stylegan2",
    "alignment",
    "inversion",
    "editing",
    "registration",
    "diffcam",
    "composition",
    "decomposition",
    "likeness",
    "deghosting",
    "bundle",
    "sources",
    "finding",
    "choosing",
    "modes",
    "results",
    "stages",
    "pipeline",
    "clips",
    "kept_clips",
    "domains",
    "making",
    "checkpoints",
    "evaluation",
    "training",
    "cli",
)
"""From the floor that all stand on to the entrances."""


def room_of(path: Path) -> str:
    return path.relative_to(CORE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The rooms from which a module imports, at its head or within its functions."""
    depth = len(path.relative_to(CORE).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (name.partition(".")[0] for name in names)


MODULES = sorted(path for path in CORE.rglob("*.py") if path != CORE / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(CORE).as_posix())
def test_a_module_imports_from_earlier_rooms_only(path: Path) -> None:
    own = room_of(path)
    assert own in ROOMS, f"{own} has no place in the list of rooms"
    for other in imported(path):
        assert ROOMS.index(other) <= ROOMS.index(own), f"{path.name} of {own} imports from {other}"


def test_no_two_modules_import_each_other() -> None:
    """Within a room, too, at the heads of modules: what only types or functions need does not count."""
    graph = {path: set(heads(path)) for path in MODULES}
    done: set[Path] = set()

    def visit(path: Path, way: tuple[Path, ...]) -> None:
        assert path not in way, " -> ".join(p.relative_to(CORE).as_posix() for p in (*way, path))
        if path not in done:
            for other in graph.get(path, ()):
                visit(other, (*way, path))
            done.add(path)

    for path in MODULES:
        visit(path, ())


def heads(path: Path) -> Iterator[Path]:
    """The modules that a module imports when it is imported, but for its own package's face."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1]
            target = base.joinpath(*(node.module or "").split(".")) if node.module else base
            for found in (target.with_suffix(".py"), *(target / f"{a.name}.py" for a in node.names)):
                if found.is_file() and found.name != "__init__.py":
                    yield found
            if (face := target / "__init__.py").is_file() and face.parent not in path.parents:
                yield face
