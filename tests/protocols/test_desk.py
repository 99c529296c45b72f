import pytest

from bench.clock import SECOND, VirtualClock
from bench.messages import Bilingual, Message
from bench.service.port import BenchState, Reply
from bench.service.requests import GoOn, Note, Snapshot, StopNow
from protocols.desk import REPEAT, Desk, Line

KEYS = Message("keys.run")


class Server:
    """What takes requests, and says what it is told to say."""

    def __init__(self):
        self.asked = []
        self.reply = Reply(is_accepted=True)
        self.costs = Bilingual("It burns.", "会烧毁。")

    def state(self):
        return BenchState(costs=self.costs)

    def request(self, request):
        self.asked.append(request)
        return self.reply


class Typed:
    """A keyboard whose keys the test presses."""

    def __init__(self):
        self.keys = ""

    def pressed(self):
        keys, self.keys = self.keys, ""
        return keys


class Hands:
    """A desk, its keyboard and its server."""

    def __init__(self):
        self.server, self.keyboard, self.wall = Server(), Typed(), VirtualClock()
        self.desk = Desk(self.server, self.keyboard, wall=self.wall, operator="ada", keys=KEYS)

    def type(self, keys, *, at=None):
        if at is not None:
            self.wall.wait_until(round(at * SECOND))
        self.keyboard.keys = keys
        self.desk.look()
        return self.desk.entry


@pytest.fixture
def hands():
    return Hands()


def test_one_key_takes_a_snapshot_and_is_told(hands):
    entry = hands.type("s")
    assert hands.server.asked == [Snapshot(operator="ada")]
    assert (entry.asks, entry.said.id) == (KEYS, "keys.snapshot-taken")


def test_a_key_that_is_held_down_takes_one_snapshot(hands):
    for tenth in range(20):
        hands.type("sS", at=tenth / 10)
    assert len(hands.server.asked) == 1
    hands.type("s", at=1.9 + REPEAT / SECOND)
    assert len(hands.server.asked) == 2


def test_why_a_snapshot_was_refused_is_shown(hands):
    hands.server.reply = Reply(is_accepted=False, reason=Message("control.nothing-recorded"))
    assert hands.type("s").said.id == "control.nothing-recorded"


def test_a_note_is_typed_with_corrections_and_its_keys_are_no_commands(hands):
    entry = hands.type("nqs noisx")
    assert (entry.asks.id, entry.text) == ("keys.note", "qs noisx")
    assert hands.type("\x7fe 噪声\n").said.id == "keys.note-taken"
    assert hands.server.asked == [Note("qs noise 噪声", "ada")]
    assert not hands.desk.has_asked_to_stop


@pytest.mark.parametrize("keys", ["nabc\x1b", "n\n", "n  \n", "nabc\x15\n"])
def test_a_note_that_is_dropped_or_empty_is_not_written(hands, keys):
    assert hands.type(keys).asks == KEYS
    assert hands.server.asked == []


def test_an_answer_takes_the_keys_while_something_is_asked(hands):
    hands.desk.ask()
    assert hands.type("nq").text == "nq"
    assert hands.desk.answer() is None
    hands.type("\b\bno\ns")  # what follows the answer is no command to nobody's question
    assert hands.desk.answer() == "no"
    assert hands.desk.answer() is None
    assert hands.server.asked == []
    assert not hands.desk.has_asked_to_stop


def test_a_note_under_way_when_a_question_comes_is_no_answer(hands):
    hands.type("nit smel")
    hands.desk.ask()
    assert hands.type("ls\ny\n").asks.id == "keys.answer"
    assert hands.server.asked == [Note("it smells", "ada")]
    assert hands.desk.answer() == "y"


def test_a_question_that_is_taken_back_gives_the_keys_back(hands):
    hands.desk.ask()
    hands.type("y")
    hands.desk.withdraw()
    hands.type("q")
    assert hands.desk.answer() is None
    assert hands.desk.has_asked_to_stop


def test_keys_that_mean_nothing_do_nothing(hands):
    assert hands.type("\n\x1b xyz\t").said is None
    assert hands.server.asked == []


def test_control_characters_are_no_text():
    line = Line()
    for key in "a\tb\x04c\0":
        line.take(key)
    assert (line.text, line.is_done) == ("abc", False)


@pytest.mark.parametrize("word", ["yes", "YES ", "是"])
def test_people_first_is_asked_for_only_after_its_costs_were_confirmed(hands, word):
    entry = hands.type("p")
    assert "It burns." in entry.asks.text("en")
    assert "会烧毁" in entry.asks.text("zh")
    hands.type(word)
    assert hands.server.asked == []
    hands.type("\n")
    assert hands.server.asked == [StopNow(is_hard=True, is_people_first=True)]


@pytest.mark.parametrize("keys", ["p\n", "py\n", "pno\n", "pyes\x1b\n", "pq\n"])
def test_anything_but_the_whole_word_confirms_nothing(hands, keys):
    assert hands.type(keys).asks == KEYS
    assert hands.server.asked == []


def test_where_the_object_has_no_such_stop_the_key_says_so(hands):
    hands.server.costs = None
    assert hands.type("p").said.id == "stops.none-for-people"
    assert hands.server.asked == []


def test_a_key_orders_to_go_on(hands):
    hands.type("g")
    assert hands.server.asked == [GoOn()]
