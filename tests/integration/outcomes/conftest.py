import pytest

from tests.integration.outcomes.story import Story, load_trial


@pytest.fixture
def version(db):
    return load_trial()


@pytest.fixture
def trial(version):
    return version.trial


@pytest.fixture
def tell(version):
    """Starts the story of an enrolled patient."""

    def start(number, **how):
        return Story(version, number, **how)

    return start
