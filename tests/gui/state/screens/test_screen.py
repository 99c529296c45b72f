"""What a screen file may hold, and how it fits the shipped rigs."""

import pytest

from bench.config.catalogue import Catalogue
from bench.document import parse
from bench.errors import ConfigError
from gui.screens import FOLDER
from gui.state.console.cells import fitted_cells
from gui.state.console.gauges import fitted_gauges
from gui.state.console.mimic import fitted_picture
from gui.state.screens.screen import Cells, load_screen, screen_in, screen_of
from tests.gui.bench_values import model_of

RIGS = Catalogue.shipped().rig_names()
FILES = sorted(FOLDER.glob("*.yaml"))


def read(text):
    return screen_in(parse(text, "own.yaml"))


def refused(text):
    with pytest.raises(ConfigError) as caught:
        read(text)
    return caught.value.text()


def named(screen):
    """Yield every channel that a screen names."""
    for gauge in screen.gauges:
        yield gauge.channel
        for each in (*(gauge.range or ()), *(gauge.desired or ())):
            yield from each.names
    for strip in screen.strips:
        yield from strip.channels
    for axes in screen.maps:
        yield from (axes.x, axes.y, axes.z)
    for equipment in screen.picture.equipment.values():
        yield from equipment.channels
    for pipe in screen.picture.pipes:
        yield from () if pipe.flowing is None else pipe.flowing.names
    if screen.cells is not None:
        cells = screen.cells
        yield from (cells.mean, cells.lowest, cells.highest, cells.spread, cells.missing)
        yield from (gauge.channel for gauge in cells.beside)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_channel_of_a_shipped_screen_is_one_of_a_shipped_rig(path):
    screen = load_screen(path)
    models = [model_of(rig) for rig in RIGS]
    known = {name for m in models if m.object.kind == screen.screen for name in m.index}
    assert set(named(screen)) <= known


@pytest.mark.parametrize("rig", RIGS)
def test_every_shipped_rig_has_a_whole_screen(rig):
    model = model_of(rig)
    screen = screen_of(model.object.kind)
    gauges = fitted_gauges(screen, model)
    assert 8 <= len(gauges) <= 14
    assert all(gauge.scale.span > 0 for gauge in gauges)
    assert len(screen.strips_on(model.index)) == 4
    assert screen.maps_on(model.index)
    assert len(fitted_picture(screen, model).equipment) > 15


@pytest.mark.parametrize("rig", RIGS)
def test_every_condition_of_the_picture_is_known_on_a_shipped_rig(rig):
    model = model_of(rig)
    picture = fitted_picture(screen_of(model.object.kind), model)
    lacking = {each.name for each in picture.equipment if each.drawn.active and not each.active}
    assert not lacking
    assert all(pipe.flowing is not None for pipe in picture.pipes)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_of_a_shipped_screen_stands_in_both_languages(path):
    screen = load_screen(path)
    texts = [each.title for each in (*screen.gauges, *screen.strips, *screen.maps)]
    for equipment in screen.picture.equipment.values():
        texts += [equipment.label, *(each.label for each in equipment.values)]
    assert not [text.en for text in texts if text.en and not text.zh]


def test_cells_are_numbered_not_sorted_as_texts():
    cells = Cells(each="cvm.group_{}")
    names = ("cvm.group_10", "cvm.group_2", "cvm.group_x", "cvm.groups", "cell.voltage")
    assert cells.names(names) == ("cvm.group_2", "cvm.group_10")


@pytest.mark.parametrize(("rig", "count"), [("solid-oxide-system", 300), ("short-stack-bench", 10)])
def test_the_cells_of_a_rig_are_found_by_their_names(rig, count):
    model = model_of(rig)
    assert len(fitted_cells(screen_of("solid-oxide"), model).cells) == count


def test_an_engine_has_no_cells():
    model = model_of("hydrogen-engine-cell")
    assert fitted_cells(screen_of("hydrogen-engine"), model) is None


def test_strips_and_maps_keep_only_what_is_known():
    screen = read(
        "screen: x\n"
        "strips: [{channels: [a.a, b.b]}, {channels: [c.c]}]\n"
        "maps: [{x: a.a, y: b.b, z: c.c}, {x: a.a, y: a.a, z: b.b}]\n"
    )
    assert [each.channels for each in screen.strips_on({"b.b"})] == [("b.b",)]
    assert [each.z for each in screen.maps_on({"a.a", "b.b"})] == ["b.b"]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("screen: x\ngauge: []\n", "2:1", "gauges"),
        ("screen: x\ngauges: [{channel: a.b, range: [0 rpm, a.b +]}]\n", "2:45", "a.b +"),
        ("screen: x\ncells: {each: cvm.cell}\n", "2:15", "cvm.cell"),
        ("screen: x\npicture: {equipment: {v: {kind: valvo, at: [1, 1]}}}\n", "2:33", "valve"),
        ("screen: x\npicture: {equipment: {v: {kind: pump, at: [1, 99]}}}\n", "2:43", "outside"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column(text, place, said):
    told = refused(text)
    assert f"own.yaml:{place}:" in told
    assert said in told


def test_a_pipe_leads_to_equipment_and_runs_straight():
    told = refused(
        "screen: x\n"
        "picture:\n"
        "  equipment: {a: {kind: pump, at: [1, 1]}, b: {kind: pump, at: [5, 4]}}\n"
        "  pipes:\n"
        "    - {medium: air, through: [a, c]}\n"
        "    - {medium: air, through: [a, b]}\n"
        "    - {medium: air, through: [a, [5, 1], b]}\n"
    )
    assert "own.yaml:5:34: there is no equipment c" in told
    assert "own.yaml:6:34: a pipe runs across or upright" in told
    assert "own.yaml:7" not in told


def test_there_is_no_screen_of_a_kind_that_nobody_wrote_one_for():
    assert screen_of("steam-engine") is None


def test_a_file_is_named_after_the_kind_it_is_for(tmp_path):
    (tmp_path / "fan.yaml").write_text("screen: pump\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="pump"):
        screen_of("fan", (tmp_path,))


def test_a_range_of_another_quantity_is_refused():
    screen = read("screen: x\ngauges: [{channel: engine.speed, range: [0 bar, 3 bar]}]\n")
    with pytest.raises(ConfigError, match="rpm"):
        fitted_gauges(screen, model_of("hydrogen-engine-cell"))
