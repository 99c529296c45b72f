"""A technician at the console: from a protocol to its verdict, and what goes wrong on the way."""

import os
from itertools import pairwise

import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QLabel, QListWidget, QMessageBox, QPushButton

from bench.control.states import State
from bench.service import gate as gate_module
from bench.service.address import find
from bench.service.keys import user_keys
from bench.service.port import Attention, BenchState
from gui.panels.console.console_view import Tab
from gui.panels.dialogs.mishaps import Mishaps
from gui.plots.time_stack import TimeStack
from tests.bench.service.serving import Served
from tests.gui.serving import CLOCK
from tests.gui.system.conftest import KILL

BEST_POINT, START = "hydrogen-engine/best-point", "hydrogen-engine/start"
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def attach(technician, rig):
    """Attach to a bench that the welcome page lists."""
    pick(technician, rig)
    technician.until(lambda: technician.session.model is not None and technician.bench.preflight)
    assert technician.bench.rig == rig


def pick(technician, rig):
    """Click a bench in the list, and attach."""
    served = technician.widget("welcome_page").findChild(QListWidget, "served_benches")

    def place():
        rows = [r for r in range(served.count()) if served.item(r).text().startswith(f"{rig},")]
        return served.visualItemRect(served.item(rows[0])).center() if rows else None

    technician.until(lambda: served.isVisible() and place() is not None)
    technician.qtbot.mouseClick(served.viewport(), Qt.MouseButton.LeftButton, pos=place())
    technician.click("attach_bench")


def confirm(technician):
    """Answer what the run asks, signed, until it asks no more."""
    technician.until(lambda: technician.bench.attention is Attention.QUESTION)
    technician.widget("prompt_dialog", QDialog).close()  # answers nothing, and may be had again
    technician.press(Qt.Key.Key_F4)
    technician.click("prompt_done")
    technician.until(lambda: not technician.sees("prompt_dialog"))


def test_a_wrong_parameter_is_a_sentence_and_a_rehearsal_shows_what_would_be(
    technician, faulty_bench
):
    attach(technician, faulty_bench.rig)
    technician.turn_to(Tab.START)
    technician.choose(START)
    technician.type("parameter_flush", "2 bar")
    technician.until(lambda: technician.widget("parameter_flush").property("valid") is False)
    assert "flush" in technician.says()
    assert not technician.can("start_run")
    technician.type("parameter_flush", "6 s")
    technician.click("check_now")
    technician.until(lambda: technician.can("start_run"))
    assert technician.sees("step_tree")
    technician.turn_start_page(1)
    technician.click("rehearse")
    technician.until(lambda: technician.sees("review_rehearsal"))
    assert "completed" in technician.text("rehearsal_headline").lower()
    stack = technician.widget("rehearsal_stack", TimeStack)
    technician.until(lambda: stack.window_shown[1] > 20)
    technician.turn_start_page(2)
    assert technician.sees("preflight_table")


def test_a_run_from_its_start_to_its_verdict(technician, faulty_bench):
    attach(technician, faulty_bench.rig)
    begin(technician, BEST_POINT)
    assert technician.bench.control == "test@here"
    technician.turn_to(Tab.OVERVIEW)
    confirm(technician)

    technician.until(lambda: "crankcase-hydrogen-early" in technician.says())
    assert technician.sees("alarm_row_0")
    technician.press(Qt.Key.Key_F1)
    assert "Unload and check its ventilation" in said_by(technician, "alarm_help_dialog")
    technician.widget("alarm_help_dialog").close()
    technician.press(Qt.Key.Key_F2)
    technician.until(lambda: alarm_of(technician).state == "acknowledged")

    technician.press(Qt.Key.Key_H, CTRL)
    technician.until_state(State.HOLDING)
    technician.until(lambda: technician.bench.position.phase == "held")
    technician.click("verb_resume")
    technician.until_state(State.AUTOMATIC)

    technician.press(Qt.Key.Key_N, CTRL)
    technician.type("note_text", "valve sounds rough")
    technician.click("note_write")
    technician.press(Qt.Key.Key_8, CTRL)
    assert technician.window.view.page is Tab.LOG
    technician.until(
        lambda: any("valve sounds rough" in str(e.message) for e in technician.session.events)
    )

    english = technician.widget("verb_hold", QPushButton).text()
    speak(technician, "zh")
    technician.until(lambda: technician.widget("verb_hold", QPushButton).text() != english)
    assert technician.bench.state is State.AUTOMATIC
    speak(technician, "en")

    technician.hold("verb_soft_stop", seconds=0.3)
    assert technician.bench.state is State.AUTOMATIC  # let go too soon: nothing is ordered
    technician.hold("verb_soft_stop")
    technician.until_state(State.STOPPING, State.SAFE, State.MONITOR)
    technician.until(lambda: "no verdict" in technician.text("recorder_ending"))
    reviewed = []
    technician.window.review_wanted.connect(reviewed.append)
    technician.click("review_last")
    assert reviewed == [(technician.bench.last_file,)]


def speak(technician, language):
    """Switch the language in the menu, while it runs."""
    view = technician.window.menuBar().actions()[2].menu()
    actions = (sub for each in view.actions() if each.menu() for sub in each.menu().actions())
    next(each for each in actions if each.objectName() == f"language_{language}").trigger()


def stop_softly(technician):
    """Stop what runs, by keyboard: the keys of the stop put the keyboard on its button."""
    technician.press(Qt.Key.Key_S, CTRL | SHIFT)
    technician.hold_key("verb_soft_stop", Qt.Key.Key_Space)


def begin(technician, protocol):
    technician.turn_to(Tab.START)
    technician.choose(protocol)
    technician.click("start_run")
    technician.until_state(State.AUTOMATIC)


def test_an_app_that_is_killed_leaves_the_run_unharmed(technician, faulty_bench, app_beside):
    attach(technician, faulty_bench.rig)
    technician.until_state(State.MONITOR)
    begin(technician, START)
    app = app_beside(faulty_bench.rig)
    technician.until(lambda: app.poll() is None and is_attached(app, faulty_bench))
    technician.window.leave()
    os.kill(app.pid, KILL)
    app.wait()
    technician.click("look_for_benches")
    attach(technician, faulty_bench.rig)
    assert technician.bench.state is State.AUTOMATIC
    assert technician.bench.protocol == START
    confirm(technician)
    stop_softly(technician)
    technician.until_state(State.STOPPING, State.SAFE, State.MONITOR)


def is_attached(app, served):
    """Whether a process talks to the server."""
    ports = {served.server.ports.requests, served.server.ports.news}
    joined = {each.raddr.port for each in psutil.Process(app.pid).net_connections() if each.raddr}
    return ports <= joined


def test_a_server_that_is_killed_is_told_of_within_two_seconds_and_nothing_freezes(
    technician, faulty_bench
):
    attach(technician, faulty_bench.rig)
    ticks, ticking = [], QTimer()
    ticking.timeout.connect(lambda: ticks.append(CLOCK.now()))
    ticking.start(20)
    before = CLOCK.now()
    faulty_bench.kill()
    technician.until(lambda: technician.text("strip_trouble"), timeout=2_000)
    assert not technician.can("verb_hold")
    technician.until(lambda: CLOCK.now() - before > 2_500_000_000)
    ticking.stop()
    gaps = [after - first for first, after in pairwise(ticks)]
    assert max(gaps) < 1_000_000_000
    assert "keys" not in technician.text("notice_text")


def test_one_button_shows_a_test_run_and_closing_says_once_that_it_goes_on(
    technician, faulty_bench
):
    technician.click(f"try_{faulty_bench.rig}")
    technician.until(lambda: technician.session.model is not None)
    technician.until_state(State.AUTOMATIC)
    assert technician.bench.protocol == BEST_POINT
    assert technician.bench.is_simulated
    server = technician.window.attendance.server
    said = []

    def read():
        box = technician.widget("runs_go_on", QMessageBox)
        said.append(box.text())
        technician.qtbot.mouseClick(box.buttons()[0], Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, read)
    technician.window.close()
    assert server.rig in said[0]
    assert find(server.rig) == server
    technician.window.show()
    technician.window.attend(server)
    technician.until_state(State.AUTOMATIC)
    technician.window.close()  # nobody would read a second box: this would wait for ever
    assert len(said) == 1


def test_what_a_server_garbles_is_a_sentence_and_the_window_goes_on(
    technician, tmp_path, monkeypatch
):
    monkeypatch.setenv("H2BENCH_SERVERS", str(tmp_path))
    with Served(tmp_path, keys=user_keys()) as served:
        technician.click("look_for_benches")
        pick(technician, served.rig)
        technician.until(lambda: technician.session.is_connected)
        good = gate_module.encode_state
        monkeypatch.setattr(gate_module, "encode_state", lambda _: b"garbage")
        served.gate.publish(BenchState(rig="cell", protocol="unreadable"))
        technician.until(lambda: technician.text("notice_text"))
        monkeypatch.setattr(gate_module, "encode_state", good)
        served.gate.publish(BenchState(rig="cell", protocol="readable"))
        technician.until(lambda: technician.bench.protocol == "readable")
        technician.click("dismiss_notices")
        assert not technician.text("notice_text")
        technician.window.leave()


def test_an_error_of_ours_is_a_sentence_and_the_app_goes_on(technician, words):
    mishaps = Mishaps(words)
    error = ZeroDivisionError("division by zero")
    for _ in range(2):  # the second is not shown on top of the first
        mishaps.take(ZeroDivisionError, error, None)
    assert len(technician.all_seen("mishap")) == 1
    assert "division by zero" in technician.widget("mishap").text()
    technician.qtbot.mouseClick(technician.widget("mishap").buttons()[0], Qt.MouseButton.LeftButton)
    assert not technician.sees("mishap")


def said_by(technician, name):
    dialog = technician.widget(name, QDialog)
    return "\n".join(each.text() for each in dialog.findChildren(QLabel))


def alarm_of(technician):
    return next(
        each for each in technician.bench.alarm_list if each.id == "crankcase-hydrogen-early"
    )
