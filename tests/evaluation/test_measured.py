"""What was measured of each picture is kept as soon as it is there, and an interrupted run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ood_core.errors import ImageError
from ood_core.evaluation.photographs.measured import Figures, Measured

ITEMS = [("a/1", 1), ("a/2", 2), ("b/1", 3)]
RUN = {"bundle": "tiny"}


def test_an_interrupted_run_measures_only_what_is_left(tmp_path: Path) -> None:
    path, asked = tmp_path / "out" / "bench.lines", []

    def measure(number: int) -> Figures:
        asked.append(number)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return {"square": number * number, "none": None}

    with pytest.raises(KeyboardInterrupt):
        Measured(path, RUN).each("squares", ITEMS, measure)
    again, told = Measured(path, RUN), []
    assert again.known == 2
    found = again.each("squares", ITEMS, measure, lambda *step: told.append(step))
    assert asked == [1, 2, 3, 3] and [figures["square"] for figures in found] == [1, 4, 9]
    assert told[-1] == (3, 3, "squares")
    assert Measured(path, RUN).each("squares", ITEMS, measure) == found and len(asked) == 4
    again.forget()
    assert not path.exists()


def test_a_line_that_was_not_written_to_its_end_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "bench.lines"
    Measured(path, RUN).each("squares", ITEMS, lambda number: {"square": number})
    whole = path.read_text().splitlines(keepends=True)
    for torn in (
        "".join(whole[:-1]) + whole[-1][:7],
        "".join(whole[:-1]) + "{}\n",
        "".join(whole[:-1]) + "[]\n",
    ):
        path.write_text(torn)
        again = Measured(path, RUN)
        assert again.known == 2
        again.each("squares", ITEMS, lambda number: {"square": number})
        assert path.read_text().splitlines(keepends=True) == whole


@pytest.mark.parametrize(
    "text", ["", "\n", "no lines", '{"run": {"bundle": "another"}}\n["squares/a/1", {}]\n']
)
def test_lines_of_another_run_are_not_taken_up(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bench.lines"
    path.write_text(text)
    assert Measured(path, RUN).known == 0
    path.write_bytes(b"\xff\xfe")
    assert Measured(path, RUN).known == 0


def test_stages_do_not_take_each_other_s_figures_and_a_bad_place_is_said(tmp_path: Path) -> None:
    measured = Measured()
    assert measured.each("squares", ITEMS, lambda n: {"n": n}) != measured.each(
        "roots", ITEMS, lambda n: {"n": -n}
    )
    assert measured.of("squares") == {"a/1": {"n": 1}, "a/2": {"n": 2}, "b/1": {"n": 3}}
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match="cannot be written"):
        Measured(tmp_path / "file" / "bench.lines", RUN)
