"""`ood bench --photos`: how faces of photographs are found, put back, and edited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .console import measuring, note
from .figures import print_table, write_figures

if TYPE_CHECKING:
    from ..progress import Progress


def bench_photos(folder: Path, bundle: str | None, judges: Path | None, count: int, figures: Path) -> None:
    """Measure, print tables and write figures. What an interrupted run measured is taken up.

    Args:
        folder: of photographs, or of folders of them.
        bundle: whose detector finds the faces, and which edits them. None for the usual one.
        judges: folder with weights; None for the cache.
        count: at most so many photographs per folder; fewer of them are edited.
        figures: the JSON file to write.

    Raises:
        OodError: in one sentence, for whatever cannot be measured.
    """
    from ..evaluation.photographs.report import edits_tables, found_table_of, keep_table_of

    with measuring() as progress:
        found = _measured(folder, bundle, judges, count, figures, progress)
    print_table(found_table_of(found["found"]))
    trip = found["round_trip"]
    if trip["identical"] is not None:
        typer.echo(
            f"{trip['faces']} faces cut out and put back without an edit, over {trip['pixels']} pixels: "
            f"{100 * trip['identical']:.9g} % of all the photographs' pixels are identical"
        )
    for table in (*edits_tables(found["edited"]), keep_table_of(found["kept"])):
        print_table(table)
    typer.echo(f"judges at hand: {', '.join(found['judges']) or 'none'}")
    typer.echo(figures)


def _measured(
    folder: Path, bundle: str | None, judges: Path | None, count: int, figures: Path, progress: Progress
) -> dict[str, Any]:
    from ..bundle import load_bundle
    from ..evaluation.judges.at_hand import (
        check_folder,
        face_judges_at_hand,
        landmarks_at_hand,
        lpips_at_hand,
    )
    from ..evaluation.photographs.edited import edit_table
    from ..evaluation.photographs.folders import grouped
    from ..evaluation.photographs.found import PHOTOGRAPHS, found_table
    from ..evaluation.photographs.judged import Judges
    from ..evaluation.photographs.kept import keep_table
    from ..evaluation.photographs.measured import Measured

    if judges is not None:
        check_folder(judges)
    faces, landmarks, lpips = face_judges_at_hand(judges), landmarks_at_hand(judges), lpips_at_hand(judges)
    at_hand = {"identity, expression, age": faces, "68 landmarks": landmarks, "LPIPS": lpips}
    names = [name for name, judge in at_hand.items() if judge is not None]
    groups, loaded = grouped(folder, count), load_bundle(bundle)
    run = {"bundle": loaded.name, "judges": names}
    measured = Measured(figures.with_suffix(".lines"), run | {"folder": str(folder.resolve())})
    if measured.known:
        note(f"{measured.known} pictures were measured before: what is left is measured now")
    found, trip = found_table(groups, loaded, landmarks, measured, progress)
    judge = Judges(faces, lpips)
    edited = [] if loaded.frame is None else edit_table(groups, loaded, judge, measured, progress)
    made = {"found": found, "round_trip": trip, "edited": edited}
    made["kept"] = keep_table(groups, judge, measured, progress)
    write_figures(figures, run | made | {"photographs": measured.of(PHOTOGRAPHS)})
    measured.forget()
    return run | made
