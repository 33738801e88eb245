"""The campaign sees what it is there to see, and repeats a case exactly."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))


def test_a_hostile_pickle_would_act(scripts: None, tmp_path: Path) -> None:
    from campaign_mutations import hostile_pickle

    for seed in range(12):
        canary = tmp_path / f"canary{seed}"
        pickle.loads(hostile_pickle(str(canary), random.Random(seed), {"a": 1}))
        assert canary.exists()


def test_mutations_repeat_and_never_fail(scripts: None) -> None:
    from campaign_mutations import bytes_mutated, inside_mutated, json_mutated

    content = bytes(range(256)) * 3
    for seed in range(300):
        for mutate in (bytes_mutated, inside_mutated):
            once = mutate(content, [content], random.Random(seed))
            assert once == mutate(content, [content], random.Random(seed))
        json.loads(json_mutated('{"a": [1, {"b": "c"}], "d": null}', random.Random(seed)))


def test_there_are_templates_to_mutate(scripts: None, tmp_path: Path) -> None:
    """They were renamed once, and the campaign had no graphs left."""
    from campaign_seeds import workflows

    workflows(tmp_path)
    names = {path.name[:2] for path in tmp_path.iterdir()}
    assert {"01", "02", "05", "06"} <= names and not names & {"04", "08", "09"}, "core nodes lie between ours"


@pytest.mark.slow
def test_a_campaign_goes_on_where_it_stopped(tmp_path: Path) -> None:
    script, common = (
        str(SCRIPTS / "campaign.py"),
        ["-o", str(tmp_path), "--families", "landmarks", "--cases", "4"],
    )
    for _ in range(2):  # the second has nothing left to do, and starts no worker
        done = subprocess.run([sys.executable, script, *common], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        figures = json.loads((tmp_path / "campaign.json").read_text())
        assert figures["cases"] == 4 and not any(figures["total"].values())
