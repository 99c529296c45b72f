"""Campaign results with every field filled, also with what is rarely there."""

import math

from analysis.verdict import Verdict
from bench.messages import Bilingual, Message
from protocols.campaign.results import (
    CampaignFile,
    CampaignResults,
    CombustionAtTest,
    ConditionRow,
    DriftBreak,
    DriftPoint,
    DriftRow,
    DutyRow,
    EquivalenceRow,
    LedgerEvent,
    LedgerTotal,
    ReferenceTest,
    ReliabilityRow,
)
from protocols.combustion_results import AbnormalRate, CombustionRow, CombustionValue
from protocols.results import Result

NAN, INF = math.nan, math.inf
LONG = "Hydraulikzylinderkopfdichtungsverschleißmessgerätebezeichnungsschild"


def said(text):
    return Message("campaign.said", {"text": text})


def drift(name, **changes):
    km = (0.0, 50_000.0, 100_000.0, 150_000.0)
    points = tuple(
        DriftPoint(
            test=number, kilometres=at, hours=at / 80.0, value=44.0 - at / 1e6,
            standard_uncertainty=0.09, common_uncertainty=0.085, counted=number != 3,
            reasons=(said("coolant was 70 °C"),) if number == 3 else (), series=number // 3,
        )
        for number, at in enumerate(km, 1)
    )  # fmt: skip
    about = {
        "title": Message(f"campaign.{name}"), "unit": "%", "point": "reference",
        "correction": said("as measured"), "points": points,
        "breaks": (DriftBreak(kilometres=75_000.0, kind="repair", text="new head"),),
        "slope": -0.00123456, "slope_uncertainty": 0.00023456, "first": 43.98765,
        "first_kilometres": 0.0, "scatter": 0.0123, "degrees_of_freedom": 2.0, "target": 2e5,
        "at_target": 43.71234, "confidence": 0.95, "lower": 43.61234, "upper": 43.81234,
        "systematic": 0.0851, "df_additive": -0.2753, "df_multiplicative": 0.99374,
        "band_kilometres": (0.0, 2e5), "band_value": (43.98765, 43.71234),
        "band_lower": (43.9, 43.6), "band_upper": (44.0, 43.8), "reasons": (said("two only"),),
    }  # fmt: skip
    return DriftRow(name=name, **{**about, **changes})


def no_fit(name):
    """A quantity that was never measured well enough."""
    empty = DriftPoint(
        test=1, kilometres=NAN, hours=1.0, value=NAN, standard_uncertainty=NAN,
        common_uncertainty=NAN, counted=False, reasons=(said("nothing but noise"),),
    )  # fmt: skip
    return DriftRow(
        name=name, title=Message(f"campaign.{name}"), unit="ppm", point="reference",
        points=(empty,), reasons=(said("one test is too few"),),
    )  # fmt: skip


def mechanism(name, kilometres, **changes):
    about = {
        "title": Message(f"mechanism.{name}"), "is_mechanism": True, "lower": 0.8 * kilometres,
        "upper": 1.3 * kilometres, "exponent": 5.0, "exponent_low": 3.0, "exponent_high": 8.0,
        "source": Bilingual("engineering default", "工程默认值"), "kilometres_per_hour": 87.65,
        "hours_missing": 123.4,
    }  # fmt: skip
    return EquivalenceRow(name=name, kilometres=kilometres, **{**about, **changes})


def capture(test, file):
    values = [("imep_net", 21.5), ("imep_cov", 1.05), ("mfb50", 7.8), ("peak_pressure", NAN)]
    row = CombustionRow(
        instrument="indicating", capture=test, cylinder=1, at="reference", is_incident=False,
        start=0.0, end=20.0, cycles=200, used=198, speed=1200.0,
        values=tuple(
            CombustionValue(name=name, title=said(name), unit="bar", value=value)
            for name, value in values
        ),
    )  # fmt: skip
    return CombustionAtTest(
        test=test, kilometres=100.0 * test, hours=float(test), file=file, row=row
    )


def asked(name, verdict, **changes):
    about = {
        "title": Message(f"campaign.{name}"), "unit": "%", "at": "campaign", "value": 43.71234,
        "standard_uncertainty": 0.0861, "lower": 43.5411, "upper": 43.8835, "confidence": 0.95,
        "limit": 43.0, "sense": "at_least", "bound": 43.57, "reasons": (said("so and so"),),
    }  # fmt: skip
    return Result(name=f"{name}_at_end", verdict=verdict, **{**about, **changes})


def full(folder, names, *, files=60):
    """Everything there can be; `names` are the runs that count."""
    listed = tuple(
        CampaignFile(name=name, protocol="hydrogen-engine/durability", hours=8.0,
                     begin_utc="2026-01-01T00:00:00.0Z", state="planned-stop")
        for name in names
    )  # fmt: skip
    listed += tuple(
        CampaignFile(
            name=f"20260101T{number:06}Z_hydrogen-engine-durability_H2E-0001.h5",
            begin_utc="2026-01-01T00:00:00.0Z", hours=NAN, state="open", counted=False,
            problem="broken", reasons=(said(f"chunk {number} is damaged"),),
        )
        for number in range(files - len(names))
    )  # fmt: skip
    test = ReferenceTest(
        number=2, point="reference", file=names[0], utc="2026-01-02T03:04:05Z", hours=12.3456,
        kilometres=1234.5, windows=3, valid=False, reasons=(said("coolant 70 °C is not 88 °C"),),
        conditions=(
            ConditionRow(name="coolant.temperature", title=said("Coolant"), unit="degC",
                         value=70.0, reference=88.0, tolerance=2.0, within=False),
        ),
    )  # fmt: skip
    events = tuple(
        LedgerEvent(
            kind=kind, title=Message(f"campaign.event-{kind}"), text=text, hours=12.5,
            utc="2026-01-02T03:04:05Z", kilometres=NAN, file=names[0], breaks=("power",),
        )
        for kind, text in (
            ("failure", "head gasket"), ("service", "oil-change"), ("service", "plugs"),
            ("trip", LONG), ("gap", "40 s"), ("gap", "50 s"),
        )
    )  # fmt: skip
    return CampaignResults(
        folder=str(folder), object_kind="hydrogen-engine", object_serial="E-7 / 氢", simulated=True,
        target=200_000.0,
        duty=DutyRow(name="log.csv", source="vehicle 7", kilometres=812.3, speed=61.234,
                     energy=1.2345),
        files=listed,
        totals=(
            LedgerTotal(name="hours", title=said("Running hours"), value=4012.3456, unit="h"),
            LedgerTotal(name="starts", title=said("Starts"), value=812.0, unit="1"),
            LedgerTotal(name="oil", title=said("Oil"), value=NAN, unit="kg"),
            LedgerTotal(name="revolutions", title=said("Revolutions"), value=288.12345,
                        unit="10^6"),
        ),
        events=events,
        equivalences=(
            mechanism("torque", 173_456.7, is_governing=True),
            mechanism("wear", INF, lower=0.0, upper=INF, hours_missing=INF),
            mechanism("injector", 0.0, hours_missing=NAN, kilometres_per_hour=0.0),
            mechanism("hours", 240_000.0, is_mechanism=False, exponent=NAN),
        ),
        kilometres=173_456.7, kilometres_lower=0.0, kilometres_upper=INF, governing="torque",
        tests=(test,),
        drifts=(drift("efficiency"), drift("power", unit="kW"), no_fit("nox-tailpipe")),
        combustion=(capture(1, names[0]), capture(2, "gone.h5")),
        abnormal_cycles=(
            AbnormalRate(name="knock", title=said("Knock"), events=3, cycles=144_000_000,
                         per_thousand=2.1e-5, lower=4.3e-6, upper=6.1e-5, confidence=0.95),
        ),
        reliability=(
            ReliabilityRow(text=said("One engine shows R ≥ 10 %"), reliability=0.1,
                           confidence=0.9, engines=1, lives=0.9, failures=1, shape=NAN,
                           shape_source=""),
        ),
        results=(
            asked("efficiency", Verdict.PASS),
            asked("power", Verdict.NOT_SHOWN, value=NAN, standard_uncertainty=NAN, lower=NAN,
                  upper=NAN, bound=None),
            asked("oil", Verdict.FAIL, unit="g/kWh", limit=0.3, sense="at_most", value=0.41),
        ),
        verdict=Verdict.FAIL,
        missing=(said("330 h more of torque cycles"),),
        warnings=(said("a weak place"),),
        remarks=(said("a remark"),),
    )  # fmt: skip


def empty(folder, names):
    """The least there can be."""
    return CampaignResults(
        folder=str(folder),
        object_kind="hydrogen-engine",
        object_serial="",
        simulated=False,
        target=200_000.0,
        duty=None,
        files=(CampaignFile(name=names[0]),),
    )
