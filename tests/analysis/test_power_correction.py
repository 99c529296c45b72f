"""Golden numbers: the formulas of ISO 1585 and SAE J1349 worked out by hand."""

import math

import pytest

from analysis import power_correction as correction
from analysis.power_correction import FuelFactorEdition, Induction, SaeEdition

THIN = {"dry_pressure": 95e3, "temperature": 303.0}
DENSE = {"dry_pressure": 101.3e3, "temperature": 293.0}
STANDARD = {"dry_pressure": 99e3, "temperature": 298.0}


@pytest.mark.parametrize(("ambient", "factor"), [(THIN, 1.06128), (DENSE, 0.96299)])
def test_alpha_a_meets_its_check_values(ambient, factor):
    assert round(correction.alpha_a(**ambient).factor, 5) == factor


@pytest.mark.parametrize(
    ("edition", "ambient", "factor"),
    [
        (SaeEdition.J1349_1990, THIN, 1.05996),
        (SaeEdition.J1349_1990, DENSE, 0.96349),
        (SaeEdition.J1349_2004, THIN, 1.05975),
        (SaeEdition.J1349_2004, DENSE, 0.96362),
    ],
)
def test_each_edition_of_sae_j1349_meets_its_check_values(edition, ambient, factor):
    result = correction.sae_j1349(**ambient, edition=edition)
    assert result.factor == pytest.approx(factor, abs=6e-6)
    assert result.method == edition.value


@pytest.mark.parametrize("induction", list(Induction))
def test_standard_conditions_need_no_correction(induction):
    assert correction.alpha_a(**STANDARD).factor == 1.0
    assert correction.sae_j1349(**STANDARD).factor == pytest.approx(1.0)
    point = {"fuel_flow": 0.01, "speed": 150.0, "displacement": 12.8e-3}
    assert correction.alpha_c(**STANDARD, **point, induction=induction).factor == 1.0


def engine(charge, **more):
    """Return the engine factor at so many mg per litre and cycle."""
    speed, displacement = 150.0, 12.8e-3
    fuel_flow = charge * 1e-3 * speed * displacement / (4 * math.pi)
    return correction.engine_factor(
        fuel_flow=fuel_flow, speed=speed, displacement=displacement, **more
    )


@pytest.mark.parametrize(
    ("charge", "iso_1585", "iso_15550"),
    [(30.0, 0.3, 0.2), (38.0, 0.3, 0.228), (40.5, 0.318, 0.318), (50.0, 0.66, 0.66),
     (70.0, 1.2, 1.2)],
)  # fmt: skip
def test_the_editions_differ_below_40_milligrams_per_litre(charge, iso_1585, iso_15550):
    assert engine(charge) == pytest.approx(iso_1585)
    assert engine(charge, edition=FuelFactorEdition.ISO_15550) == pytest.approx(iso_15550)


def test_the_charge_is_that_of_the_formula_in_workshop_units():
    # q = 120000 F / (D N), F in g/s, D in L, N in rpm: 120000 * 10 / (10 * 2000) = 60 mg/L.
    factor = correction.engine_factor(
        fuel_flow=10e-3, speed=2000 * math.pi / 30, displacement=10e-3
    )
    assert factor == pytest.approx(0.036 * 60 - 1.14)


def test_boost_divides_the_charge():
    assert engine(100.0, boost_ratio=2.0) == pytest.approx(engine(50.0))


def test_each_way_of_breathing_has_its_own_atmospheric_factor():
    point = {"fuel_flow": 1.0, "speed": 150.0, "displacement": 12.8e-3}  # engine factor 1.2
    factors = [correction.alpha_c(**THIN, **point, induction=kind).factor for kind in Induction]
    thin, warm = 99 / 95, 303 / 298
    expected = [thin * warm**0.7, thin**0.7 * warm**1.5, thin**0.7 * warm**0.7]
    assert factors == pytest.approx([value**1.2 for value in expected])


@pytest.mark.parametrize(
    ("pressure", "valid"), [(99e3, True), (94.0e3, True), (93.0e3, False), (106e3, False)]
)
def test_a_spark_ignition_factor_outside_7_percent_is_not_valid(pressure, valid):
    assert correction.alpha_a(dry_pressure=pressure, temperature=298.0).valid is valid


def test_a_compression_ignition_factor_outside_10_percent_is_not_valid():
    point = {"fuel_flow": 1.0, "speed": 150.0, "displacement": 12.8e-3}
    for pressure, valid in [(95e3, True), (80e3, False)]:
        result = correction.alpha_c(
            dry_pressure=pressure, temperature=298.0, induction=Induction.NATURAL, **point
        )
        assert result.valid is valid


def test_sae_is_valid_from_15_to_35_degrees():
    assert correction.sae_j1349(dry_pressure=99e3, temperature=300.0).valid
    assert not correction.sae_j1349(dry_pressure=99e3, temperature=310.0).valid
    assert not correction.sae_j1349(dry_pressure=89e3, temperature=300.0).valid


def test_an_engine_that_controls_its_boost_is_not_corrected():
    result = correction.compensated_by_boost_control()
    assert (result.factor, result.valid) == (1.0, True)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_an_impossible_ambient_is_refused(bad):
    with pytest.raises(ValueError, match="dry_pressure"):
        correction.alpha_a(dry_pressure=bad, temperature=298.0)


def test_a_boost_ratio_below_one_is_refused():
    with pytest.raises(ValueError, match="boost_ratio"):
        engine(50.0, boost_ratio=0.9)
