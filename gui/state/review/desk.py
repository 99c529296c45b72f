"""What lies on the reviewer's desk: open runs, strips, formulas, alignment; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gui.state.plots.open_run import OpenRun
from gui.state.plots.picture import Curve
from gui.state.plots.strip_plan import Strip
from gui.state.review.alignment import Alignment, By, Placed, placed, zero_utc_ns
from gui.state.review.channel_tree import key_parts, short_titles
from gui.state.review.formula import SIGN, Formula
from gui.state.review.layout import View, named, numbered
from gui.state.review.plot_plan import NEW, PlotPlan, StripPlan, first_plan
from gui.state.review.rig_limits import NO_LEVELS, Levels


@dataclass(frozen=True)
class Desk:
    """What lies on the reviewer's desk."""

    runs: tuple[OpenRun, ...] = ()
    """The open runs, in the order in which they were opened."""
    plan: PlotPlan = field(default_factory=PlotPlan)
    """Which curves stand in which strip."""
    formulas: tuple[Formula, ...] = ()
    """Channels that were made up; every run has them."""
    alignment: Alignment = field(default_factory=Alignment)
    """Where the runs lie on the axis."""
    levels: Mapping[str, Levels] = field(default_factory=dict[str, Levels])
    """Run → the alarm limits of its rig, where they are known by now."""

    @property
    def placed(self) -> Placed:
        """Where the runs lie on the axis."""
        return placed(self.runs, self.alignment)

    @property
    def zero_utc_ns(self) -> int | None:
        """Time of day at 0 s of the axis; None: it has none (several runs, one upon the other)."""
        if self.alignment.by is By.CLOCK or len(self.runs) == 1:
            offset = self.placed.offsets.get(self.runs[0].key, 0.0) if self.runs else 0.0
            return zero_utc_ns(self.runs) - round(offset * 1e9) if self.runs else None
        return None

    def run(self, key: str) -> OpenRun | None:
        """Return an open run; None: it is not open."""
        return next((run for run in self.runs if run.key == key), None)

    def with_run(self, run: OpenRun, favourites: Iterable[Sequence[str]] = ()) -> Desk:
        """Return the desk with a run; one that lies there already is renewed.

        The first run shows some channels: its favourites, strip by strip, else the first ones. A
        further one shows those that others show, in the same strips.
        """
        if self.run(run.key) is not None:
            runs = tuple(run if each.key == run.key else each for each in self.runs)
            return replace(self, runs=runs)
        names = {entry.name for entry in run.channels}
        plan = self.plan
        if plan.strips:
            firsts = dict.fromkeys(key_parts(strip.keys[0])[1] for strip in plan.strips)
            for channel in (each for each in firsts if each in names or each[:1] == SIGN):
                plan = plan.with_curve(f"{run.key}\n{channel}", plan.place_of(channel))
        elif not self.runs:
            plan = _first(run, favourites) or first_plan(
                [f"{run.key}\n{entry.name}" for entry in run.channels]
            )
        return replace(self, runs=(*self.runs, run), plan=plan)

    def without_run(self, key: str) -> Desk:
        """Return the desk without a run and its curves."""
        runs = tuple(run for run in self.runs if run.key != key)
        levels = {each: found for each, found in self.levels.items() if each != key}
        return replace(self, runs=runs, plan=self.plan.without_run(key), levels=levels)

    def with_levels(self, key: str, levels: Levels) -> Desk:
        """Return the desk with the alarm limits of a run's rig; a run that is gone has none."""
        if self.run(key) is None:
            return self
        return replace(self, levels={**self.levels, key: levels})

    def with_formula(self, formula: Formula) -> Desk:
        """Return the desk with a formula, in place of an older one of that name."""
        kept = tuple(each for each in self.formulas if each.name != formula.name)
        return replace(self, formulas=(*kept, formula))

    def without_formula(self, name: str) -> Desk:
        """Return the desk without a formula and its curves."""
        channel = f"{SIGN}{name}"
        gone = [key for key in self.plan.keys if key_parts(key)[1] == channel]
        kept = tuple(each for each in self.formulas if each.name != name)
        return replace(self, formulas=kept, plan=self.plan.without_curves(gone))

    def formula_shown(self, name: str) -> Desk:
        """Return the desk with the curve of a formula, of every run."""
        plan, channel = self.plan, f"{SIGN}{name}"
        for run in self.runs:
            key = f"{run.key}\n{channel}"
            if key not in plan.keys:
                plan = plan.with_curve(key, plan.place_of(channel))
        return replace(self, plan=plan)

    def with_curve(self, key: str, at: int = NEW) -> Desk:
        """Return the desk with a curve in a strip; keys of what is not there change nothing."""
        run, channel = key_parts(key)
        found = self.run(run)
        known = found is not None and (
            any(entry.name == channel for entry in found.channels)
            or any(each.channel == channel for each in self.formulas)
        )
        return replace(self, plan=self.plan.with_curve(key, at)) if known else self

    def curve(self, key: str, language: str) -> Curve:
        """Return a curve, with the title it has in a language."""
        run, channel = key_parts(key)
        title, unit = self._about(run, channel, language)
        short = short_titles(self.runs).get(run, "")
        return Curve(run, channel, f"{title} {short}" if short else title, unit)

    def curves(self, language: str) -> tuple[Curve, ...]:
        """Return all curves, strip by strip."""
        short = short_titles(self.runs)
        found: list[Curve] = []
        for key in self.plan.keys:
            run, channel = key_parts(key)
            title, unit = self._about(run, channel, language)
            title = f"{title} {short[run]}" if short.get(run) else title
            found.append(Curve(run, channel, title, unit))
        return tuple(found)

    def strips(self) -> tuple[Strip, ...]:
        """Return the strips as the plot takes them."""
        return tuple(
            Strip("", each.keys, self._levels_of(each.keys[0]), each.is_overlaid)
            for each in self.plan.strips
        )

    def view(self, window: tuple[float, float] | None) -> View:
        """Return what is kept in a layout file."""
        return View(
            tuple(run.path for run in self.runs),
            numbered(self.plan, [run.key for run in self.runs]),
            self.formulas,
            self.alignment,
            window,
        )

    def laid(self, view: View) -> Desk:
        """Return the desk with a view laid over its runs; what they do not have is left out."""
        plan = named(view.plan, [run.key for run in self.runs])
        found = replace(self, plan=PlotPlan(), formulas=view.formulas, alignment=view.alignment)
        known = [key for key in plan.keys if found.with_curve(key) is not found]
        return replace(found, plan=plan.without_curves(set(plan.keys) - set(known)))

    def _levels_of(self, key: str) -> tuple[float, ...]:
        """Return the alarm limits of a curve, in its unit."""
        run, channel = key_parts(key)
        return self.levels.get(run, NO_LEVELS).get(channel, ())

    def _about(self, run: str, channel: str, language: str) -> tuple[str, str]:
        """Return title and unit of a channel."""
        if channel.startswith(SIGN):
            found = next((each for each in self.formulas if each.channel == channel), None)
            return channel, found.unit if found else ""
        opened = self.run(run)
        for entry in opened.channels if opened else ():
            if entry.name == channel:
                return entry.title.text(language), entry.unit
        return channel, ""


def _first(run: OpenRun, favourites: Iterable[Sequence[str]]) -> PlotPlan | None:
    """Return strips of favourites; None: the run has none of them."""
    left = {entry.name for entry in run.channels}
    strips: list[StripPlan] = []
    for names in favourites:
        keys = tuple(f"{run.key}\n{name}" for name in dict.fromkeys(names) if name in left)
        left -= set(names)
        if keys:
            strips.append(StripPlan(keys))
    return PlotPlan(tuple(strips)) if strips else None
