"""The kinds of files that are read, each with good ones to start from and the reader that people reach."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import campaign_seeds as seeds
from campaign_mutations import bytes_mutated, hostile_pickle, inside_mutated, json_mutated
from campaign_nodes import Nodes, describe
from campaign_workflows import Refused, run_workflow

from ood_core.alignment import read_landmarks
from ood_core.bundle import load_bundle
from ood_core.bundle.manifest import MANIFEST
from ood_core.checkpoints import convert, read_checkpoint
from ood_core.checkpoints.classes import read_classes
from ood_core.checkpoints.direction_files import read_directions
from ood_core.files.clips import Clip, write_clip
from ood_core.files.formats import CLIP_SUFFIXES, SUFFIXES
from ood_core.files.pictures import load_mask, read_image, save_like
from ood_core.training.recipe import load_recipe


class Family:
    """One kind of file.

    Attributes:
        name: of the family.
        seeds: unharmed files.
    """

    name = ""

    def __init__(self, folder: Path) -> None:
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            self.make(folder)
            (folder / "complete").touch()
        self.seeds = sorted(path for path in folder.iterdir() if path.name != "complete")
        self._contents = [path.read_bytes() for path in self.seeds if path.is_file()]

    def make(self, folder: Path) -> None:
        """Write the unharmed files."""
        raise NotImplementedError

    def case(self, work: Path, numbers: random.Random) -> Path:
        """Write a mutated file into a folder."""
        source = numbers.choice(self.seeds)
        path, mutate = work / f"file{source.suffix}", numbers.choice((inside_mutated, bytes_mutated))
        path.write_bytes(mutate(source.read_bytes(), self._contents, numbers))
        return path

    def read(self, path: Path, out: Path) -> None:
        """Read a file as people's commands do, and write what comes of it."""
        raise NotImplementedError


class Pictures(Family):
    """Read, written in every format that takes it, and read again."""

    name = "picture"

    def make(self, folder: Path) -> None:
        """Every format, mode and depth."""
        seeds.pictures(folder)

    def read(self, path: Path, out: Path) -> None:
        """As `ood edit` does, without an edit."""
        source = read_image(path)
        suffix = path.suffix if path.suffix in SUFFIXES else ".png"
        if source.alpha is not None and suffix in (".jpg", ".bmp"):
            suffix = ".png"
        for number, target in enumerate({suffix, ".png", ".tif"}):
            save_like(out / f"{number}{target}", source.image, source)
            assert read_image(out / f"{number}{target}").image.shape == source.image.shape


class Masks(Pictures):
    """Pictures as masks."""

    name = "mask"

    def read(self, path: Path, out: Path) -> None:
        """As ``--mask`` does."""
        mask = load_mask(path)
        assert mask.ndim == 4 and 0 <= float(mask.min()) and float(mask.max()) <= 1


class Clips(Family):
    """Read, and a part of them written."""

    name = "clip"

    def make(self, folder: Path) -> None:
        """Every container."""
        seeds.clips(folder)

    def read(self, path: Path, out: Path) -> None:
        """As `ood edit` does, without an edit."""
        clip = Clip(path)
        frames = sum(1 for _ in clip)
        if frames and path.stat().st_size % 3 == 0:
            suffix = path.suffix if path.suffix in CLIP_SUFFIXES else ".mp4"
            write_clip(out / f"result{suffix}", iter(clip), clip, overwrite=False)


class Json(Family):
    """Texts of JSON: half of them stay JSON."""

    def case(self, work: Path, numbers: random.Random) -> Path:
        """Bytes or values mutated."""
        if numbers.random() < 0.4:
            return super().case(work, numbers)
        source = numbers.choice(self.seeds)
        path = work / source.name
        text = json_mutated(source.read_text(encoding="utf-8-sig"), numbers)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path


class Landmarks(Json):
    """Faces somebody marked, and classes of attributes."""

    name = "landmarks"

    def make(self, folder: Path) -> None:
        """Named, for every picture, with a mark."""
        seeds.landmarks(folder)

    def read(self, path: Path, out: Path) -> None:
        """As ``--landmarks`` and ``--classes`` do."""
        (read_classes if path.name.startswith("classes") else read_landmarks)(path)


class Bundles(Family):
    """Folders: one file of each mutated, and for half of them the checksum made to fit."""

    name = "bundle"

    def make(self, folder: Path) -> None:
        """The tiny bundle of the tests."""
        seeds.bundles(folder)

    def case(self, work: Path, numbers: random.Random) -> Path:
        """A copy with one file mutated."""
        path = Path(shutil.copytree(self.seeds[0], work / "bundle"))
        victim = numbers.choice(sorted(path.iterdir()) + [path / MANIFEST] * 4)
        if victim.name == MANIFEST and numbers.random() < 0.7:
            text = json_mutated(victim.read_text(encoding="utf-8"), numbers)
            victim.write_bytes(text.encode("utf-8", "surrogatepass"))
            return path
        victim.write_bytes(bytes_mutated(victim.read_bytes(), [victim.read_bytes()], numbers))
        if victim.name != MANIFEST and numbers.random() < 0.8:
            seeds.fit_checksum(path, victim)
        return path

    def read(self, path: Path, out: Path) -> None:
        """As ``--bundle`` does."""
        load_bundle(path)


class Checkpoints(Family):
    """Weight files of others, of every container; some hold calls."""

    name = "checkpoint"

    def make(self, folder: Path) -> None:
        """Of torch, now and before 1.6, of safetensors, and bare pickles."""
        seeds.checkpoints(folder)

    def case(self, work: Path, numbers: random.Random) -> Path:
        """A fifth is hostile, bare or in torch's zip."""
        if numbers.random() > 0.2:
            return super().case(work, numbers)
        path = work / f"file{numbers.choice(('.pt', '.pkl', '.pth', '.safetensors'))}"
        content = hostile_pickle(str(work / "canary"), numbers, {"weight": [1.0, 2.0]})
        path.write_bytes(seeds.in_zip(content) if numbers.random() < 0.5 else content)
        return path

    def read(self, path: Path, out: Path) -> None:
        """As `ood convert` does."""
        for written in convert(path, out):
            read_checkpoint(written)


class Directions(Checkpoints):
    """Directions of others, of every format; some hold calls."""

    name = "directions"

    def make(self, folder: Path) -> None:
        """Arrays of numpy, alone and zipped, and weight files."""
        seeds.directions(folder)

    def read(self, path: Path, out: Path) -> None:
        """As `ood import` does."""
        read_directions(path, *seeds.STYLES)


class Recipes(Family):
    """Recipes of training."""

    name = "recipe"

    def make(self, folder: Path) -> None:
        """Those that ship."""
        seeds.recipes(folder)

    def read(self, path: Path, out: Path) -> None:
        """As `ood train` does."""
        for kind in seeds.recipe_types():
            try:
                load_recipe(path, kind)
                return
            except Exception as error:
                last = error
        raise last


class Workflows(Json):
    """Graphs that somebody shares: what ComfyUI lets through reaches the nodes."""

    name = "workflow"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._nodes: Any = None

    def make(self, folder: Path) -> None:
        """The templates in API format that need no weights."""
        seeds.workflows(folder)

    def read(self, path: Path, out: Path) -> None:
        """Run the nodes of the pack."""
        if self._nodes is None:
            self._nodes = seeds.nodes()
        try:
            graph = json.loads(path.read_text(encoding="utf-8", errors="replace"))
        except (ValueError, RecursionError) as error:
            raise Refused(f"is not JSON ({error})") from error
        run_workflow(graph, self._nodes)


class NodeCalls(Family):
    """Nodes called with inputs as no widget would give them."""

    name = "node"

    def __init__(self, folder: Path) -> None:
        self._nodes = Nodes(folder.parent / "node-models")
        super().__init__(folder)

    def make(self, folder: Path) -> None:
        """Every node with nothing harmed."""
        for name in self._nodes.classes:
            (folder / f"{name}.json").write_text(json.dumps({"node": name, "seed": 0, "harmed": []}))

    def case(self, work: Path, numbers: random.Random) -> Path:
        """Describe a call."""
        path = work / "call.json"
        path.write_text(json.dumps(describe(list(self._nodes.classes), self._sockets, numbers)))
        return path

    def read(self, path: Path, out: Path) -> None:
        """Call the node."""
        self._nodes.call(json.loads(path.read_text()))

    def _sockets(self, name: str) -> list[str]:
        return [socket.id for socket in self._nodes.classes[name].define_schema().inputs]


_KINDS = (Pictures, Masks, Clips, Landmarks, Bundles, Checkpoints, Directions, Recipes, Workflows, NodeCalls)
FAMILIES = {family.name: family for family in _KINDS}
