"""Pairs to tune *keep* on, as files: original, edited, the editor's no-op pass, the truth and its mask.

    python benchmarks/keep_pairs.py OUT [--photos FOLDER] [--vae FOLDER] [--seed 100] [--count 130]

Only public kinds and public photographs are written. `ood bench --keep` then measures what was tuned on them,
and shows the others, too; see `ood_core.evaluation.keep.pairs.Half`. In Python the same pairs come from

    PairSource(Half.PUBLIC, photographs, autoencoder).draw(seed, index)
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ood_core.evaluation.keep.autoencoder import load_autoencoder
from ood_core.evaluation.keep.pairs import Half, PairSource
from ood_core.files.formats import SUFFIXES
from ood_core.files.pictures import save_image, save_mask


def main() -> None:
    """Write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path, help="folder of photographs; portraits are drawn if not given")
    parser.add_argument("--vae", type=Path, help="folder of an autoencoder's weights")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--count", type=int, default=130)
    asked = parser.parse_args()
    paths = sorted(asked.photos.iterdir()) if asked.photos else []
    photographs = [path for path in paths if path.suffix.lower() in SUFFIXES]
    source = PairSource(
        Half.PUBLIC, photographs, load_autoencoder(asked.vae) if asked.vae else None, no_op=True
    )
    asked.out.mkdir(parents=True, exist_ok=True)
    rows = [_write(source, asked.seed, index, asked.out) for index in range(asked.count)]
    (asked.out / "index.json").write_text(json.dumps({"pairs": rows}, indent=1) + "\n")


def _write(source: PairSource, seed: int, index: int, folder: Path) -> dict[str, str | float]:
    pair, stem = source.draw(seed, index), f"{index:03d}"
    pictures = {
        "original": pair.true.original,
        "truth": pair.true.edited,
        "edited": pair.drifted.edited,
        "reference": pair.drifted.reference,
        "bound": pair.drifted.bound,
    }
    for name, picture in pictures.items():
        assert picture is not None  # all were asked for
        save_image(folder / f"{stem}_{name}.png", picture, overwrite=True)
    save_mask(folder / f"{stem}_mask.png", pair.true.mask, overwrite=True)
    share = float((pair.true.mask > 0.5).float().mean())
    return {"id": stem, "edit": pair.edit, "drift": pair.drift, "share": share}


if __name__ == "__main__":
    main()
