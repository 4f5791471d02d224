"""The built wheel works on its own: seeds and all, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("cited_qa-*.whl")
    return built


def test_an_installed_wheel_answers_from_the_article_it_carries(
    wheel: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--target", site, wheel]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    program = (
        "import qa, ui.page\n"
        "print(qa.__file__, ui.page.__file__)\n"
        "print(qa.ask('When is the summit?').text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    where, answer = done.stdout.splitlines()
    assert where == f"{site}/qa/__init__.py {site}/ui/page.py"
    assert "August 12" in answer


def test_the_wheel_holds_the_packages_and_the_seeds_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"index", "qa", "ui", "seeds"}
