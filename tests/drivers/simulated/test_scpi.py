"""The SCPI rules that twins share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulated.scpi import (
    ErrorQueue,
    ScpiFault,
    ScpiParser,
    channel_list,
    out_of_range,
    split_outside,
)


@pytest.fixture
def errors():
    return ErrorQueue(3)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def parser(errors, calls):
    def volts(call):
        if call.number() > 10:
            raise out_of_range()
        calls.append(("VOLT", call.parameters, call.numbers, call.now))

    return ScpiParser(
        {
            "*IDN?": lambda _: "MANUFACTURER,MODEL,0,1",
            "SYSTem:ERRor[:NEXT]?": lambda _: errors.take(),
            "MEASure:VOLTage[:DC]?": lambda _: "12.5",
            "MEASure:CURRent[:DC]?": lambda _: "3.3",
            "[SOURce:]VOLTage#": volts,
            "OUTPut": lambda call: calls.append(("OUTP", call.flag())),
        },
        errors,
    )


@pytest.mark.parametrize(
    "header",
    ["MEAS:VOLT?", "measure:voltage?", ":MEAS:VOLTAGE:DC?", "MEASure:VOLT:DC?", "meas:volt:dc?"],
)
def test_long_and_short_forms_are_understood_in_any_case(parser, header):
    assert parser.receive(f"{header}\n".encode(), 0) == b"12.5\n"


@pytest.mark.parametrize("header", ["MEASU:VOLT?", "MEAS:VOLTA?", "MEA:VOLT?", "MEAS:VOLT:AC?"])
def test_nothing_between_long_and_short_form_is_understood(parser, errors, header):
    assert parser.receive(f"{header}\n".encode(), 0) == b""
    assert errors.take() == '-113,"Undefined header"'


def test_a_compound_query_is_answered_in_one_line(parser):
    assert parser.receive(b"*IDN?;MEAS:VOLT?;CURR?\n", 0) == b"MANUFACTURER,MODEL,0,1;12.5;3.3\n"


def test_a_colon_goes_back_to_the_root(parser):
    assert parser.receive(b"MEAS:VOLT?;:MEAS:CURR?\n", 0) == b"12.5;3.3\n"


def test_numbers_in_headers_and_parameters_arrive(parser, calls):
    parser.receive(b"VOLT2 7.5, (@101,102)\nSOUR:VOLT 1\n", 9)
    assert calls == [("VOLT", ("7.5", "(@101,102)"), (2,), 9), ("VOLT", ("1",), (1,), 9)]


def test_an_execution_error_lets_the_rest_of_the_message_run(parser, errors, calls):
    assert parser.receive(b"VOLT 11;*IDN?\n", 0) == b"MANUFACTURER,MODEL,0,1\n"
    assert errors.take() == '-222,"Data out of range"'
    assert calls == []


def test_a_message_heard_before_does_the_same_again(parser, errors, calls):
    message = b"MEAS:VOLT?;CURR?;:VOLT2 11;:VOLT 3\n"
    assert [parser.receive(message, now) for now in (6, 7)] == [b"12.5;3.3\n"] * 2
    assert calls == [("VOLT", ("3",), (1,), 6), ("VOLT", ("3",), (1,), 7)]
    assert [errors.take()[:5] for _ in range(2)] == ["-222,", "-222,"]
    unknown = b"VOLT 4;CURR?;:VOLT 5\n"
    assert [parser.receive(unknown, 8) for _ in range(2)] == [b"", b""]
    assert [errors.take()[:5] for _ in range(2)] == ["-113,", "-113,"]
    assert [parameters for _, parameters, *_ in calls[2:]] == [("4",), ("4",)]


def test_a_command_error_ends_the_message(parser, errors):
    assert parser.receive(b"NONSENSE;*IDN?\n", 0) == b""
    assert errors.take() == '-113,"Undefined header"'


@pytest.mark.parametrize(
    ("message", "code"), [("VOLT", -109), ("VOLT abc", -104), ("OUTP MAYBE", -224)]
)
def test_wrong_parameters_are_errors(parser, errors, message, code):
    parser.receive(f"{message}\n".encode(), 0)
    assert errors.take().startswith(f"{code},")


def test_the_error_queue_is_first_in_first_out_and_says_when_it_was_full(parser):
    for _ in range(5):
        parser.receive(b"NONSENSE\n", 0)
    replies = [parser.receive(b"SYST:ERR?\n", 0) for _ in range(4)]
    assert replies == [
        b'-113,"Undefined header"\n',
        b'-113,"Undefined header"\n',
        b'-350,"Queue overflow"\n',
        b'+0,"No error"\n',
    ]


@given(st.lists(st.integers(1, 12), max_size=8))
def test_how_bytes_are_cut_does_not_matter(cuts):
    data = b"*IDN?\nMEAS:VOLT?;CURR?\n*IDN?\n"
    whole = _fresh().receive(data, 0)
    parser = _fresh()
    answers, place = b"", 0
    for cut in cuts:
        answers += parser.receive(data[place : place + cut], 0)
        place += cut
    assert answers + parser.receive(data[place:], 0) == whole


def _fresh():
    return ScpiParser(
        {"*IDN?": lambda _: "A", "MEAS:VOLT?": lambda _: "1", "MEAS:CURR?": lambda _: "2"},
        ErrorQueue(3),
    )


def test_channel_lists_hold_single_channels_and_spans():
    assert channel_list("(@101,103:105)") == [101, 103, 104, 105]
    with pytest.raises(ScpiFault):
        channel_list("101,102")


def test_separators_in_quotes_and_brackets_separate_nothing():
    assert split_outside('A "x;y";B (1;2);C', ";") == ['A "x;y"', "B (1;2)", "C"]
