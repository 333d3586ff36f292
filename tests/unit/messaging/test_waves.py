"""Waves: what officers may do with them, and how their messages are handed over."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.models.messaging.errors import (
    WaveChanged,
    WaveNeedsSecondOfficer,
    WaveSentNothing,
    WaveStateWrong,
    WaveUnknown,
)
from chalicelib.models.messaging.messages import Channel, DeliveryOutcome, DeliveryState, Receipt, Settlement
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.waves import (
    ALLOWED,
    SETTLED_WITHIN,
    Wave,
    WaveEvent,
    WaveFactKind,
    WaveItem,
    WaveRecord,
    WaveState,
    WaveStep,
    WaveWaits,
)
from chalicelib.services.messaging.wave_steps import FRESH_FOR, KnownWaves, do_step, notices_of_wave, pass_on
from chalicelib.services.messaging.waves import (
    Done,
    Officer,
    WaveKinds,
    WaveOffice,
    change_wave,
    count_messages,
    find_wave,
    list_waves,
    make_wave,
    take_back,
    wave_id,
)
from tests.forms import NOW
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.messaging import Messages
from tests.unit.fakes.waves import Killed, Kills, Queues, Waves

MAKER, OTHER = Officer("maker", "Người Lập"), Officer("other")
RELEASED, PAUSED, RESUMED, STOPPED, TAKEN_BACK = WaveFactKind
ABOVE = 200
HIDDEN = 180.0
"""Seconds until a step whose worker was killed comes again."""


@dataclass
class Stage:
    """Waves, the queues, and the messages that were sent."""

    kills: Kills = field(default_factory=Kills)
    clock: Clock = field(default_factory=Clock)
    messages: Messages = field(default_factory=Messages)

    def __post_init__(self) -> None:
        self.waves, self.queues = Waves(kills=self.kills), Queues(self.kills)
        self.office = WaveOffice(self.waves, self.messages, self.queues.queue_step, ABOVE, self.clock)

    def wave(self, number: int = 20, rate: int = 60) -> Wave:
        subjects = [f"S{each:04d}" for each in range(number)]
        wave = make_wave(
            WaveKinds("told", "text", {}),
            subjects,
            name=wave_id(f"{number} {len(self.waves.kept)}"),
            reason="why",
            rate=rate,
            by=MAKER,
            at=self.clock(),
        )
        assert self.waves.append(wave, subjects) is None
        return wave

    def does(self, wave: Wave, kind: WaveFactKind, by: Officer = OTHER) -> Done:
        if kind is TAKEN_BACK:
            return take_back(wave.id, "why", by=by, office=self.office)
        return change_wave(wave.id, kind, "why", by=by, office=self.office)

    def runs(self, until: float = 1e9) -> None:
        """Do what is in the queue of waves, each when it is due. One whose worker is killed comes again later."""
        queues = self.queues
        while due := sorted(each for each in queues.steps if each[0] <= until):
            queues.steps.remove(due[0])
            queues.now, step = max(queues.now, due[0][0]), due[0][1]
            try:
                do_step(step, waves=self.waves, hand_over=queues.hand_over, queue_step=queues.queue_step)
            except Killed:
                queues.steps.append((queues.now + HIDDEN, step))
        queues.now = max(queues.now, min(until, queues.now + HIDDEN))

    def handed_over(self) -> Counter[str]:
        return Counter(event.subject for _, event in self.queues.messages)

    def settles(self, wave: Wave, subject: str, outcome: DeliveryOutcome) -> None:
        notice = written(WaveItem(wave, subject))
        self.messages.claim(notice, now=self.clock())
        channel = Channel.SMS if outcome is DeliveryOutcome.SENT else None
        self.messages.settle(notice, Settlement(outcome, channel=channel), now=self.clock())

    def notices(self, wave: Wave, subject: str = "S0000") -> list[Notice]:
        return notices_of_wave(
            WaveEvent(kind="told", subject=subject, wave=wave.id),
            write=written,
            find_wave=self.waves.find,
            about=self.messages.about,
            clock=self.clock,
        )


def written(item: WaveItem) -> Notice:
    sent = {"sent": item.taken_back.isoformat()} if item.taken_back else {}
    return Notice("+84912345678", item.wave.text, sent, item.subject, item.wave.event, NOW + timedelta(days=30))


@pytest.fixture
def stage() -> Stage:
    return Stage()


# --- what officers may do ---


def test_a_wave_waits_until_it_is_released(stage: Stage) -> None:
    wave = stage.wave()
    stage.runs()
    assert (stage.queues.messages, find_wave(wave.id, office=stage.office).state) == ([], WaveState.WAITING)
    released = stage.does(wave, RELEASED).record
    assert released.state is WaveState.RUNNING
    stage.runs()
    assert find_wave(wave.id, office=stage.office).state is WaveState.HANDED_OVER
    assert stage.handed_over() == Counter(stage.waves.of[wave.id])


@pytest.mark.parametrize(("number", "by", "allowed"), [(200, MAKER, True), (201, MAKER, False), (201, OTHER, True)])
def test_a_large_wave_is_released_by_another_officer(stage: Stage, number: int, by: Officer, allowed: bool) -> None:
    wave = stage.wave(number)
    if allowed:
        assert stage.does(wave, RELEASED, by).record.state is WaveState.RUNNING
    else:
        with pytest.raises(WaveNeedsSecondOfficer):
            stage.does(wave, RELEASED, by)
        assert stage.queues.steps == []


WAYS: dict[WaveState, list[WaveFactKind]] = {
    WaveState.WAITING: [],
    WaveState.RUNNING: [RELEASED],
    WaveState.PAUSED: [RELEASED, PAUSED],
    WaveState.STOPPED: [RELEASED, STOPPED],
}


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("kind", [RELEASED, PAUSED, RESUMED, STOPPED])
def test_what_may_be_done_depends_on_the_state(stage: Stage, state: WaveState, kind: WaveFactKind) -> None:
    wave = stage.wave()
    for each in WAYS[state]:
        stage.does(wave, each, MAKER)
    assert find_wave(wave.id, office=stage.office).state is state
    if state in ALLOWED[kind]:
        assert not stage.does(wave, kind).repeated
    else:
        with pytest.raises(WaveStateWrong) as wrong:
            stage.does(wave, kind)
        assert wrong.value.members == {"state": state}


def test_a_wave_that_is_handed_over_can_still_be_paused_and_stopped(stage: Stage) -> None:
    wave = stage.wave()
    stage.does(wave, RELEASED)
    stage.runs()
    for kind, state in ((PAUSED, WaveState.PAUSED), (RESUMED, WaveState.HANDED_OVER), (STOPPED, WaveState.STOPPED)):
        assert stage.does(wave, kind).record.state is state


@pytest.mark.parametrize("kind", [RELEASED, PAUSED, STOPPED])
def test_what_the_same_officer_sends_twice_is_done_once(stage: Stage, kind: WaveFactKind) -> None:
    wave = stage.wave()
    if kind is not RELEASED:
        stage.does(wave, RELEASED, MAKER)
    first, second = stage.does(wave, kind), stage.does(wave, kind)
    assert (first.repeated, second.repeated, second.record) == (False, True, first.record)


def test_of_two_officers_at_the_same_moment_one_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = stage.wave()
    append = stage.waves.append_fact

    def late(*arguments: object) -> bool:
        monkeypatch.setattr(stage.waves, "append_fact", append)
        stage.does(wave, STOPPED, MAKER)
        return append(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.waves, "append_fact", late)
    with pytest.raises(WaveChanged):
        stage.does(wave, RELEASED)
    assert find_wave(wave.id, office=stage.office).state is WaveState.STOPPED


@pytest.mark.parametrize("name", ["", "0" * 16, "../../etc", "WAVE#" + "0" * 11])
def test_a_wave_that_is_not_there_is_unknown(stage: Stage, name: str) -> None:
    with pytest.raises(WaveUnknown):
        find_wave(name, office=stage.office)


def test_waves_are_listed_the_latest_first_in_pages(stage: Stage) -> None:
    made = []
    for _ in range(3):
        stage.clock.advance(minutes=1)
        made.append(stage.wave())
    first = list_waves(since=NOW, cursor=None, limit=2, office=stage.office)
    last = list_waves(since=NOW, cursor=first.cursor, limit=2, office=stage.office)
    assert [each.wave for each in [*first.items, *last.items]] == made[::-1]
    assert last.cursor is None


# --- how fast, and once each ---


def test_a_wave_keeps_its_rate(stage: Stage) -> None:
    wave = stage.wave(300, rate=120)
    stage.does(wave, RELEASED)
    stage.does(wave, RELEASED)  # two chains of steps: one ends
    stage.runs()
    times = sorted({at for at, _ in stage.queues.messages})
    assert all(later - sooner >= 10 for sooner, later in pairwise(times))
    assert max(Counter(at for at, _ in stage.queues.messages).values()) == 20
    assert stage.handed_over() == Counter(stage.waves.of[wave.id])


@pytest.mark.parametrize(("rate", "a_step"), [(6, 1), (11, 1), (60, 10), (600, 100)])
def test_a_step_has_the_messages_of_ten_seconds(stage: Stage, rate: int, a_step: int) -> None:
    assert stage.wave(rate=rate).a_step == a_step


@pytest.mark.parametrize("at", range(40))
@pytest.mark.parametrize("more", [(), (1,), (2, 3), (7,)])
def test_whenever_a_worker_is_killed_everybody_is_handed_over(at: int, more: tuple[int, ...]) -> None:
    stage = Stage()
    wave = stage.wave(25)
    stage.does(wave, RELEASED)
    stage.kills.calls, stage.kills.at = 0, {at, *(at + each for each in more)}
    stage.runs()
    assert set(stage.handed_over()) == set(stage.waves.of[wave.id])
    assert find_wave(wave.id, office=stage.office).state is WaveState.HANDED_OVER


@pytest.mark.parametrize("kind", [RELEASED, RESUMED])
@pytest.mark.parametrize("at", range(6))
def test_whenever_a_request_is_killed_the_wave_runs_or_is_as_before(kind: WaveFactKind, at: int) -> None:
    stage = Stage()
    wave = stage.wave(25)
    if kind is RESUMED:
        stage.does(wave, RELEASED)
        stage.runs(until=15)
        stage.does(wave, PAUSED)
        stage.runs()
    before = len(stage.handed_over())
    stage.kills.calls, stage.kills.at = 0, {at}
    with pytest.raises(Killed):
        stage.does(wave, kind)
    written_down = find_wave(wave.id, office=stage.office).state is WaveState.RUNNING
    stage.runs()
    assert len(stage.handed_over()) == (25 if written_down else before)
    if not written_down:
        stage.does(wave, kind)
        stage.runs()
        assert len(stage.handed_over()) == 25


@pytest.mark.parametrize("minutes", [0, 10])
def test_a_paused_wave_goes_on_where_it_was(stage: Stage, minutes: int) -> None:
    wave = stage.wave(100)
    stage.does(wave, RELEASED)
    stage.runs(until=25)
    stage.does(wave, PAUSED)
    reached = len(stage.handed_over())
    assert 0 < reached < 100
    if minutes:
        stage.runs(until=25 + 60 * minutes)
        assert (len(stage.handed_over()), stage.queues.steps) == (reached, [])
    stage.does(wave, RESUMED)
    stage.runs()
    assert stage.handed_over() == Counter(stage.waves.of[wave.id])


def test_a_stopped_wave_hands_over_nothing_more(stage: Stage) -> None:
    wave = stage.wave(100)
    stage.does(wave, RELEASED)
    stage.runs(until=25)
    stage.does(wave, STOPPED)
    reached = len(stage.handed_over())
    stage.runs()
    assert len(stage.handed_over()) == reached < 100


def test_an_old_step_of_a_redrive_does_nothing(stage: Stage) -> None:
    wave = stage.wave()
    stage.does(wave, RELEASED)
    stage.runs()
    before = len(stage.queues.messages)
    for old in (WaveStep(wave.id, 0), WaveStep("0" * 16, 0)):
        assert (
            do_step(old, waves=stage.waves, hand_over=stage.queues.hand_over, queue_step=stage.queues.queue_step) == 0
        )
    assert len(stage.queues.messages) == before


# --- at delivery ---


def test_a_message_of_a_running_wave_has_the_wave_s_key(stage: Stage) -> None:
    wave = stage.wave()
    stage.does(wave, RELEASED)
    (notice,) = stage.notices(wave)
    assert (notice.about, notice.event, notice.is_stopped) == ("S0000", f"wave_{wave.id}", False)
    assert len(notice.tracking) <= 48 - len("0" * 16) + len("S0000")


def test_a_message_of_a_paused_wave_is_parked_until_it_goes_on(stage: Stage) -> None:
    wave = stage.wave()
    stage.does(wave, RELEASED)
    stage.does(wave, PAUSED)
    with pytest.raises(WaveWaits):
        stage.notices(wave)
    parked: list[WaveEvent] = []
    event = WaveEvent(kind="told", subject="S0000", wave=wave.id)

    def passes_on() -> None:
        pass_on(event, waves=stage.waves, hand_over=stage.queues.hand_over, park=parked.append)

    passes_on()
    assert (parked, stage.queues.messages) == ([event], [])
    stage.does(wave, RESUMED)
    passes_on()
    assert (parked, [each for _, each in stage.queues.messages]) == ([event], [event])


def test_a_message_of_a_stopped_wave_is_on_record_and_not_sent(stage: Stage) -> None:
    wave = stage.wave()
    stage.does(wave, RELEASED)
    stage.does(wave, STOPPED)
    assert [each.is_stopped for each in stage.notices(wave)] == [True]


def test_a_wave_whose_time_is_over_writes_nothing(stage: Stage) -> None:
    wave = stage.wave()
    stage.waves.kept.clear()
    assert stage.notices(wave) == []


def test_a_worker_asks_again_for_a_wave_after_two_seconds() -> None:
    now, asked = [0.0], []

    def find(wave: str) -> WaveRecord | None:
        asked.append(wave)
        return None

    known = KnownWaves(find, lambda: now[0])
    for at, number in ((0.0, 1), (FRESH_FOR - 0.1, 1), (FRESH_FOR, 2)):
        now[0] = at
        known.find("one")
        assert len(asked) == number
    for each in range(150):
        known.find(f"{each}")
    assert len(asked) == 152


# --- taking back, and counting ---


def test_a_wave_is_taken_back_from_those_who_got_its_message_or_may_have(stage: Stage) -> None:
    wave = stage.wave(100)
    stage.does(wave, RELEASED)
    stage.runs(until=5)  # one step: ten are handed over
    stage.settles(wave, "S0000", DeliveryOutcome.SENT)
    stage.settles(wave, "S0001", DeliveryOutcome.REFUSED)
    done = stage.does(wave, TAKEN_BACK)
    new = done.record.wave
    assert (new.takes_back, new.text, new.kind, done.record.state) == (
        wave.id,
        "message_taken_back",
        "told",
        WaveState.WAITING,
    )
    # The step after the last one that is written down may be on its way.
    assert stage.waves.of[new.id] == [f"S{each:04d}" for each in range(20) if each != 1]
    former = find_wave(wave.id, office=stage.office)
    assert (former.state, former.taken_back_by) == (WaveState.STOPPED, new.id)
    assert stage.does(wave, TAKEN_BACK, MAKER) == Done(done.record, repeated=True)


def test_only_those_who_got_the_message_are_told_that_it_was_wrong(stage: Stage) -> None:
    wave = stage.wave()
    stage.does(wave, RELEASED)
    stage.runs()
    stage.settles(wave, "S0000", DeliveryOutcome.SENT)
    new = stage.does(wave, TAKEN_BACK).record.wave
    stage.does(new, RELEASED)
    (notice,) = stage.notices(new, "S0000")
    assert (notice.text_id, notice.event) == ("message_taken_back", f"wave_{new.id}")
    assert datetime.fromisoformat(notice.values["sent"])
    with pytest.raises(WaveWaits):  # it may still be sent
        stage.notices(new, "S0002")
    stage.messages.claim(written(WaveItem(wave, "S0003")), now=stage.clock())
    stage.settles(wave, "S0004", DeliveryOutcome.STOPPED)
    stage.clock.advance(seconds=SETTLED_WITHIN.total_seconds())
    assert stage.notices(new, "S0002") == []
    with pytest.raises(WaveWaits):  # it is being sent
        stage.notices(new, "S0003")
    assert stage.notices(new, "S0004") == []


def test_a_wave_of_which_nobody_got_a_message_is_not_taken_back(stage: Stage) -> None:
    wave = stage.wave(2)
    with pytest.raises(WaveSentNothing):
        stage.does(wave, TAKEN_BACK)
    stage.does(wave, RELEASED)
    stage.runs()
    for subject in stage.waves.of[wave.id]:
        stage.settles(wave, subject, DeliveryOutcome.LATE)
    with pytest.raises(WaveSentNothing):
        stage.does(wave, TAKEN_BACK)


def test_what_became_of_the_messages_is_counted(stage: Stage) -> None:
    wave = stage.wave(30)
    record = find_wave(wave.id, office=stage.office)
    assert count_messages(record, office=stage.office) == (0, 0, {}, 30)
    stage.does(wave, RELEASED)
    stage.runs()
    outcomes = [DeliveryOutcome.SENT] * 4 + [DeliveryOutcome.LATE] * 3 + [DeliveryOutcome.STOPPED]
    for number, outcome in enumerate(outcomes):
        stage.settles(wave, f"S{number:04d}", outcome)
    for state in (DeliveryState.DELIVERED, DeliveryState.SEEN):
        stage.messages.take_receipt(Receipt(Channel.SMS, f"S0000.{wave.event}", state, NOW))
    counts = count_messages(find_wave(wave.id, office=stage.office), office=stage.office)
    assert counts == (4, 1, {DeliveryOutcome.LATE: 3, DeliveryOutcome.STOPPED: 1}, 22)
