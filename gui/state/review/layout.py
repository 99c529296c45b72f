"""A view that was put together, kept as a file: ``*.h2layout`` (JSON).

Runs stand in it by their numbers, so that the same view can be laid over other runs.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.errors import BenchError
from bench.record.disk.storage import reason
from gui.state.review.alignment import Alignment, By
from gui.state.review.channel_tree import key_parts
from gui.state.review.formula import Formula
from gui.state.review.plot_plan import PlotPlan, StripPlan

SUFFIX = ".h2layout"
"""What layout files are called."""
KIND = "h2bench-layout"
"""What a layout file says it is."""
VERSION = 1
"""Of the file; a newer one is not read."""
_MOST_BYTES = 4_000_000


class LayoutRefused(BenchError):
    """A file is no layout, or cannot be written; its message says why."""


@dataclass(frozen=True)
class View:
    """What a reviewer has put together."""

    runs: tuple[Path, ...] = ()
    """Files of the runs, in order."""
    plan: PlotPlan = field(default_factory=PlotPlan)
    """Strips; keys name runs by their place in `runs`."""
    formulas: tuple[Formula, ...] = ()
    """Channels that were made up."""
    alignment: Alignment = field(default_factory=Alignment)
    """Where the runs lie on the axis."""
    window: tuple[float, float] | None = None
    """What is shown, s on the axis; None: all."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Strip(_Strict):
    curves: list[tuple[int, str]]
    overlaid: bool = True


class _Formula(_Strict):
    name: str
    text: str
    unit: str = ""


class _Alignment(_Strict):
    by: By = By.START
    of: str = ""


class _File(_Strict):
    kind: Literal["h2bench-layout"]
    version: int
    runs: list[str] = []
    strips: list[_Strip] = []
    formulas: list[_Formula] = []
    alignment: _Alignment = _Alignment()
    window: tuple[_Finite, _Finite] | None = None


def numbered(plan: PlotPlan, runs: Sequence[str]) -> PlotPlan:
    """Return a plan whose keys name runs by their places; curves of others are left out."""
    places = {key: str(place) for place, key in enumerate(runs)}
    return _renamed(plan, places)


def named(plan: PlotPlan, runs: Sequence[str]) -> PlotPlan:
    """Return a plan whose keys name the runs at these places; curves of others are left out."""
    keys = {str(place): key for place, key in enumerate(runs)}
    return _renamed(plan, keys)


def write_layout(path: Path, view: View) -> None:
    """Write a view; files of runs stand in it as seen from it, where they lie on the same disk.

    Raises:
        LayoutRefused: the file cannot be written; an older one is left as it was.
    """
    plain: dict[str, object] = {
        "kind": KIND,
        "version": VERSION,
        "runs": [_seen_from(path.parent, run) for run in view.runs],
        "strips": [
            {
                "curves": [[int(run), channel] for run, channel in map(key_parts, strip.keys)],
                "overlaid": strip.is_overlaid,
            }
            for strip in view.plan.strips
        ],
        "formulas": [{"name": f.name, "text": f.text, "unit": f.unit} for f in view.formulas],
        "alignment": {"by": view.alignment.by.value, "of": view.alignment.of},
        "window": view.window if _is_finite(view.window) else None,
    }
    written = path.with_name(f"{path.name}.part")
    try:
        written.write_text(json.dumps(plain, ensure_ascii=False, indent=1), encoding="utf-8")
        written.replace(path)
    except OSError as error:
        with suppress(OSError):
            written.unlink(missing_ok=True)
        raise LayoutRefused("review.layout-unwritten", path=path, reason=reason(error)) from error


def read_layout(path: Path) -> View:
    """Return the view that a file holds.

    Raises:
        LayoutRefused: it cannot be read, is no layout, or of a newer version.
    """
    found = _checked(path, _content(path))
    strips = (
        StripPlan(tuple(f"{run}\n{channel}" for run, channel in strip.curves), strip.overlaid)
        for strip in found.strips
    )
    return View(
        runs=tuple(Path(os.path.normpath(path.parent / run)) for run in found.runs),
        plan=PlotPlan(tuple(strip for strip in strips if strip.keys)),
        formulas=tuple(Formula(each.name, each.text, each.unit) for each in found.formulas),
        alignment=Alignment(found.alignment.by, found.alignment.of),
        window=found.window if found.window and found.window[0] < found.window[1] else None,
    )


def _content(path: Path) -> object:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LayoutRefused("review.layout-none", path=path)
        return cast("object", json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise LayoutRefused("review.layout-unread", path=path, reason=reason(error)) from error
    except (ValueError, RecursionError) as error:
        raise LayoutRefused("review.layout-none", path=path) from error


def _checked(path: Path, content: object) -> _File:
    plain = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    if plain.get("kind") != KIND:
        raise LayoutRefused("review.layout-none", path=path)
    version = plain.get("version")
    if isinstance(version, int) and version > VERSION:
        raise LayoutRefused("review.layout-newer", path=path, version=version, known=VERSION)
    try:
        return _File.model_validate(plain)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise LayoutRefused("review.layout-broken", path=path, place=place) from error


def _renamed(plan: PlotPlan, names: dict[str, str]) -> PlotPlan:
    strips: list[StripPlan] = []
    for strip in plan.strips:
        parts = [key_parts(key) for key in strip.keys]
        keys = tuple(f"{names[run]}\n{channel}" for run, channel in parts if run in names)
        if keys:
            strips.append(StripPlan(keys, strip.is_overlaid))
    return PlotPlan(tuple(strips))


def _seen_from(folder: Path, run: Path) -> str:
    try:
        return Path(os.path.relpath(run, folder)).as_posix()
    except ValueError:  # Windows: another drive
        return run.absolute().as_posix()


def _is_finite(window: tuple[float, float] | None) -> bool:
    return window is not None and all(map(math.isfinite, window))
