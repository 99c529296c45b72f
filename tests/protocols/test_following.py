import itertools

import pytest

from bench.clock import VirtualClock
from bench.errors import Refused
from bench.messages import Message
from bench.service.interrupts import Interrupts
from bench.service.port import Attention, BenchState, Reply
from bench.service.requests import Answer, Hold, Leave, Note, Resume, Snapshot, StopNow
from protocols.following import Follower, Manner

HELD, ASKED, NONE = Attention.HELD, Attention.QUESTION, Attention.NONE
ATTENDED = Manner(operator="ada", is_attended=True)
WATCHED = Manner(soft=Leave(), hard=Leave())


class Scripted:
    """A bench of which each scan does the next thing of a list, then what it was asked to."""

    has_begun = True

    def __init__(self, *doings):
        self.doings = list(doings)
        self.asked = []
        self.attention = NONE
        self.is_finished = False
        self.scans = 0

    @property
    def elapsed(self):
        return self.scans / 10

    def step(self):
        self.scans += 1
        assert self.scans < 200
        if self.doings:
            self.doings.pop(0)(self)

    def request(self, request):
        if isinstance(request, StopNow | Leave):
            self.is_finished = True
        elif isinstance(request, Answer | Resume):
            self.attention = NONE
        self.asked.append(request)
        return Reply(is_accepted=True)

    def state(self):
        return BenchState()


class Screen:
    """Remembers what was shown."""

    def __init__(self):
        self.entries, self.questions = [], 0

    def show(self, state, entry=None):
        self.entries.append(entry)

    def ask(self, state):
        self.questions += 1


class Typing:
    """A keyboard that types one text per look."""

    def __init__(self, *texts):
        self.texts = itertools.chain(texts, itertools.repeat(""))

    def pressed(self):
        return next(self.texts)


def followed(bench, manner=ATTENDED, *, keyboard=None, interrupts=None):
    screen = Screen()
    Follower(
        bench, screen, manner, wall=VirtualClock(), interrupts=interrupts or Interrupts(),
        keyboard=keyboard,
    ).follow()  # fmt: skip
    return screen


def put(attention):
    return lambda bench: setattr(bench, "attention", attention)


def quiet(bench):
    pass


def done(bench):
    bench.is_finished = True


def test_the_stop_key_stops_softly_however_often_it_is_pressed():
    bench = Scripted()
    followed(bench, keyboard=Typing("", "qqqq"))
    assert bench.asked == [StopNow(needs_run=True)]


def test_ctrl_c_after_the_stop_key_stops_hard():
    bench, interrupts = Scripted(), Interrupts()
    bench.request = lambda request: bench.asked.append(request) or Reply(is_accepted=True)

    def ctrl_c(_):
        interrupts(2, None)

    bench.doings = [quiet, quiet, quiet, ctrl_c, quiet, done]
    followed(bench, keyboard=Typing("q"), interrupts=interrupts)
    assert bench.asked == [StopNow(needs_run=True), StopNow(is_hard=True, needs_run=True)]


def test_a_question_takes_the_line_typed_after_it_and_keys_work_again():
    bench = Scripted(put(ASKED), quiet, quiet, quiet, quiet, done)
    screen = followed(bench, keyboard=Typing("", "no", "\n", "", "s"))
    assert bench.asked == [Answer(is_done=False, operator="ada"), Snapshot(operator="ada")]
    assert screen.questions == 1


def test_a_held_sequence_goes_on_with_enter():
    bench = Scripted(put(HELD), quiet, quiet, done)
    followed(bench, keyboard=Typing("", "\n"))
    assert bench.asked == [Resume()]


def test_a_question_that_a_stop_takes_back_leaves_no_answer_behind():
    bench = Scripted(put(ASKED), quiet, put(NONE), quiet, put(ASKED), quiet, quiet, done)
    followed(bench, keyboard=Typing("", "y", "", "", "", "n\n"))
    assert bench.asked == [Answer(is_done=False, operator="ada")]


def test_nobody_there_answers_yes_to_a_question_and_stops_what_is_held():
    bench = Scripted(put(ASKED), quiet, put(HELD))
    followed(bench, Manner(operator="nobody"))
    assert bench.asked == [Answer(is_done=True, operator="nobody"), StopNow()]


@pytest.mark.parametrize("keyboard", [None, Typing("", "", "q")])
def test_a_bench_that_is_watched_is_left_by_ctrl_c_or_the_key(keyboard):
    bench, interrupts = Scripted(), Interrupts()
    if keyboard is None:
        bench.doings = [quiet, lambda _: interrupts(2, None)]
    followed(bench, WATCHED, keyboard=keyboard, interrupts=interrupts)
    assert bench.asked == [Leave()]


def test_a_bench_is_left_once_after_its_time():
    bench = Scripted()
    followed(bench, Manner(soft=Leave(), hard=Leave(), seconds=3.0))
    assert bench.asked == [Leave()]
    assert bench.elapsed == 3.0


def test_what_the_keys_do_is_shown_under_the_picture_only_where_there_are_keys():
    manner = Manner(keys=Message("keys.monitor"))
    ticking = [quiet] * 3 + [done]
    assert followed(Scripted(*ticking), manner).entries == [None]  # time stands: the end alone
    clock = VirtualClock()
    screen = Screen()
    bench = Scripted(*[lambda _: clock.wait_until(clock.now() + 10**9)] * 3, done)
    Follower(bench, screen, manner, wall=clock, interrupts=Interrupts(), keyboard=Typing()).follow()
    assert screen.entries[0].asks.id == "keys.monitor"
    assert screen.entries[-1] is None


def test_a_run_stopped_before_anything_moved_is_refused():
    bench, interrupts = Scripted(), Interrupts()
    bench.has_begun = False
    bench.request = lambda _: Reply(is_accepted=False)
    interrupts(2, None)
    with pytest.raises(Refused, match="nothing moved"):
        followed(bench, interrupts=interrupts)


GUEST = Manner(operator="ada", is_attended=True, is_guest=True, does={"h": Hold()})


def test_the_key_that_detaches_stops_nothing():
    bench = Scripted()
    followed(bench, GUEST, keyboard=Typing("", "d"))
    assert bench.asked == []
    assert not bench.is_finished


def test_keys_ask_a_server_for_what_they_stand_for():
    bench = Scripted(quiet, quiet, done)
    followed(bench, GUEST, keyboard=Typing("h"))
    assert bench.asked == [Hold()]


def test_a_guest_that_nobody_attends_leaves_questions_and_holds_to_others():
    bench = Scripted(put(ASKED), quiet, put(HELD), quiet, done)
    followed(bench, Manner(is_guest=True))
    assert bench.asked == []


def test_ctrl_c_of_a_guest_where_nothing_runs_detaches():
    bench, interrupts = Scripted(), Interrupts()
    bench.has_begun = False
    bench.request = lambda request: bench.asked.append(request) or Reply(is_accepted=False)
    bench.doings = [lambda _: interrupts(2, None)]
    followed(bench, GUEST, interrupts=interrupts)
    assert bench.asked == [StopNow(needs_run=True)]


def test_a_note_typed_while_somebody_holds_the_sequence_stops_nothing():
    bench = Scripted(put(HELD), quiet, quiet, quiet, done)
    screen = followed(bench, GUEST, keyboard=Typing("", "n", "oil smell\n"))
    assert bench.asked == [Note("oil smell", "ada")]
    assert screen.questions == 0
