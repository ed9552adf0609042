#include "simulation/executor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace squall::simulation {
namespace {

using std::chrono::milliseconds;

// Notes what happens, in order.
class Recorder final : public EventHandler {
 public:
  explicit Recorder(const Executor& executor) : executor_(executor) {}
  void handle(EventKind, uint64_t id) override {
    ids.push_back(id);
    times.push_back(executor_.now() - kStartOfTime);
  }

  std::vector<uint64_t> ids;
  std::vector<Duration> times;

 private:
  const Executor& executor_;
};

class ExecutorTest : public testing::Test {
 protected:
  ~ExecutorTest() override {
    if (executor.lives(executor.incarnation())) executor.end_incarnation();
  }

  EventId schedule(Duration delay, uint64_t id, Incarnation owner = kWorld, uint64_t whom = 0) {
    return executor.schedule(delay, {.kind = EventKind::kExecute,
                                     .owner = owner,
                                     .handler = &recorder,
                                     .id = id,
                                     .entity = whom});
  }
  void run() {
    while (executor.step()) {
    }
  }

  Executor executor;
  Recorder recorder{executor};
};

using Ids = std::vector<uint64_t>;

// Shows: events run in the order of their times, and the clock stands at each event's time.
TEST_F(ExecutorTest, EventsRunInOrderOfTime) {
  for (const uint64_t id : {50, 20, 90, 10, 70, 30, 60, 40, 80}) schedule(milliseconds(id), id);
  run();
  EXPECT_EQ(recorder.ids, Ids({10, 20, 30, 40, 50, 60, 70, 80, 90}));
  EXPECT_EQ(recorder.times.front(), milliseconds(10));
  EXPECT_EQ(recorder.times.back(), milliseconds(90));
}

// Shows: many events of equal times run first in, first out, also among others.
TEST_F(ExecutorTest, TiesAreFirstInFirstOut) {
  for (uint64_t id = 0; id < 1000; ++id) schedule(milliseconds(id % 7), id);
  run();
  ASSERT_EQ(recorder.ids.size(), 1000U);
  for (size_t i = 1; i < 1000; ++i) {
    const uint64_t before = recorder.ids[i - 1];
    const uint64_t after = recorder.ids[i];
    EXPECT_TRUE(before % 7 < after % 7 || (before % 7 == after % 7 && before < after));
  }
}

// Shows: a cancelled event neither runs nor moves the clock, and its name stays harmless.
TEST_F(ExecutorTest, CancelledEventsDoNotHappen) {
  schedule(milliseconds(1), 1);
  const EventId cancelled = schedule(milliseconds(5), 2);
  executor.cancel(cancelled);
  executor.cancel(cancelled);
  executor.cancel(EventId());
  run();
  executor.cancel(cancelled);
  EXPECT_EQ(recorder.ids, Ids({1}));
  EXPECT_EQ(executor.now() - kStartOfTime, milliseconds(1));
  EXPECT_FALSE(executor.next_time());

  schedule(milliseconds(1), 3);  // takes the slot of a cancelled one
  executor.cancel(cancelled);
  run();
  EXPECT_EQ(recorder.ids, Ids({1, 3}));
}

// Shows: cancelling most of a large heap leaves the rest in order.
TEST_F(ExecutorTest, ManyCancellationsLeaveTheRestInOrder) {
  std::vector<EventId> events;
  events.reserve(2000);
  for (uint64_t id = 0; id < 2000; ++id) events.push_back(schedule(milliseconds(3000 - id), id));
  for (uint64_t id = 0; id < 2000; ++id)
    if (id % 10 != 0) executor.cancel(events[id]);
  run();
  ASSERT_EQ(recorder.ids.size(), 200U);
  for (size_t i = 0; i < 200; ++i) EXPECT_EQ(recorder.ids[i], 1990 - 10 * i);
}

// Shows: deviations hit the nth event of their entity only: late by so much, or last among equals.
TEST_F(ExecutorTest, DeviationsDelayAndReorderWhatTheyName) {
  const uint64_t alpha = entity(EventKind::kExecute, "alpha");
  const uint64_t beta = entity(EventKind::kExecute, "beta");
  ASSERT_NE(alpha, beta);
  executor.set_deviations({{.entity = alpha, .ordinal = 2, .extra_delay = milliseconds(10)},
                           {.entity = beta, .ordinal = 1, .last_of_ties = true}});
  schedule(milliseconds(1), 1, kWorld, alpha);
  schedule(milliseconds(1), 2, kWorld, alpha);
  schedule(milliseconds(1), 3, kWorld, beta);
  schedule(milliseconds(1), 4, kWorld, beta);
  schedule(milliseconds(1), 5, kWorld, alpha);
  run();
  EXPECT_EQ(recorder.ids, Ids({1, 4, 5, 3, 2}));
  EXPECT_EQ(recorder.times.back(), milliseconds(11));
}

// --- Coroutines

struct CountsDestruction {
  int* count;
  ~CountsDestruction() { ++*count; }
};

Task<void> sleep_and_note(Executor* executor, Duration how_long, int number,
                          std::vector<int>* notes) {
  Wait wait(*executor);
  wait.complete_after(how_long, EventKind::kWake);
  co_await wait;
  notes->push_back(number);
}

// Shows: spawned tasks start through the ready queue in order, not inside spawn(), and sleepers
// wake in the order of their times.
TEST_F(ExecutorTest, TasksSleepAndWakeInOrder) {
  executor.begin_incarnation();
  std::vector<int> notes;
  executor.spawn(sleep_and_note(&executor, milliseconds(3), 1, &notes));
  executor.spawn(sleep_and_note(&executor, milliseconds(2), 2, &notes));
  executor.spawn(sleep_and_note(&executor, milliseconds(2), 3, &notes));
  EXPECT_EQ(executor.events(), 0U);
  EXPECT_TRUE(executor.has_ready());
  run();
  EXPECT_EQ(notes, std::vector<int>({2, 3, 1}));
  EXPECT_EQ(executor.now() - kStartOfTime, milliseconds(3));
}

struct ReadyQueue {
  Executor* executor;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) const { executor->resume_soon(waiting); }
  void await_resume() const noexcept {}
};
Task<void> go_round(Executor* executor, int number, std::vector<int>* notes) {
  for (int round = 0; round < 2; ++round) {
    notes->push_back(number);
    ReadyQueue next{executor};
    co_await next;
  }
}

// Shows: resume_soon() goes to the end of the ready queue, and the queue empties before time goes
// on.
TEST_F(ExecutorTest, ReadyCoroutinesTakeTurnsBeforeTimeGoesOn) {
  executor.begin_incarnation();
  std::vector<int> notes;
  schedule(Duration(0), 9);
  executor.spawn(go_round(&executor, 1, &notes));
  executor.spawn(go_round(&executor, 2, &notes));
  while (executor.has_ready()) executor.step();
  EXPECT_EQ(notes, std::vector<int>({1, 2, 1, 2}));
  EXPECT_TRUE(recorder.ids.empty());
  run();
  EXPECT_EQ(recorder.ids, Ids({9}));
}

Task<void> inner_for_ever(Executor* executor, int* destroyed) {
  const CountsDestruction local{destroyed};
  Wait wait(*executor);
  co_await wait;
}
Task<void> outer_for_ever(Executor* executor, int* destroyed) {
  const CountsDestruction local{destroyed};
  Task<void> inner = inner_for_ever(executor, destroyed);
  co_await std::move(inner);
}
Task<void> over_at_once(int* destroyed) {
  const CountsDestruction local{destroyed};
  co_return;
}

// Shows: a finished root task is freed at once; the end of the incarnation frees all others,
// started or not, with every frame below them.
TEST_F(ExecutorTest, TheEndOfAnIncarnationDestroysEveryFrame) {
  const Incarnation first = executor.begin_incarnation();
  int destroyed = 0;
  executor.spawn(over_at_once(&destroyed));
  executor.spawn(outer_for_ever(&executor, &destroyed));
  run();
  EXPECT_EQ(destroyed, 1);
  executor.spawn(outer_for_ever(&executor, &destroyed));  // never started
  executor.end_incarnation();
  EXPECT_EQ(destroyed, 3);
  EXPECT_FALSE(executor.lives(first));
  EXPECT_FALSE(executor.has_ready());
}

// Shows: an ending takes the incarnation's own events with it and leaves the world's.
TEST_F(ExecutorTest, TheEndOfAnIncarnationKeepsTheWorldsEvents) {
  const Incarnation first = executor.begin_incarnation();
  schedule(milliseconds(1), 1, first);
  schedule(milliseconds(2), 2, kWorld);
  schedule(milliseconds(3), 3, first);
  executor.end_incarnation();
  const Incarnation second = executor.begin_incarnation();
  EXPECT_NE(first, second);
  schedule(milliseconds(4), 4, second);
  run();
  EXPECT_EQ(recorder.ids, Ids({2, 4}));
}

Task<void> wait_and_tell(Executor* executor, WaitTicket* ticket, bool* resumed) {
  Wait wait(*executor);
  *ticket = wait.ticket();
  co_await wait;
  *resumed = true;
}

// Shows: completing a ticket of a dead incarnation does nothing, even where the living one waits
// under the same number.
TEST_F(ExecutorTest, TicketsOfTheDeadResumeNobody) {
  executor.begin_incarnation();
  WaitTicket before;
  WaitTicket after;
  bool resumed_before = false;
  bool resumed_after = false;
  executor.spawn(wait_and_tell(&executor, &before, &resumed_before));
  run();
  executor.end_incarnation();
  executor.begin_incarnation();
  executor.spawn(wait_and_tell(&executor, &after, &resumed_after));
  run();
  EXPECT_FALSE(executor.complete(before));
  EXPECT_FALSE(executor.complete({.incarnation = before.incarnation, .number = after.number}));
  run();
  EXPECT_FALSE(resumed_before);
  EXPECT_FALSE(resumed_after);
  EXPECT_TRUE(executor.complete(after));
  run();
  EXPECT_TRUE(resumed_after);
}

Task<void> drop_a_sleeper(Executor* executor, std::vector<int>* notes) {
  Task<void> dropped = sleep_and_note(executor, milliseconds(50), 1, notes);
  dropped.start();
  Task<void> waited_for = sleep_and_note(executor, milliseconds(1), 2, notes);
  co_await std::move(waited_for);
}

// Shows: a frame that its own incarnation drops while it sleeps is neither resumed nor waited for.
TEST_F(ExecutorTest, DroppedFramesAreNotResumed) {
  executor.begin_incarnation();
  std::vector<int> notes;
  executor.spawn(drop_a_sleeper(&executor, &notes));
  run();
  EXPECT_EQ(notes, std::vector<int>({2}));
  EXPECT_EQ(executor.now() - kStartOfTime, milliseconds(1));
}

struct SpawnsWhenDestroyed {
  Executor* executor;
  int* destroyed;
  ~SpawnsWhenDestroyed() { executor->spawn(over_at_once(destroyed)); }
};
Task<void> dies_noisily(Executor* executor, int* destroyed) {
  const SpawnsWhenDestroyed local{executor, destroyed};
  Wait wait(*executor);
  co_await wait;
}

// Shows: what a frame's destructors ask for while the incarnation goes down is not done.
TEST_F(ExecutorTest, NothingIsSpawnedByTheDying) {
  executor.begin_incarnation();
  int destroyed = 0;
  executor.spawn(dies_noisily(&executor, &destroyed));
  run();
  executor.end_incarnation();
  EXPECT_EQ(destroyed, 0);
  executor.begin_incarnation();
  run();
  EXPECT_EQ(destroyed, 0);
}

// --- Trace

uint64_t trace_of(Executor& executor, const std::vector<Deviation>& deviations) {
  executor.reset();
  executor.set_deviations(deviations);
  executor.begin_incarnation();
  Recorder recorder(executor);
  for (uint64_t id = 1; id <= 5; ++id) {
    executor.schedule(milliseconds(1), {.kind = EventKind::kExecute,
                                        .handler = &recorder,
                                        .id = id,
                                        .entity = entity(EventKind::kExecute, "a")});
  }
  std::vector<int> notes;
  executor.spawn(sleep_and_note(&executor, milliseconds(1), 1, &notes));
  while (executor.step()) {
  }
  executor.end_incarnation();
  return executor.trace_hash();
}

// Shows: equal runs have equal traces, also on an executor used before; one swapped tie or one
// delay gives another trace.
TEST_F(ExecutorTest, TheTraceTellsRunsApart) {
  const uint64_t plain = trace_of(executor, {});
  EXPECT_EQ(trace_of(executor, {}), plain);
  Executor fresh;
  EXPECT_EQ(trace_of(fresh, {}), plain);

  const uint64_t whom = entity(EventKind::kExecute, "a");
  EXPECT_NE(trace_of(executor, {{.entity = whom, .ordinal = 2, .last_of_ties = true}}), plain);
  EXPECT_NE(trace_of(executor, {{.entity = whom, .ordinal = 2, .extra_delay = Duration(1)}}),
            plain);
  EXPECT_EQ(trace_of(executor, {{.entity = whom, .ordinal = 6, .last_of_ties = true}}), plain);
}

// Shows: time can be let pass up to what is due next, and not beyond it.
TEST_F(ExecutorTest, TimePassesUpToTheNextEvent) {
  schedule(milliseconds(5), 1);
  executor.advance_to(kStartOfTime + milliseconds(5));
  EXPECT_EQ(executor.now() - kStartOfTime, milliseconds(5));
  EXPECT_DEATH(executor.advance_to(kStartOfTime + milliseconds(6)), "next");
}

}  // namespace
}  // namespace squall::simulation
