"""A session of a bench that runs."""

import pytest

from tests.gui.state import sessions


@pytest.fixture
def session():
    return sessions.session()
