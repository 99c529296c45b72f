"""Texts that people write, with positions: every value knows its line and column.

YAML 1.2, core schema: ``on``, ``off``, ``yes`` and ``1:30`` are texts, ``012`` is twelve. What a
bench description does not need is refused with a sentence: tags, duplicate keys, several
documents, tabs in the indentation, anchors that explode. `load` reads, `validated` gives the
text to a pydantic model and reports all of its problems at once, each with file, line and column.
"""

from bench.document.places import Document, Mark, Problem, Section
from bench.document.reading import decoded, load, parse
from bench.document.validation import problems_of, validated
from bench.errors import nearest

__all__ = [
    "Document",
    "Mark",
    "Problem",
    "Section",
    "decoded",
    "load",
    "nearest",
    "parse",
    "problems_of",
    "validated",
]
