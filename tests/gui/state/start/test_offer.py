"""Protocols and rigs one may choose."""

from bench.config.catalogue import Catalogue
from bench.messages import Bilingual
from gui.state.screens.screen import FirstRun, screen_of
from gui.state.start.newcomer import read_trials, trial_of
from gui.state.start.offer import ProtocolEntry, about_of, offered, read_protocol, read_rigs

SHIPPED = Catalogue.shipped()
ENTRIES = (
    ProtocolEntry("solid-oxide/iv", Bilingual("i-V curve", "极化曲线"), "solid-oxide"),
    ProtocolEntry("engine/map", Bilingual("Efficiency map", "万有特性"), "hydrogen-engine"),
    ProtocolEntry(
        "engine/best", Bilingual("Best point"), "hydrogen-engine", Bilingual("where", "最优处")
    ),
)


def names(entries):
    return [each.name for each in entries]


def test_protocols_for_the_object_come_first():
    found = offered(ENTRIES, "hydrogen-engine", "")
    assert names(found) == ["engine/best", "engine/map", "solid-oxide/iv"]


def test_all_words_of_a_search_have_to_occur_in_either_language():
    assert names(offered(ENTRIES, "", "MAP engine")) == ["engine/map"]
    assert names(offered(ENTRIES, "", "极化")) == ["solid-oxide/iv"]
    assert names(offered(ENTRIES, "", "best where")) == ["engine/best"]
    assert names(offered(ENTRIES, "", "最优处")) == ["engine/best"]
    assert names(offered(ENTRIES, "", "map iv")) == []


def test_what_stands_above_a_protocol_is_its_description():
    assert about_of("# One\n#   two\nprotocol: x\n# three\n") == "One two"


def test_what_a_protocol_says_of_itself_is_shown_in_the_language_of_the_window():
    said = read_protocol("hydrogen-engine/efficiency-map", SHIPPED).about
    assert said.text("en").startswith("Brake thermal efficiency")
    assert "有效热效率" in said.text("zh")


def test_a_protocol_that_cannot_be_read_says_why(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("protocol: [\n", encoding="utf-8")
    entry = read_protocol(str(path), SHIPPED)
    assert entry.protocol is None
    assert entry.problem is not None
    assert any("broken.yaml" in each for each in entry.details)


def test_a_newcomer_begins_with_a_protocol_that_judges_this_very_rig():
    protocols = tuple(
        read_protocol(name, SHIPPED)
        for name in ("hydrogen-engine/start", "hydrogen-engine/best-point", "solid-oxide/iv-curve")
    )
    rigs = {each.name: each for each in read_rigs(SHIPPED, lambda: None)}
    engine = rigs["hydrogen-engine-cell"]
    assert engine.is_simulable
    assert engine.object_title.zh == "氢发动机"
    found = trial_of(engine, protocols)
    assert (found.protocol, found.count) == ("hydrogen-engine/best-point", 2)
    assert trial_of(engine, protocols[2:]).protocol == ""
    wanted = FirstRun(protocol=protocols[1].name, speed=300)
    chosen = trial_of(engine, protocols, wanted)
    assert (chosen.protocol, chosen.speed) == (protocols[1].name, 300.0)


def test_what_a_screen_wants_to_be_begun_first_is_there_for_its_object():
    found = {each.rig.name: each for each in read_trials(SHIPPED, lambda: None)}
    for each in found.values():
        screen = screen_of(each.rig.kind)
        assert (each.protocol, each.speed) == (screen.first_run.protocol, screen.first_run.speed)
