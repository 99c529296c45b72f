"""A reader of parts that is killed; apart from `dying`, which processes load quickly."""

from protocols.campaign.reading import read_part
from tests.protocols.campaign.dying import die


def read_or_die(job):
    """Read a part; the second run kills whoever reads it."""
    if "run1" in job.file:
        die()
    return read_part(job)
