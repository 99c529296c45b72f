"""What holds for every test of the app: no screen is needed, and nothing is left behind."""

import gc
import os
import threading

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.words import Words
from tests.gui.serving import Benches


@pytest.fixture(scope="session")
def qapp_cls():
    return QApplication


@pytest.fixture(scope="session", autouse=True)
def settings_of_our_own(tmp_path_factory):
    """The settings of the person who runs the tests are left alone."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("H2BENCH_SETTINGS", str(tmp_path_factory.mktemp("app") / "app.json"))
        yield


@pytest.fixture(scope="session", autouse=True)
def themed(qapp):
    qapp.setStyle("Fusion")
    qapp.setPalette(theme.palette())
    qapp.setStyleSheet(theme.STYLE)
    qapp.setFont(theme.body_font())


@pytest.fixture(autouse=True)
def nothing_is_left_behind(qapp):
    """After every test no window, timer or thread is there that was not there before."""
    windows = set(qapp.topLevelWidgets())
    threads = {each.ident for each in threading.enumerate()}
    yield
    for _ in range(3):
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        qapp.processEvents()
    gc.collect()
    left = [each for each in qapp.topLevelWidgets() if each not in windows]
    assert not [f"{type(each).__name__} {each.objectName()}" for each in left]
    assert not [each.name for each in threading.enumerate() if each.ident not in threads]
    assert not [each for each in qapp.findChildren(QTimer) if each.isActive()]


@pytest.fixture
def words():
    return Words("en")


@pytest.fixture(scope="session")
def own_servers(tmp_path_factory):
    """Keys and addresses of servers that are none of the user's."""
    folder = tmp_path_factory.mktemp("servers")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("H2BENCH_SERVERS", str(folder / "addresses"))
        environment.setenv("H2BENCH_KEYS", str(folder / "keys"))
        yield folder


@pytest.fixture(scope="module")
def served(own_servers, tmp_path_factory):
    """``served(rig, speed)`` returns a simulated rig that another process serves; ends them all.

    Its result has `server` (`ServerFile`), `rig`, `access` and `folder` (its run files).
    """
    benches = Benches(tmp_path_factory.mktemp("benches"))
    yield benches
    benches.end()
