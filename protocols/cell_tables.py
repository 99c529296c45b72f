"""What a fuel cell run shows beside single results, as tables in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text as Styled

from bench.messages import Bilingual, Message, worded
from bench.units import significant
from protocols.cell_quantities import RATES
from protocols.cell_results import CurveResult, FileRow, LifeResult, SpectrumResult
from protocols.results import Result, RunResults
from protocols.wording import Text

CURVE_POINTS = frozenset({"iv-up", "iv-down", "impedance"})
"""Points that have a table of their own."""
_WORDS = frozenset({"part", "file", "state", "direction", "used", "range", "window", "operation"})


def is_row_of_life(result: Result) -> bool:
    """Return whether the table of degradation shows a result already."""
    return result.verdict is None and result.name in RATES


class CellTables:
    """Tables in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def all(self, results: RunResults) -> Iterator[RenderableType]:
        """Yield what there is of files, operation, life, curves and spectra."""
        if results.files:
            yield self.files(results.files)
        if any(row.value for row in results.counts):
            yield self._table(
                self._say("operation"),
                ("operation", "number"),
                [
                    (
                        self._told(row.title),
                        f"{_number(row.value, 1 if row.unit else 0)} {row.unit}".strip(),
                    )
                    for row in results.counts
                    if math.isfinite(row.value)
                ],
            )
        if results.life is not None:
            yield from self.life(results.life)
        for curve in results.curves:
            yield from self.curve(curve)
        if results.spectra:
            yield from self.spectra(results.spectra)

    def files(self, files: Sequence[FileRow]) -> Table:
        """Return the files of a series."""
        rows = [
            (each.file, f"{each.start:.2f} … {each.end:.2f} h", str(each.rows),
             worded("ending", each.state, self._language))
            for each in files
        ]  # fmt: skip
        return self._table(self._say("files"), ("file", "window", "rows", "state"), rows)

    def life(self, life: LifeResult) -> Iterator[RenderableType]:
        """Yield the degradation with denominator and window."""
        rows = [
            (
                self._told(row.title),
                str(row.count or ""),
                _three(row.percent, 3),
                _three(row.millivolt, 2),
                _three(row.resistance, 2),
                f"{row.begin:.0f} … {row.end:.0f} h",
            )
            for row in life.rates
        ]
        headings = ("part", "count", "%/kh", "mV/kh", "mΩ·cm²/kh", "window")
        yield self._table(self._say("life"), headings, rows)
        yield Styled("  " + self._say(
            "life-of",
            voltage=f"{life.reference_voltage:.4f} V",
            time=f"{life.reference_time:.0f} h",
            temperature=f"{life.reference_temperature:.1f} °C",
            density=f"{life.reference_current_density:.3f} A/cm²",
            utilisation=f"{life.reference_utilisation:.1f} %",
        ))  # fmt: skip
        yield Styled("  " + self._say(
            "simple",
            two=_number(life.two_point, 3),
            line=_number(life.line, 3),
            theil=_number(life.theil_sen, 3),
            reversible=f"{_number(life.reversible, 2)} mV",
            share=f"{_number(life.reversible_share, 0)} %",
        ))  # fmt: skip

    def curve(self, curve: CurveResult) -> Iterator[RenderableType]:
        """Yield one i-V curve."""
        headings = (
            "density", "voltage", "lowest", "nernst-short", "chord", "slope", "direction",
        )  # fmt: skip
        rows = [
            (
                f"{point.current_density:.3f}",
                f"{point.voltage:.4f}",
                _number(point.lowest_voltage, 4),
                _number(point.nernst_voltage, 4),
                _number(point.chord_resistance, 0),
                _number(point.differential_resistance, 0),
                self._say(point.direction),
            )
            for point in curve.points
        ]
        yield self._table(self._say("curve", at=f"{curve.at:.1f} h"), headings, rows)
        if math.isfinite(curve.hysteresis):
            yield Styled("  " + self._say("hysteresis", value=f"{curve.hysteresis:.1f} mV"))
        for note in curve.notes:
            yield Styled("  · " + self._told(note))

    def spectra(self, spectra: Sequence[SpectrumResult]) -> Iterator[RenderableType]:
        """Yield all spectra, circuit and peaks of the last one used; of files, of each."""
        has_files = any(each.file for each in spectra)
        headings = (
            "file" if has_files else "window", "density", "temperature-short", "points", "range",
            "ohmic", "polarisation", "kk", "drift", "used",
        )  # fmt: skip
        rows = [self._spectrum_row(each) for each in spectra]
        yield self._table(self._say("spectra"), headings, rows)
        used = [each for each in spectra if each.is_used]
        for each in used if has_files else used[-1:]:
            yield from self._circuit(each)

    def _spectrum_row(self, found: SpectrumResult) -> tuple[str, ...]:
        reach = f"{significant(found.highest, 2)} … {significant(found.lowest, 2)} Hz"
        return (
            found.file or f"{found.at:.1f} h",
            _number(found.current_density, 3),
            _number(found.temperature, 1, " °C"),
            str(found.points),
            reach if found.points else "–",
            _with(found.ohmic_resistance, found.ohmic_uncertainty),
            _with(found.polarisation_resistance, found.polarisation_uncertainty),
            _number(found.residual, 2, " %"),
            _number(found.drift, 2, " %"),
            self._say("yes" if found.is_used else "no"),
        )

    def _circuit(self, found: SpectrumResult) -> Iterator[Styled]:
        begin = f"  {found.file}  " if found.file else "  "
        shown = [
            f"{each.element} {significant(each.value, 3)} {each.unit} "
            f"(± {each.relative_uncertainty:.0f} %)"
            for each in found.elements
            if each.name == "resistance"
        ]
        if shown:
            yield Styled(begin + "  ".join(shown))
        peaks = [
            f"{significant(each.frequency, 2)} Hz {significant(each.resistance, 3)} mohm*cm^2"
            for each in found.peaks
        ]
        if peaks:
            yield Styled(f"{begin}DRT  " + "  ".join(peaks))

    def _table(self, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
        table = Table(title=title, title_justify="left")
        for name in headings:
            shown = name if "/" in name else self._say(name)
            table.add_column(shown, justify="left" if name in _WORDS else "right")
        for row in rows:
            table.add_row(*row)
        return table

    def _say(self, name: str, **arguments: object) -> str:
        return Message(f"cell.{name}", arguments).text(self._language)

    def _told(self, text: Text) -> str:
        return text.text(self._language) if isinstance(text, Message | Bilingual) else text


def _three(values: tuple[float, float, float], places: int) -> str:
    value, lower, upper = values
    if not math.isfinite(value):
        return "–"
    return f"{value:.{places}f} ({lower:.{places}f} … {upper:.{places}f})"


def _number(value: float, places: int, behind: str = "") -> str:
    return f"{value:.{places}f}{behind}" if math.isfinite(value) else "–"


def _with(value: float, uncertainty: float) -> str:
    shown = _number(value, 1)
    return f"{shown} ± {uncertainty:.1f}" if math.isfinite(uncertainty) else shown
