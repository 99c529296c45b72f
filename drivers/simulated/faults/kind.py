"""What a kind of fault is: its name, where it can happen, and its parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bench.messages import Bilingual
from bench.units import unit
from drivers.simulated.faults.fault import Family


@dataclass(frozen=True)
class Parameter:
    """One number or word that says how bad a fault is."""

    name: str
    """Name under ``with:``."""
    words: Bilingual
    """What it is."""
    default: float | str | None = None
    """What holds when it is not given, SI; None: it must be given."""
    unit: str | None = ""
    """Unit it converts to; empty: a pure number; None: the reading's own."""
    range: tuple[float, float] = (0.0, math.inf)
    """Lowest and highest value, SI."""
    choices: tuple[str, ...] = ()
    """Words it takes instead of a number."""
    per: str = ""
    """Unit of time it is a rate over: the reading's own unit per ``s``."""

    @property
    def shown_default(self) -> str:
        """What holds when it is not given, as text; empty: it must be given."""
        if self.default is None:
            return ""
        if isinstance(self.default, str):
            return f" = {self.default} ({', '.join(self.choices)})"
        return f" = {unit(self.unit or '').shown(self.default)}"


@dataclass(frozen=True)
class Kind:
    """One kind of fault."""

    name: str
    """Name under ``what:``."""
    families: tuple[Family, ...]
    """Where it can happen; the first that knows the place counts."""
    words: Bilingual
    """What happens."""
    parameters: tuple[Parameter, ...] = ()
    """How bad it is."""

    @property
    def named(self) -> Mapping[str, Parameter]:
        """Its parameters by name."""
        return {each.name: each for each in self.parameters}
