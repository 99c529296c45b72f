"""Words that are put together are all in the catalogue."""

import pytest

from bench.messages import LANGUAGES, catalogue
from protocols.campaign.breaks import BY_KIND
from protocols.campaign.happenings import ENDINGS
from protocols.campaign.notes import WORDS
from protocols.campaign.standing import DOUBTFUL
from protocols.campaign.verdict import AT_END
from protocols.engine_quantities import CAMPAIGN_RESULTS

PROBLEMS = {
    *DOUBTFUL,
    "growing",
    "foreign",
    "empty",
    "duplicate",
    "other-object",
    "simulated",
    "serial-changed-count",
    "serial-changed-size",
}
KINDS = {*BY_KIND, *WORDS.values(), *(each for each in ENDINGS.values() if each), "recalibration"}
TOTALS = {
    "hours",
    "starts",
    "cold-starts",
    "thermal-cycles",
    "energy",
    "fuel",
    "revolutions",
    "oil",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_are_put_together_are_in_the_catalogue(language):
    wanted = {
        *(f"campaign.file-{each}" for each in PROBLEMS),
        *(f"campaign.kind-{each}" for each in KINDS),
        *(f"campaign.total-{each}" for each in TOTALS),
        *(f"campaign.{each.replace('_', '-')}" for each in CAMPAIGN_RESULTS),
    }
    assert wanted <= set(catalogue(language, "campaign"))


def test_every_result_of_a_campaign_can_be_judged():
    assert {*AT_END, "kilometres"} == set(CAMPAIGN_RESULTS)
