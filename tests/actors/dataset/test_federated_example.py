"""The example of federated training: what it computes, what a client needs, and that it helps where failures differ."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from examples.federated import LOCAL_STEPS, Days, area, compare, federated, local_update, read_client, shared_moments

SMALL = [f"--set=fleet[{place}].{key}" for place in (0, 1) for key in ("interval=15m", "count=12")]


def days(seed: int, count: int) -> Days:
    random = np.random.default_rng(seed)
    figures = random.normal(size=(count, 3))
    return Days(figures, figures[:, 0] + random.normal(size=count) > 0.8)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped scenario of four sites, with fewer units that speak more seldom."""
    root = tmp_path_factory.mktemp("federated") / "sites"
    command = ["dataset", "dataset-sites", "--out", str(root), "--split", "65/34/1", "--quiet", *SMALL]
    subprocess.run([sys.executable, "-m", "api.cli", *command], check=True, timeout=600)
    return root


def test_what_all_learn_together_foresees_more_than_what_any_site_knows(sites: Path) -> None:
    table = compare(sites)
    alone = [areas["all"] for way, areas in table.items() if way.endswith("alone")]
    assert len(alone) == 4
    assert max(alone) < table["federated"]["all"] < 0.99
    assert min(alone) < 0.6  # what fails at one site never fails at another


def test_a_client_needs_no_telemetry_but_its_own(sites: Path, tmp_path: Path) -> None:
    lonely = copytree(sites, tmp_path / "lima", ignore=ignore_patterns("site=cairo", "site=oslo", "site=pune", "truth"))
    for own, there in zip(read_client(lonely, "lima"), read_client(sites, "lima"), strict=True):
        assert np.array_equal(own.figures, there.figures)
        assert np.array_equal(own.fails, there.fails)
        assert own.fails.any()
        assert not own.fails.all()


@given(st.integers(0, 2**32 - 1), st.integers(20, 200))
def test_the_area_is_the_one_that_others_compute(seed: int, count: int) -> None:
    some = days(seed, count)
    weights = np.array([1.0, 0.2, -0.1])
    if some.fails.any() and not some.fails.all():
        assert area(weights, some) == pytest.approx(roc_auc_score(some.fails, some.figures @ weights))
    else:
        assert np.isnan(area(weights, some))


def test_one_client_alone_learns_as_if_it_were_not_federated() -> None:
    only = days(1, 300)
    assert np.allclose(federated([only], rounds=3), local_update(np.zeros(3), only, 3 * LOCAL_STEPS))


def test_clients_of_the_same_days_agree_and_the_moments_are_those_of_all() -> None:
    first, second = days(1, 300), days(2, 100)
    assert np.allclose(federated([first, first], rounds=3), federated([first], rounds=3))
    moments, whole = shared_moments([first, second]), np.concatenate([first.figures, second.figures])
    assert np.allclose(moments.mean, whole.mean(0))
    assert np.allclose(moments.spread, whole.std(0))
