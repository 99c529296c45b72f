"""What is shipped speaks both languages: what a protocol does, its parameters, demands of rigs."""

import pytest

from bench.config.catalogue import Catalogue
from bench.config.protocol import load_protocol
from bench.config.rig import load_rig

CATALOGUE = Catalogue.shipped()


def is_bilingual(text):
    return bool(text.en and text.zh)


@pytest.mark.parametrize("name", CATALOGUE.protocol_names())
def test_a_shipped_protocol_says_in_both_languages_what_it_does_and_what_may_be_chosen(name):
    file = load_protocol(name, CATALOGUE).file
    assert is_bilingual(file.title)
    assert is_bilingual(file.about)
    assert not [each for each, given in file.parameters.items() if not is_bilingual(given.help)]


@pytest.mark.parametrize("name", CATALOGUE.rig_names())
def test_every_demand_of_a_shipped_rig_has_a_title_or_that_of_the_channel_it_governs(name):
    model = load_rig(name, CATALOGUE)
    untitled = []
    for point in model.demands:
        own, same = model.channels[point.channel].title, model.index.get(point.name)
        governed = None if same is None else model.channels[same].title
        if not is_bilingual(own) and (governed is None or not is_bilingual(governed)):
            untitled.append(point.name)
    assert not untitled
