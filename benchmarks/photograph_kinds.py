"""How faces are found by kind of photograph: hats, scarves, dark skin, grey pictures.

    ood bench --photos FOLDER -o OUT
    python benchmarks/photograph_kinds.py OUT/bench.json FOLDER [--people london-pairs/people.csv]

photograph_kinds.csv says of photographs, by "folder/file", what somebody saw who looked: those of the CC0 set
"portraits-cc0" (faker-js/assets-person-portrait). Of the London set, people.csv says who is black; which
pictures are grey is read from their pixels. Everything else is what `ood bench` measured.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import torch

from ood_core.cli.figures import print_table
from ood_core.evaluation.photographs.found import FoundRow
from ood_core.evaluation.photographs.report import found_table_of
from ood_core.files.pictures import load_image

KINDS = Path(__file__).with_suffix(".csv")
DARK_SKIN, GREY = "dark skin", "grey"

_GREY = 4 / 127.5  # most by which channels differ, in the middle of the picture, on average


def main() -> None:
    """Print a row for each kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figures", type=Path, help="bench.json of `ood bench --photos`")
    parser.add_argument("folder", type=Path, help="the photographs")
    parser.add_argument("--people", type=Path, help="people.csv of the London set")
    options = parser.parse_args()
    seen = json.loads(options.figures.read_text(encoding="utf-8"))["photographs"]
    rows: dict[str, FoundRow] = {}
    for name, figures in seen.items():
        for kind in sorted(kinds_of(name, options.folder, options.people)):
            rows.setdefault(kind, FoundRow(kind)).add(figures)
    print_table(found_table_of([row.figures() for _, row in sorted(rows.items())]))


def kinds_of(name: str, folder: Path, people: Path | None) -> set[str]:
    """What a photograph shows, as far as anybody knows."""
    with KINDS.open(newline="", encoding="utf-8") as file:
        found = {row["kind"] for row in csv.DictReader(file) if row["name"] == name}
    if people is not None and Path(name).parent.name == people.parent.name:
        with people.open(newline="", encoding="utf-8") as file:
            groups = {row["face_id"]: row["face_eth"] for row in csv.DictReader(file)}
        if groups.get(Path(name).stem.partition("-")[0]) == "black":
            found.add(DARK_SKIN)
    return found | ({GREY} if is_grey(folder / name) else set())


def is_grey(path: Path) -> bool:
    """Whether a picture has no colours, or one tone alone."""
    picture = load_image(path)
    height, width = picture.shape[-2:]
    middle = picture[..., height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    spread = middle - middle.mean(dim=1, keepdim=True)
    untoned = spread - spread.mean(dim=(2, 3), keepdim=True)
    return float(torch.as_tensor(untoned).abs().mean()) < _GREY


if __name__ == "__main__":
    main()
