"""Another lot of fuel gas: its certificate, line by line, checked while one types."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from bench.messages import Message
from bench.model import GasLot
from bench.service.requests import ChangeGas, TakeControl
from gui.panels.dialogs.sheet import Sheet
from gui.state.console.gas import (
    FUELS,
    REFERENCES,
    GasForm,
    Impurity,
    checked,
    form_of,
    fraction_text,
)
from gui.words import Words

_HEADS = ("gas-species", "gas-fraction", "gas-uncertainty")


class GasDialog(Sheet):
    """Asks for the certificate of a gas lot."""

    def __init__(
        self,
        words: Words,
        now: GasLot | None,
        *,
        has_control: bool,
        parent: QWidget | None = None,
    ) -> None:
        """Ask for the lot after the present one; control is taken where we do not hold it."""
        super().__init__(words, "dialog.gas", parent)
        self.setObjectName("gas_dialog")
        self._now, self._has_control = now, has_control
        form = form_of(now)
        self._present = QLabel(self)
        self._present.setProperty("role", "label")
        self._lot, self._date = QLineEdit(self), QLineEdit(self)
        self._lot.setObjectName("gas_lot")
        self._date.setObjectName("gas_date")
        self._fuel = _combo(self, "gas_fuel", FUELS, form.fuel)
        self._reference = _combo(self, "gas_reference", REFERENCES, form.reference)
        self._table = _table(self)
        self._balance = QLabel(self)
        self._balance.setObjectName("gas_balance")
        self._compose()
        self._give = self.button("gas_give", "dialog.gas-give", self._ask)
        self.button("gas_cancel", "dialog.cancel", self.close)
        for impurity in form.impurities:
            self._append(impurity)
        self._connect()
        self.resize(520, 480)
        self.speak()
        self._judge()
        self._lot.setFocus()

    @property
    def form(self) -> GasForm:
        """What is typed."""
        return GasForm(
            lot=self._lot.text(),
            date=self._date.text(),
            fuel=self._fuel.currentText(),
            reference=self._reference.currentText(),
            impurities=tuple(self._impurity(row) for row in range(self._table.rowCount())),
        )

    def speak(self) -> None:
        """Set all texts in the language of now."""
        super().speak()
        say, now = self._words.text, self._now
        told = say("dialog.gas-none-now")
        if now is not None:
            told = say("dialog.gas-now", lot=now.lot, date=now.date)
        self._present.setText(told)
        self._table.setHorizontalHeaderLabels([say(f"dialog.{each}") for each in _HEADS])
        for field, name in (
            (self._lot, "gas-lot"), (self._date, "gas-date"), (self._fuel, "gas-fuel"),
            (self._reference, "gas-reference"), (self._table, "gas-species"),
        ):  # fmt: skip
            field.setAccessibleName(say(f"dialog.{name}"))
        self._judge()

    def _compose(self) -> None:
        self.body.addWidget(self.label("dialog.gas-about"))
        self.body.addWidget(self._present)
        fields = QFormLayout()
        for name, field in (
            ("gas-lot", self._lot), ("gas-date", self._date), ("gas-fuel", self._fuel),
            ("gas-reference", self._reference),
        ):  # fmt: skip
            label = self.label(f"dialog.{name}", role="body")
            label.setBuddy(field)
            label.setWordWrap(False)
            fields.addRow(label, field)
        self.body.addLayout(fields)
        self.body.addWidget(self._table, 1)
        self.body.addWidget(self._balance)

    def _connect(self) -> None:
        add = QPushButton(self)
        remove = QPushButton(self)
        for button, name, slot in (
            (add, "gas-add", self._add), (remove, "gas-remove", self._remove),
        ):  # fmt: skip
            button.setObjectName(name.replace("-", "_"))
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            self.follow(button, f"dialog.{name}")
        self.buttons.insertWidget(0, add)
        self.buttons.insertWidget(1, remove)
        for field in (self._lot, self._date):
            field.textChanged.connect(self._judge)
        for box in (self._fuel, self._reference):
            box.currentIndexChanged.connect(self._judge)
        self._table.itemChanged.connect(self._judge)

    def _append(self, impurity: Impurity) -> None:
        row = self._table.rowCount()
        self._table.insertRow(row)
        for column, text in enumerate((impurity.species, impurity.fraction, impurity.uncertainty)):
            self._table.setItem(row, column, QTableWidgetItem(text))

    def _add(self) -> None:
        self._append(Impurity("", ""))
        row = self._table.rowCount() - 1
        self._table.setCurrentCell(row, 0)
        self._table.edit(self._table.currentIndex())

    def _remove(self) -> None:
        self._table.removeRow(self._table.currentRow())
        self._judge()

    def _impurity(self, row: int) -> Impurity:
        items = [self._table.item(row, column) for column in range(3)]
        return Impurity(*("" if item is None else item.text() for item in items))

    def _judge(self) -> None:
        found = checked(self.form)
        self._give.setEnabled(found.lot is not None)
        self.tell(_all(found.problems))
        self._balance.setVisible(found.lot is not None)
        self._balance.setText(
            self._words.text(
                "dialog.gas-balance",
                fuel=self._fuel.currentText(),
                balance=f"{found.balance * 100:.5f} %",
                impurities=fraction_text(found.impurities),
            )
        )

    def _ask(self) -> None:
        lot = checked(self.form).lot
        if lot is None:
            return
        if not self._has_control:
            self.asked.emit(TakeControl())
        self.asked.emit(ChangeGas(lot))
        self.close()


def _all(problems: tuple[Message, ...]) -> Message | None:
    return problems[0] if problems else None


def _combo(parent: QWidget, name: str, texts: tuple[str, ...], now: str) -> QComboBox:
    box = QComboBox(parent)
    box.setObjectName(name)
    box.addItems(list(texts))
    box.setCurrentText(now)
    return box


def _table(parent: QWidget) -> QTableWidget:
    table = QTableWidget(0, 3, parent)
    table.setObjectName("gas_impurities")
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.setMinimumHeight(100)
    return table
