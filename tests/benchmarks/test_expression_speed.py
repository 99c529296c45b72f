"""How long computed channels and the reading of a protocol take: figures, no verdicts."""

from bench.document import parse as parse_document
from bench.expression import compile_row, parse, resolve
from bench.units import unit

UNITS = {
    "engine.torque": "N*m", "engine.speed": "rpm", "fuel.flow": "kg/h", "h2.hood": "%LFL",
    "oil.temperature": "degC", "water.temperature": "degC", "fuel.inlet": "bar_g",
    "ambient.pressure": "kPa", "air.flow": "kg/h",
}  # fmt: skip
NAMES = list(UNITS)
TYPICAL = [
    "engine.torque * engine.speed / (fuel.flow * 119.96 MJ/kg)",
    "engine.torque * engine.speed",
    "fuel.inlet + ambient.pressure",
    "(oil.temperature - water.temperature) / (10 K)",
    "h2.hood > 25 %LFL and not (engine.speed > 600 rpm)",
    "min(engine.speed, 1200 rpm)",
    "air.flow / fuel.flow / 34.3",
    "if(engine.speed > 600 rpm, engine.torque, 0 N*m)",
    "sqrt((fuel.inlet + ambient.pressure) / ambient.pressure)",
    "oil.temperature > 110 °C or water.temperature > 100 °C",
]
PROTOCOL = "protocol: x\nsteps:\n" + "".join(
    f"- ramp: {{engine.speed: $speed, engine.torque: {number} N*m, over: 30 s}}\n"
    f"- measure:\n    for: 60 s\n    as: point-{number}\n"
    for number in range(25)
)


def resolved(text):
    return resolve(parse(text), units=lambda name: unit(UNITS[name]), known=UNITS)


def test_fifty_expressions_on_one_row(benchmark):
    first = len(NAMES)
    items = [(first + number, resolved(TYPICAL[number % 10])) for number in range(50)]
    evaluate = compile_row(items, NAMES.index)
    row = [float(number) for number in range(1, first + 1)] + [0.0] * 50
    benchmark(evaluate, row)
    assert row[first + 1] == row[0] * row[1]


def test_reading_an_expression(benchmark):
    assert benchmark(parse, TYPICAL[0]).names


def test_resolving_an_expression(benchmark):
    assert benchmark(resolved, TYPICAL[0]).names


def test_reading_a_protocol_of_a_hundred_lines(benchmark):
    assert len(benchmark(parse_document, PROTOCOL, "x").data["steps"]) == 50
