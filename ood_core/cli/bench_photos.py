"""`ood bench --photos`: how faces of photographs are found, put back, and edited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .console import progress_bar
from .figures import print_table, write_figures

if TYPE_CHECKING:
    from ..progress import Progress


def bench_photos(folder: Path, bundle: str | None, judges: Path | None, count: int, figures: Path) -> None:
    """Measure, print tables and write figures.

    Args:
        folder: of photographs, or of folders of them.
        bundle: a bundle for photographs edits them, too; of one that draws its pictures, only its detector
            is measured. None for the usual one.
        judges: folder with weights; None for the cache.
        count: at most so many photographs per folder.
        figures: the JSON file to write.

    Raises:
        OodError: in one sentence, for whatever cannot be measured.
    """
    from ..evaluation.photographs.report import edits_tables, found_table_of

    with progress_bar() as bar:
        task = bar.add_task("measuring", total=None)

        def progress(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total)

        found = _measured(folder, bundle, judges, count, progress)
    write_figures(figures, found)
    if found["edited"]:
        for table in edits_tables(found["edited"]):
            print_table(table)
    else:
        print_table(found_table_of(found["found"]))
        trip = found["round_trip"]
        typer.echo(
            f"{trip['faces']} faces cut out and put back without an edit, over {trip['pixels']} pixels: "
            f"{100 * trip['identical']:.9g} % of all the photographs' pixels are identical"
        )
    typer.echo(f"judges at hand: {', '.join(found['judges']) or 'none'}")
    typer.echo(figures)


def _measured(
    folder: Path, bundle: str | None, judges: Path | None, count: int, progress: Progress
) -> dict[str, Any]:
    from ..bundle import load_bundle
    from ..bundle.pictures import picture_kind
    from ..evaluation.judges.at_hand import (
        check_folder,
        face_judges_at_hand,
        landmarks_at_hand,
        lpips_at_hand,
    )
    from ..evaluation.photographs.edited import edit_table
    from ..evaluation.photographs.folders import grouped
    from ..evaluation.photographs.found import found_table, round_trip

    if judges is not None:
        check_folder(judges)
    faces, landmarks, lpips = face_judges_at_hand(judges), landmarks_at_hand(judges), lpips_at_hand(judges)
    names = {"identity, expression, age": faces, "68 landmarks": landmarks, "LPIPS": lpips}
    groups, loaded = grouped(folder, count), load_bundle(bundle)
    made: dict[str, Any] = {
        "bundle": loaded.name,
        "judges": [name for name, judge in names.items() if judge is not None],
        "found": [],
        "round_trip": {},
        "edited": [],
    }
    if picture_kind(loaded) == "photograph":
        return made | {"edited": edit_table(groups, loaded, faces, lpips, progress)}
    found = found_table(groups, loaded, landmarks, progress)
    return made | {"found": found, "round_trip": round_trip(groups, loaded)}
