from pathlib import Path

import pytest

from enrollment.calc.definition import parse

DEFINITIONS = Path(__file__).resolve().parents[4] / "enrollment" / "definitions"


def read_text(name):
    return (DEFINITIONS / f"{name}.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def single_arm_text():
    return read_text("hcc-single-arm")


@pytest.fixture(scope="session")
def randomized_text():
    return read_text("hcc-randomized")


@pytest.fixture(scope="session")
def single_arm(single_arm_text):
    return parse(single_arm_text)


@pytest.fixture(scope="session")
def randomized(randomized_text):
    return parse(randomized_text)


@pytest.fixture(scope="session")
def akkermansia_text():
    return read_text("crc-akkermansia")


@pytest.fixture(scope="session")
def akkermansia(akkermansia_text):
    return parse(akkermansia_text)


@pytest.fixture(scope="session")
def references_text():
    return read_text("references")
