"""Links to photographs of people that a training run held out, for `ood bench --photos OUT --bundle DIR`.

    python benchmarks/unseen_people.py RUN/photographs/photographs.csv FOLDER… -o OUT

FOLDERs are those that the run was given as --photos. A bundle is judged on people it never saw.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path


def main() -> None:
    """Make the links; say how many there are of each folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="photographs.csv of the run")
    parser.add_argument("folders", type=Path, nargs="+", help="the photographs it was trained on")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the links")
    options = parser.parse_args()
    with options.table.open(newline="", encoding="utf-8") as file:
        unseen = {row["name"] for row in csv.DictReader(file) if row["held_out"] == "1"}
    for folder in options.folders:
        count = 0
        for path in sorted(folder.rglob("*")):
            if f"{folder.name}/{path.stem}" in unseen and path.is_file():
                link = options.output / folder.name / path.name
                link.parent.mkdir(parents=True, exist_ok=True)
                if not link.exists():
                    link.symlink_to(path.resolve())
                count += 1
        print(f"{folder.name}: {count} photographs of people held out")


if __name__ == "__main__":
    main()
