"""Long work says how long it will take, wherever its words go."""

from __future__ import annotations

import pytest

from ood_core.cli.console import measuring


def test_in_a_log_a_line_now_and_then_says_what_is_left_of_the_stage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with measuring(every=0) as told:
        for stage in ("photographs", "edits"):
            for done in (1, 2, 3):
                told(done, 3, stage)
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("note: photographs: 2 of 3, about ") and said[0].endswith(" min left")
    assert said[2].startswith("note: edits: 2 of 3") and len(said) == 4

    with measuring() as told:
        told(1, 3, "photographs")
        told(2, 3, "photographs")
    assert not capsys.readouterr().err
