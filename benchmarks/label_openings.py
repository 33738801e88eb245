"""Label who opens the mouth and who narrows the eyes, by landmarks: columns of a recipe's labels.csv.

    ood train photographs --recipe RECIPE/photographs.toml --photos FOLDER -o RUN
    python benchmarks/label_openings.py RUN RECIPE/labels.csv [--judges FOLDER]

Needs face-api's weights: npm pack @vladmandic/face-api, unpacked into --judges, or into
~/.cache/ood-editing/judges.
Look at the result, and correct it: it is a table that anybody may edit.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ood_core.errors import OodError
from ood_core.evaluation.judges.at_hand import landmarks_at_hand
from ood_core.training.openings import add_columns, measured_labels
from ood_core.training.photographs import load_photographs


def main() -> None:
    """Measure, write, and say how many were labelled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="the run whose photographs are cut out")
    parser.add_argument("labels", type=Path, help="the table, which keeps its other columns")
    parser.add_argument("--judges", type=Path, help="folder with face-api's weights")
    options = parser.parse_args()
    try:
        network = landmarks_at_hand(options.judges)
        if network is None:
            sys.exit("no landmarks: npm pack @vladmandic/face-api, and unpack it into --judges")
        photographs = load_photographs(options.run / "photographs")
        columns = measured_labels(photographs, network)
        add_columns(options.labels, [each.name for each in photographs.about], columns)
    except OodError as error:
        sys.exit(str(error))
    for name, labels in columns.items():
        print(f"{name}: {int((labels == 1).sum())} show it, {int((labels == 0).sum())} do not")


if __name__ == "__main__":
    main()
