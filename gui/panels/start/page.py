"""The start page: choose a protocol, set its parameters, check, rehearse, start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from bench.clock import Clock
from bench.config.catalogue import Catalogue
from bench.messages import Message
from bench.service.requests import Begin
from gui.bridge.tasks import Progress, Tasks
from gui.panels.dialogs.files import choose_file
from gui.panels.start.begin_bar import BeginBar
from gui.panels.start.checking import Checking, Choice
from gui.panels.start.last_run import LastRun
from gui.panels.start.protocol_card import ProtocolCard
from gui.panels.start.protocol_list import ProtocolList
from gui.panels.start.rehearsing import Rehearse, Rehearsing, Wanted
from gui.panels.start.result_tabs import ResultTabs
from gui.state.start.offer import ProtocolEntry, read_protocol, read_protocols
from gui.state.start.preflight import PreflightState
from gui.state.start.rehearsal import Rehearsed
from gui.state.start.start import StartState
from gui.words import Words


class StartPage(QFrame):
    """Shows a `StartState`; what is chosen is its own."""

    asked = Signal(object)
    """A request; several of one click come in their order."""
    rehearsed = Signal(object)
    """`Rehearsed`, once a rehearsal has ended."""
    review_wanted = Signal(object)
    """Path of a run file to look into."""
    offered = Signal(object)
    """The `ProtocolEntry` of each protocol there is, once they have been read."""

    def __init__(
        self,
        words: Words,
        tasks: Tasks,
        catalogue: Catalogue,
        clock: Clock,
        *,
        rehearse: Rehearse,
        parent: QWidget | None = None,
    ) -> None:
        """Begin; `read` has the protocols read. The clock tells the date."""
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("start_page")
        self._words, self._tasks, self._catalogue = words, tasks, catalogue
        self._entries: tuple[ProtocolEntry, ...] = ()
        self._state = StartState()
        self._folder: Path | None = None
        self._checking = Checking(tasks, catalogue, clock, self)
        self._rehearsing = Rehearsing(tasks, rehearse, self)
        self._rehearsed_choice = Choice()
        self._last = LastRun(tasks, self)
        self._list = ProtocolList(words, self)
        self._card = ProtocolCard(words, catalogue, self)
        self._results = ResultTabs(words, self)
        self._bar = BeginBar(words, self)
        self._compose()
        self._connect()

    @property
    def choice(self) -> Choice:
        """What is chosen."""
        return self._checking.choice

    def read(self) -> None:
        """Read the protocols anew, off this thread."""
        catalogue = self._catalogue

        def work(progress: Progress) -> tuple[ProtocolEntry, ...]:
            return read_protocols(catalogue, progress.check)

        self._tasks.start(work, self._offer, self._bar.tell)

    def display(self, state: StartState, preflight: PreflightState, folder: Path | None) -> None:
        """Show the bench.

        Args:
            state: What it is and whether a run may begin.
            preflight: Its checks.
            folder: Where its run files are; None: not known.
        """
        self._results.preflight.display(preflight)
        if state == self._state and folder == self._folder:
            return
        if state.may_begin and not self._state.may_begin:
            self._bar.tell(None)
        self._state = state
        self._folder = folder
        self._last.look(state, folder)
        self._list.display(self._entries, state.kind)
        self._card.set_model(state.model)
        self._checking.set_bench(state.model, is_virtual=state.is_virtual)
        self._show_outlook()

    def set_operator(self, operator: str) -> None:
        """Say who runs, explains and attests if nobody says otherwise."""
        self._bar.set_operator(operator)
        self._results.preflight.set_operator(operator)

    def choose(self, protocol: str, parameters: dict[str, str] | None = None) -> None:
        """Choose a protocol, and values of its parameters, as a person would."""
        self._list.choose(protocol)
        self._card.form.set_values(parameters or {})

    def set_trace_view(self, widget: QWidget) -> None:
        """Show a widget with the traces of a rehearsal, once there are any."""
        self._results.rehearsal.set_trace_view(widget)

    def refused(self, reason: Message | None) -> None:
        """Show why the bench did not begin; None: it does."""
        self._bar.tell(reason)

    def stop(self) -> None:
        """Check and rehearse nothing any more; for who closes the window."""
        self._checking.stop()
        self._rehearsing.cancel()

    def _compose(self) -> None:
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        split = QSplitter(Qt.Orientation.Vertical, right)
        split.setChildrenCollapsible(False)
        split.addWidget(self._card)
        split.addWidget(self._results)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        column.addWidget(split, 1)
        column.addWidget(self._bar)
        whole = QSplitter(Qt.Orientation.Horizontal, self)
        whole.setChildrenCollapsible(False)
        whole.addWidget(self._list)
        whole.addWidget(right)
        whole.setStretchFactor(0, 1)
        whole.setStretchFactor(1, 3)
        whole.setSizes([260, 640])
        QVBoxLayout(self).addWidget(whole)

    def _connect(self) -> None:
        results, rehearsing = self._results, self._rehearsing
        self._list.chosen.connect(self._select)
        self._list.file_wanted.connect(self._open)
        self._card.changed.connect(self._take_choice)
        self._checking.changed.connect(self._show_outlook)
        results.outlook.check_wanted.connect(self._checking.check_now)
        results.preflight.asked.connect(self.asked)
        results.rehearsal.wanted.connect(self._rehearse)
        results.rehearsal.cancelled.connect(rehearsing.cancel)
        results.rehearsal.review_wanted.connect(self.review_wanted)
        rehearsing.progressed.connect(results.rehearsal.progress)
        rehearsing.ended.connect(self._take_rehearsal)
        self._bar.asked.connect(self.asked)
        self._last.changed.connect(self._show_outlook)

    def _offer(self, entries: tuple[ProtocolEntry, ...]) -> None:
        files = tuple(each for each in self._entries if Path(each.name).is_absolute())
        self._entries = (*entries, *files)
        self._list.display(self._entries, self._state.kind)
        self.offered.emit(self._entries)

    def _open(self) -> None:
        path = choose_file(self, self._words.text("start.open-file"), "*.yaml *.yml")
        if path is None:
            return
        entry = read_protocol(str(path.absolute()), self._catalogue)
        self._entries = (*(e for e in self._entries if e.name != entry.name), entry)
        self._list.display(self._entries, self._state.kind)
        self._list.choose(entry.name)

    def _select(self, name: str) -> None:
        entry = next((each for each in self._entries if each.name == name), None)
        self._card.display(entry)
        self._take_choice()

    def _take_choice(self) -> None:
        self._bar.tell(None)
        self._checking.choose(Choice(self._list.current, self._card.form.chosen))
        if self._checking.choice != self._rehearsed_choice:
            self._results.rehearsal.mark_stale()

    def _show_outlook(self) -> None:
        outlook, is_checking = self._checking.outlook, self._checking.is_checking
        self._results.outlook.display(outlook, is_checking=is_checking)
        is_ready = outlook is not None and outlook.is_ready and self._card.form.is_valid
        self._results.rehearsal.allow(may_rehearse=is_ready and not self._rehearsing.is_running)
        lacking = None if is_ready else self._lacking(is_checking=is_checking)
        begin = Begin(self.choice.protocol, self.choice.parameters)
        self._bar.display(self._state, self._last.resumable, begin, lacking)

    def _lacking(self, *, is_checking: bool) -> Message:
        if not self.choice.protocol:
            return Message("start.choose-first")
        return Message("start.checking" if is_checking else "start.mend-first")

    def _rehearse(self) -> None:
        choice, model = self.choice, self._state.model
        if model is None:
            return
        rig = model.rig_source.name if model.rig_source is not None else model.name
        self._rehearsed_choice = choice
        self._results.rehearsal.begin()
        self._rehearsing.begin(Wanted(choice.protocol, rig, choice.parameters))
        self._show_outlook()

    def _take_rehearsal(self, found: Rehearsed | None, failure: Message | None) -> None:
        self._results.rehearsal.end(found, failure)
        self._show_outlook()
        if found is not None:
            self.rehearsed.emit(found)
