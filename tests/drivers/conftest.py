"""The one resource manager of the application, for all tests on real sockets."""

import pytest
import pyvisa


@pytest.fixture(scope="session")
def manager():
    """Return the one resource manager of the application."""
    manager = pyvisa.ResourceManager("@py")
    yield manager
    manager.close()
