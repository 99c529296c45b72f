"""Every sentence that the source can say stands in both catalogues, with the same blanks."""

import ast
import re
import string
from pathlib import Path

import pytest

from bench.messages import LANGUAGES, catalogue

ROOT = Path(__file__).parents[2]
PACKAGES = ("bench", "drivers", "protocols", "gui")  # analysis knows no messages
ID = re.compile(r"[a-z0-9]+\.[A-Za-z0-9-]+")
"""Room and sentence; capitals where a sentence is named after a class: word.request-Hold."""
ROOMS = sorted(path.stem for path in (ROOT / "bench/messages/en").glob("*.po"))


def trees():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def name_of(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def sayers():
    """Names of the classes whose first argument is a message id."""
    bases = {
        node.name: {name_of(base) for base in node.bases}
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"BenchError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found | {"Message"}


def sentences():
    """Yield place, id and keywords (None: not known) of every sentence in the source."""
    names = sayers()
    for path, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and name_of(node.func) in names and node.args):
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and ID.fullmatch(str(first.value)):
                place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
                yield place, first.value, keywords_of(node)


def keywords_of(call):
    if name_of(call.func) == "Message":
        given = call.args[1] if len(call.args) > 1 else ast.Dict(keys=[], values=[])
        if not isinstance(given, ast.Dict):
            return None
        keys = [key.value if isinstance(key, ast.Constant) else None for key in given.keys]
    else:
        keys = [keyword.arg for keyword in call.keywords]
    return None if None in keys else set(keys)


def blanks(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def text_of(language, message_id):
    return catalogue(language, message_id.partition(".")[0]).get(message_id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_source_stands_in_the_catalogue(language):
    found = list(sentences())
    assert len(found) > 50
    missing = [f"{place} {said}" for place, said, _ in found if not text_of(language, said)]
    assert not missing, "\n".join(missing)


def test_every_blank_of_a_sentence_is_filled_where_it_is_said():
    always = {"expression", "column"}  # an ExpressionError fills them itself
    unfilled = [
        f"{place} {said}: {sorted(blanks(text_of('en', said)) - given - always)}"
        for place, said, given in sentences()
        if given is not None
        and text_of("en", said)
        and blanks(text_of("en", said)) - given - always
    ]
    assert not unfilled, "\n".join(unfilled)


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_have_the_same_sentences_with_the_same_blanks(room):
    english, chinese = (
        {said: blanks(text) for said, text in catalogue(language, room).items()}
        for language in LANGUAGES
    )
    assert english == chinese


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_is_told_twice(room):
    for language in LANGUAGES:
        text = (ROOT / f"bench/messages/{language}/{room}.po").read_text(encoding="utf-8")
        ids = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
        assert len(ids) == len(set(ids)), (
            f"{language}: {sorted({i for i in ids if ids.count(i) > 1})}"
        )


@pytest.mark.parametrize("room", ROOMS)
def test_every_id_of_a_catalogue_belongs_to_its_room(room):
    for language in LANGUAGES:
        assert all(
            ID.fullmatch(said) and said.startswith(f"{room}.") for said in catalogue(language, room)
        )
