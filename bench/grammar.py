"""What parts of all files that people write share: closed keys, texts in two languages, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bench.messages import Bilingual

Scalar = str | int | float | bool
"""A value as written: number, quantity, ``$parameter`` or expression."""


class Grammar(BaseModel):
    """What all parts of a file share: closed keys, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _bilingual(value: object) -> object:
    if isinstance(value, str):
        return Bilingual(value)
    if isinstance(value, Mapping):
        texts = cast("Mapping[object, object]", value)
        if "en" in texts and texts.keys() <= {"en", "zh"}:
            return Bilingual(str(texts["en"]), str(texts.get("zh", "")))
        return texts
    return value


Text = Annotated[Bilingual, BeforeValidator(_bilingual)]
"""One text, or ``{en: …, zh: …}``."""


class RecoverGrammar(Grammar):
    """A recovery, and how often it may be tried."""

    run: str
    """Name of the recovery, in the object kind or the protocol."""
    tries: int = Field(default=1, ge=1, le=1000)
    """How often it may run within one run of the protocol; then the object is unloaded."""


class LimitGrammar(Grammar):
    """A limit of a rig, object kind, protocol or step.

    ```yaml
    - id: hood-hydrogen
      when: "{} > 25 %LFL"      # of a vote: {} stands for each channel
      of: [plc.hood_h2_1, plc.hood_h2_2, plc.hood_h2_3]
      votes: 2
      hysteresis: 2 %LFL
      reaction: hard-stop
    ```
    """

    id: str
    """Stable name."""
    when: str
    """Condition that must not hold."""
    of: tuple[str, ...] = ()
    """Channels that vote, each in the place of ``{}`` in the condition; one whose value is not OK
    votes against the test."""
    votes: int | None = Field(default=None, ge=1)
    """How many of them make it violated; by default one."""
    lasting: Scalar = Field(default=0, alias="for")
    """How long it must hold without a break before it counts."""
    hysteresis: Scalar = 0
    """How far the value has to come back behind the bound before it is over; only of one channel
    and a constant bound."""
    clears_after: Scalar = Field(default=0, alias="clears-after")
    """How long it must be back without a break before it is over."""
    delay: Scalar = 0
    """How long after the alarm the reaction waits."""
    reaction: Literal[
        "log", "warn", "flag", "hold", "recover", "unload", "soft-stop", "hard-stop", "trip"
    ]
    """What follows."""
    recover: RecoverGrammar | None = None
    """What the reaction ``recover`` runs."""
    priority: Literal["high", "medium", "low"] | None = None
    """How soon the operator has to respond; by default high from soft-stop upwards, medium from
    hold upwards, else low."""
    is_indicated_only: bool = Field(default=False, alias="indicate-only")
    """Whether it is told and recorded, and nothing else follows."""
    is_latched: bool = Field(default=False, alias="latched")
    """Whether its alarm stays after its cause is gone, until it is reset."""
    is_gas: bool = Field(default=False, alias="gas")
    """Whether it guards people against gas: never shelved, bypassed or out of service."""
    valid_while: str | None = Field(default=None, alias="while")
    """Judged only while this holds."""
    scope: Literal["facility", "object"] | None = None
    """Whose limit it is, in a rig."""
    beside: Text = Bilingual("")
    """Which hardwired effect stands beside it."""
    cause: Text = Bilingual("")
    """What usually causes it."""
    consequence: Text = Bilingual("")
    """What follows if nobody responds."""
    advice: Text = Bilingual("")
    """What to do."""
