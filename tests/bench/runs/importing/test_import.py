import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.clock import SECOND
from bench.runs import open_run
from bench.runs.importing import Choices, ImportOrder, TableError, import_table
from bench.runs.importing.numbers import MISSING, NoNumberError, numbers_of

CREATED = 1_767_225_600 * SECOND
PLAIN = "time [s],torque [N*m],speed/rpm\n0,1.5,1200\n0.1,2.5,1201\n0.2,,1202\n"


@pytest.fixture
def table(tmp_path):
    """Write a table and import it: `table(text, encoding=…, unit=…)`."""

    def one(text, *, written="utf-8", name="Prüfling 试验.csv", **about):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode(written))
        chosen = {key: about.pop(key) for key in list(about) if key in Choices.__annotations__}
        order = ImportOrder(file, tmp_path / "runs", Choices(**chosen), **about)
        return import_table(order, CREATED)

    return one


@pytest.fixture
def refused(table, tmp_path):
    """Return the sentence with which a table is refused; nothing is left behind."""

    def one(text, **about):
        before = sorted(tmp_path.rglob("runs/*"))
        with pytest.raises(TableError) as told:
            table(text, **about)
        assert sorted(tmp_path.rglob("runs/*")) == before
        assert told.value.text("zh") != told.value.text("en")
        return str(told.value)

    return one


def values(made, name):
    with open_run(made.path) as run:
        channel = run.channel(name)
        return channel.stored().tolist()


def said(made):
    return [finding.id for finding in made.findings]


def test_a_table_becomes_a_run(table):
    made = table(PLAIN, object_kind="hydrogen-engine", object_serial="H2-7", operator="Li")
    assert (made.rows, made.channels) == (3, 2)
    assert made.path.name == "19700101T000000Z_Prüfling-试验_H2-7.h5"
    with open_run(made.path) as run:
        assert (run.names, len(run), run.state) == (("torque", "speed"), 3, "closed")
        torque = run.channel("torque").values_si()
        assert torque.times_ns.tolist() == [0, SECOND // 10, SECOND // 5]
        np.testing.assert_array_equal(torque.values, [1.5, 2.5, np.nan])
        assert torque.qualities.tolist() == [Quality.OK, Quality.OK, Quality.BAD]
        assert run.channel("speed").values_si().values[0] == pytest.approx(1200 * np.pi / 30)
        header = run.header
        assert (header.protocol_name, header.operator) == ("import", "Li")
        assert (header.object_kind, header.object_serial) == ("hydrogen-engine", "H2-7")
        assert header.scan_period_ns == SECOND // 10
        assert run.ending.state == "completed"


def test_where_it_came_from_stands_in_the_run(table):
    made = table(PLAIN)
    digest = hashlib.sha256(PLAIN.encode()).hexdigest()
    with open_run(made.path) as run:
        assert run.texts == {"Prüfling 试验.csv": PLAIN}
        assert run.header.parameters["sha256"] == digest
        assert digest in run.header.identities["import"]
        assert run.channel("speed").channel.title.en == "speed/rpm"


def test_what_was_taken_is_told(table):
    made = table("t;p [bar];mode\n0;1,5;idle\n1;;full\n")
    texts = [str(finding) for finding in made.findings]
    assert texts[0] == "read as UTF-8, delimiter semicolon, decimal sign ',', time from 't'"
    assert said(made)[1:] == [
        "import.seconds-taken", "import.text-column", "import.start-unknown",
        "import.missing-values",
    ]  # fmt: skip
    assert values(made, "p")[0] == 1.5


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"),
    ],
)  # fmt: skip
def test_unicode_is_recognised(table, written, name):
    made = table("时间 [s];水温 [℃];Öl [°C]\n0;20,5;1\n1;21;2\n", written=written)
    assert made.findings[0].arguments["encoding"] == name
    assert values(made, "水温") == [20.5, 21.0]


def test_chinese_windows_is_recognised(table):
    made = table("时间,转速 (rpm),水温 (℃)\n0,1,2\n", written="gbk")
    assert made.findings[0].arguments["encoding"] == "GBK"
    with open_run(made.path) as run:
        assert run.names == ("转速", "水温")
        assert run.channel("水温").unit.text == "℃"


@pytest.mark.parametrize("header", ["T [°C]", "Öl [°C]", "Kühlwasser [µV]", "Größe [m²]"])
def test_latin_signs_are_not_taken_for_chinese(table, header):
    made = table(f"t [s];{header};x [m³]\n0;1,5;2\n", written="cp1252")
    assert made.findings[0].arguments["encoding"] == "Windows-1252"
    assert values(made, header.partition(" ")[0]) == [1.5]


def test_an_encoding_may_be_said(table, refused):
    made = table("t,Größe\n0,1\n", written="cp850", encoding="cp850")
    assert values(made, "Größe") == [1.0]
    assert "there are no characters called 'klingon'" in refused(PLAIN, encoding="klingon")
    assert "no characters in ascii" in refused("t,ü\n0,1\n", encoding="ascii")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_recognised(table, delimiter):
    made = table("# made by a logger\n\n" + PLAIN.replace(",", delimiter))
    assert values(made, "speed") == [1200.0, 1201.0, 1202.0]


def test_quoted_fields_and_windows_line_ends_are_read(table):
    made = table('"time, rel [s]","a ""b"" [V]"\r\n"0","1,5"\r\n1,2\r\n', time=["time, rel"])
    assert values(made, 'a "b"') == [1.5, 2.0]


def test_a_comma_between_three_digits_is_asked_about(table, refused):
    text = "t\tn\n0\t1,234\n1\t2,345\n"
    assert "--decimal comma or --decimal point" in refused(text)
    assert values(table(text, decimal="comma"), "n") == [1.234, 2.345]


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("p [kPa]", "p", "kPa"), ("p (kPa)", "p", "kPa"), ("p/kPa", "p", "kPa"),
        ("b/g/kWh", "b", "g/kWh"), ("M [Nm]", "M", "N*m"), ("n [r/min]", "n", "rpm"),
        ("x [-]", "x", ""), ("p（kPa）", "p", "kPa"), ("p_in/p_out", "p_in/p_out", ""),
        ("torque (left)", "torque (left)", ""), ("km/h", "km/h", ""), ("plain", "plain", ""),
    ],
)  # fmt: skip
def test_units_stand_in_the_header(table, header, name, unit):
    made = table(f"time;{header}\n0;1\n1;2\n")
    with open_run(made.path) as run:
        assert run.names == (name,)
        assert run.channel(name).unit.text == unit


def test_units_stand_in_a_second_line(table):
    made = table("time;p;T;x\ns;bar;°C;-\n0;1;2;3\n60;1;2;3\n")
    with open_run(made.path) as run:
        assert [run.channel(name).unit.text for name in run.names] == ["bar", "°C", ""]
        assert run.timeline[1] == 60 * SECOND


def test_units_may_be_said(table):
    made = table("t [min];p [xyz];v\n0;1;2\n1;1;2\n", units={"p": "bar", "v": "m/s", "t": "h"})
    with open_run(made.path) as run:
        assert [run.channel(name).unit.text for name in run.names] == ["bar", "m/s"]
        assert run.timeline[1] == 3600 * SECOND


def test_an_unknown_unit_names_the_nearest(refused):
    assert "'KPa', which is not known; did you mean 'kPa'?" in refused("t;p [KPa]\n0;1\n")
    assert "'kpa'" in refused("t;p (kpa)\n0;1\n")
    assert "column 'q'" in refused("t;p [bar]\n0;1\n", units={"q": "bar"}).replace("no c", "c")


@pytest.mark.parametrize(
    ("times", "start", "steps"),
    [
        (["2026-01-31T14:05:09Z", "2026-01-31T14:05:09.25Z"], 1_769_868_309, 0.25),
        (["2026-01-31 14:05:09+08:00", "2026-01-31 14:05:10+0800"], 1_769_839_509, 1.0),
        (["20260131T140509Z", "20260131T140510Z"], 1_769_868_309, 1.0),
        (["31.01.2026 14:05:09,1 UTC", "31.01.2026 14:05:09,2 UTC"], 1_769_868_309.1, 0.1),
        (["1769868309.000000001", "1769868309.000000002"], 1_769_868_309.000000001, 1e-9),
    ],
)
def test_times_are_exact(table, times, start, steps):
    made = table(f"time;a\n{times[0]};1\n{times[1]};2\n")
    with open_run(made.path) as run:
        begin = run.header.start_utc_ns + run.timeline[0] - run.header.start_ns
        assert begin == pytest.approx(round(start * 1e9), abs=200)
        assert run.timeline[1] - run.timeline[0] == round(steps * 1e9)


def test_a_zone_has_to_be_said(table, refused):
    text = "timestamp,a\n2026-01-31 14:05:09,1\n2026-01-31 14:05:10,2\n"
    assert ":2: '2026-01-31 14:05:09' does not tell its time zone" in refused(text)
    for zone in ("+08:00", "Asia/Shanghai"):
        with open_run(table(text, zone=zone).path) as run:
            assert run.header.start_utc_ns == 1_769_839_509 * SECOND
    assert "there is no time zone 'Mars/Base'" in refused(text, zone="Mars/Base")


def test_date_and_time_may_stand_in_two_columns(table, refused):
    made = table("Datum;Uhrzeit;a\n31.01.2026;14:05:09;1\n31.01.2026;14:05:10;2\n", zone="UTC")
    with open_run(made.path) as run:
        assert run.header.start_utc_ns == 1_769_868_309 * SECOND
        assert run.names == ("a",)
    text = "c1;c2;a\n14:05:09;2026-01-31;1\n"
    made = table(text, zone="UTC", time=["c1", "c2"])
    assert values(made, "a") == [1.0]
    assert "but not the date" in refused(text, time=["c1"])


def test_a_time_column_has_a_unit_of_time(table, refused):
    text = "time [bar];a\n0;1\n1;2\n"
    assert "which is no unit of time" in refused(text, time=["time"])
    assert table(text, units={"time": "min"}).rows == 2


def test_the_zero_of_seconds_may_be_said(table, refused):
    made = table("t [ms];a\n-500;1\n0;2\n", start="2026-01-31T14:05:09Z")
    with open_run(made.path) as run:
        assert run.header.start_utc_ns == 1_769_868_308_500_000_000
        assert run.channel("a").values_si().times_ns.tolist() == [-SECOND // 2, 0]
    assert "'yesterday' is no moment" in refused("t;a\n0;1\n", start="yesterday")


def test_a_pause_is_a_gap(table):
    rows = [f"{t};1" for t in (0, 0.1, 0.2, 5, 5.1)]
    with open_run(table("t;a\n" + "\n".join(rows)).path) as run:
        assert [(gap.start_ns, gap.end_ns) for gap in run.gaps] == [(SECOND // 5, 5 * SECOND)]


def test_a_column_may_be_left_out(table, refused):
    assert "no column 'torqe'; did you mean 'torque'" in refused(PLAIN, skipped=["torqe"])
    made = table(PLAIN, skipped=["torque"])
    with open_run(made.path) as run:
        assert run.names == ("speed",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("t;a\n", "has a header, but no rows"),
        ("0;1\n1;2\n", ":1: the first line holds numbers"),
        ("t;a;a\n0;1;2\n", "columns 2, 3 have the same name 'a'"),
        ("t;p [bar];p [kPa]\n0;1;2\n", "the same name 'p'"),
        ("t;a\n0;1\n1;2;3\n", ":3: 3 fields, but the header has 2"),
        ("t;a\n0;1\n1\n", ":3: 1 fields"),
        ("x;a\n0;1\n", "no time axis"),
        ("t;time;a\n0;1;2\n", "may be the time: t, time"),
        ("t [bar];a\n0;1\n", "no time axis"),
        ("t;a\n0;1\n1;2\n0.5;3\n", ":4: the time '0.5' is earlier"),
        ("t;a\n0;1\n1;2\n1;3\n", ":4: the time '1' is the same"),
        ("t;a\n0;1\n;2\n", ":3: '' is no time"),
        ("t;a\n0;1\nnan;2\n", ":3: 'nan' is no time"),
        ("time;a\n2026-02-30T00:00:00Z;1\n", ":2: '2026-02-30T00:00:00Z' is no time"),
        ("t;a\n0;1\n1;2\n2;open\n", ":4: 'open' in column 'a' is no number"),
        ("t;a\n0;1\n1;1_000\n", ":3: '1_000' in column 'a'"),
        ("t;a\n0;1\n1;1e999\n", ":3: '1e999'"),
        ("t;a\n0;idle\n1;full\n", "no column of numbers"),
        ("t;a;\n0;1;2\n", "column 3 has values, but no name"),
        ('t;a\n0;"1\n1;2\n', "this row cannot be read"),
        (b"PK\x03\x04\0\0\0\0", "no text"),
        (b"\x89HDF\r\n\x1a\n\0\0\0\0", "no text"),
    ],
)
def test_what_cannot_become_a_run_is_a_sentence(refused, text, told):
    assert told in refused(text)


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(TableError, match="there is no file"):
        import_table(ImportOrder(tmp_path / "none.csv", tmp_path / "runs"), CREATED)


def test_one_row_is_a_run(table):
    with open_run(table("t;a\n0;1\n").path) as run:
        assert (len(run), run.channel("a").stored().tolist()) == (1, [1.0])


def test_an_empty_column_behind_the_last_delimiter_is_passed_over(table):
    assert table("t;a;\n0;1;\n1;2;\n;;\n").rows == 2


def test_two_imports_of_a_file_stand_side_by_side(table):
    assert table(PLAIN).path.name != table(PLAIN).path.name


def test_progress_is_told_in_bytes(tmp_path):
    file = tmp_path / "long.csv"
    rows = "".join(f"{row},{row}\n" for row in range(60_000))
    file.write_text("t,a\n" + rows)
    told = []
    made = import_table(
        ImportOrder(file, tmp_path / "runs"), CREATED, lambda done, size: told.append((done, size))
    )
    assert told[-1] == (file.stat().st_size, file.stat().st_size)
    assert len(told) > 2
    assert sorted(told) == told
    assert made.rows == 60_000
    assert values(made, "a") == list(range(60_000))


def test_an_error_late_in_a_file_names_its_line_and_leaves_nothing(refused):
    rows = "".join(f"{row},{row}\n" for row in range(70_000))
    assert ":70002: 'x' in column 'a'" in refused(f"t,a\n{rows}70000,x\n")


NUMBER = st.floats(allow_nan=False, allow_infinity=False)


@given(values=st.lists(NUMBER | st.none(), min_size=1, max_size=50), decimal=st.sampled_from(".,"))
def test_numbers_come_back_bit_by_bit(values, decimal):
    texts = ["" if value is None else repr(value).replace(".", decimal) for value in values]
    expected = np.array([np.nan if value is None else value for value in values])
    np.testing.assert_array_equal(numbers_of(texts, decimal), expected, strict=True)


@settings(max_examples=200)
@given(text=st.text("0123456789.,_-+eEinfaNx ", max_size=8), decimal=st.sampled_from(".,"))
def test_a_text_is_the_number_it_says_or_none(text, decimal):
    try:
        (found,) = numbers_of([text], decimal)
    except NoNumberError:
        return
    if text.strip().lower() in MISSING:
        assert np.isnan(found)
    else:
        assert not (set(text) & set("_" + (".,".replace(decimal, ""))))
        assert repr(found) == repr(np.float64(float(text.replace(decimal, "."))))


@settings(max_examples=8, deadline=None)
@given(
    values=st.lists(NUMBER, min_size=1, max_size=300),
    delimiter=st.sampled_from([";", "\t", ","]),
    decimal=st.sampled_from(["point", "comma"]),
)
def test_a_file_of_numbers_comes_back_bit_by_bit(tmp_path_factory, values, delimiter, decimal):
    folder = tmp_path_factory.mktemp("numbers")
    file = folder / "t.csv"
    sign = "," if decimal == "comma" else "."
    lines = [
        f'"{row}"{delimiter}"{value!r}"'.replace(".", sign) for row, value in enumerate(values)
    ]
    file.write_text(f"t{delimiter}a\n" + "\n".join(lines))
    made = import_table(ImportOrder(file, folder, Choices(decimal=decimal)), CREATED)
    with open_run(made.path) as run:
        assert run.channel("a").stored().tobytes() == np.array(values).tobytes()
