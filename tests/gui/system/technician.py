"""A technician: hands on mouse and keyboard of a console, eyes on what it shows."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QMenu,
    QTabWidget,
    QTreeWidget,
    QWidget,
)

from bench.control.states import State
from bench.service.port import BenchState
from gui.panels.console.console_view import Tab
from gui.state.session import Session

PATIENCE = 30_000
LEFT = Qt.MouseButton.LeftButton


class Technician:
    """Operates a console's window by what can be seen of it."""

    def __init__(self, qtbot, window):
        self.qtbot, self.window = qtbot, window

    @property
    def session(self) -> Session:
        attendance = self.window.attendance
        return Session() if attendance is None else attendance.session

    @property
    def bench(self) -> BenchState:
        return self.session.bench

    def until(self, seen, timeout=PATIENCE):
        self.qtbot.waitUntil(lambda: bool(seen()), timeout=timeout)

    def until_state(self, *states: State):
        self.until(lambda: self.bench.state in states)

    def all_seen(self, name, kind=QWidget):
        """Return the widgets of a name that can be seen, in any window."""
        tops = (each for each in QApplication.topLevelWidgets() if each.isVisible())
        found = {id(w): w for top in tops for w in [top, *top.findChildren(kind, name)]}
        return [
            each
            for each in found.values()
            if each.objectName() == name and isinstance(each, kind) and each.isVisible()
        ]

    def sees(self, name, kind=QWidget) -> bool:
        return bool(self.all_seen(name, kind))

    def can(self, name) -> bool:
        """Whether a widget is seen and may be operated."""
        return any(each.isEnabled() for each in self.all_seen(name))

    def widget(self, name, kind=QWidget):
        self.until(lambda: self.sees(name, kind))
        return self.all_seen(name, kind)[0]

    def click(self, name):
        self.until(lambda: self.can(name))
        chosen = next(each for each in self.all_seen(name) if each.isEnabled())
        self.qtbot.mouseClick(chosen, LEFT)

    def press(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)
        self.qtbot.keyClick(self.window, key, modifier)

    def type(self, name, text):
        """Write into a field instead of what stands there."""
        field = self.widget(name)
        self.qtbot.mouseClick(field, LEFT)
        if isinstance(field, QLineEdit):
            field.selectAll()
        self.qtbot.keyClicks(field, text)

    def text(self, name) -> str:
        """Return what a label says; empty where it is not seen."""
        return "\n".join(each.text() for each in self.all_seen(name, QLabel))

    def says(self) -> str:
        """Return all sentences that are seen."""
        tops = (each for each in QApplication.topLevelWidgets() if each.isVisible())
        labels = (each for top in tops for each in top.findChildren(QLabel) if each.isVisible())
        return "\n".join(each.text() for each in labels)

    def turn_to(self, tab: Tab):
        self._turn("pages", tuple(Tab).index(tab))

    def turn_start_page(self, index):
        self._turn("start_tabs", index)

    def _turn(self, name, index):
        tabs = self.widget(name, QTabWidget).tabBar()
        place = tabs.tabRect(index).center()
        assert tabs.rect().contains(place), "the tab is out of sight"
        self.qtbot.mouseClick(tabs, LEFT, pos=place)

    def choose(self, protocol):
        """Search a protocol and click it."""
        self.type("protocol_search", protocol)
        tree = self.widget("protocols", QTreeWidget)

        def found():
            tops = (tree.topLevelItem(i) for i in range(tree.topLevelItemCount()))
            items = (top.child(i) for top in tops for i in range(top.childCount()))
            named = (i for i in items if i.data(0, Qt.ItemDataRole.UserRole) == protocol)
            return next(named, None)

        self.until(lambda: found() is not None)
        tree.scrollToItem(found())
        place = tree.visualItemRect(found()).center()
        self.qtbot.mouseClick(tree.viewport(), LEFT, pos=place)

    def menu(self, place, action):
        """Open a menu of the bar and choose an action in it, by mouse."""
        bar = self.window.menuBar()
        opened: QMenu = bar.actions()[place].menu()
        self.qtbot.mouseClick(bar, LEFT, pos=bar.actionGeometry(bar.actions()[place]).center())
        self.until(opened.isVisible)
        chosen = next(each for each in opened.actions() if each.objectName() == action)
        self.qtbot.mouseClick(opened, LEFT, pos=opened.actionGeometry(chosen).center())

    def hold(self, name, seconds=1.3):
        """Keep a button pressed with the mouse."""
        button = self.widget(name)
        QTest.mousePress(button, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(20, 12))
        self.qtbot.wait(round(1000 * seconds))
        QTest.mouseRelease(button, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(20, 12))

    def hold_key(self, name, key, seconds=1.3):
        """Keep a key pressed on the button that has the keyboard."""
        button = self.widget(name)
        self.until(button.hasFocus)
        QTest.keyPress(button, key)
        self.qtbot.wait(round(1000 * seconds))
        QTest.keyRelease(button, key)
