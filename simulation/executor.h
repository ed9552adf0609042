// The deterministic executor: one thread, a virtual clock, and everything that is going to happen,
// in the order (virtual time, first in first out). The same inputs give the same events, one by
// one, and the same trace hash, on every machine and with every compiler.
//
// Two kinds of things happen: *events*, due at a time, handled by a component of the simulation;
// and *resumptions* of coroutines, which form the ready queue: first in, first out, all of them
// before time goes on.
//
// Incarnations: coroutines belong to the process that lives at the time, one incarnation of the
// engine. Its end (a crash, a kill) destroys every frame and every event it owns; events owned by
// kWorld (calls in flight) go on. A component holds a coroutine only as a WaitTicket (incarnation,
// ticket), which outlives its frame harmlessly.
//
// Ownership: handlers outlive the executor's events. The executor outlives every Wait, so whoever
// began an incarnation ends it before the executor goes.
#pragma once

#include <coroutine>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/task.h"
#include "base/time.h"
#include "simulation/event_heap.h"

namespace squall::simulation {

using Incarnation = uint64_t;             // 1, 2, 3, …
inline constexpr Incarnation kWorld = 0;  // owns what outlives every incarnation

// 2025-01-01T00:00:00Z: late enough for a KSUID, and the same in every run.
inline constexpr Instant kStartOfTime = instant_at(1'735'689'600'000'000);

enum class EventKind : uint8_t {
  kStart,           // a root task runs for the first time
  kResume,          // a coroutine goes on
  kWake,            // a sleep is over
  kLoaded,          // the store has been read
  kDurable,         // a commit becomes durable
  kAcknowledged,    // the engine hears of it
  kRequestArrives,  // a provider call reaches the cloud
  kExecute,         // it is carried out
  kAnswerArrives,   // its answer reaches the engine
  kDeadline,        // its caller gives up
  kIncarnationEnds,
};

class EventHandler {
 public:
  virtual void handle(EventKind kind, uint64_t id) = 0;

 protected:
  ~EventHandler() = default;
};

struct Event {
  EventKind kind = EventKind::kWake;
  Incarnation owner = kWorld;
  EventHandler* handler = nullptr;  // not owned
  uint64_t id = 0;                  // the handler's own number for it: a call, a commit
  uint64_t entity = 0;              // entity(...), what deviations name; 0: none
};

// Names one scheduled event. Harmless once the event has happened.
struct EventId {
  uint32_t slot = 0;
  uint32_t generation = 0;  // 0: no event
};

// Names one suspended coroutine. Harmless once its frame is gone.
struct WaitTicket {
  Incarnation incarnation = 0;
  uint64_t number = 0;
};

// A case departs from first-in-first-out by a short list of these. They count each entity's events
// by themselves, so that dropping one step of a case does not shift what hits another.
struct Deviation {
  uint64_t entity = 0;
  uint64_t ordinal = 1;  // the entity's nth event since the start, from 1
  Duration extra_delay = Duration(0);
  bool last_of_ties = false;  // after every other event of the same time
};

// What a deviation hits: events of one kind that concern one resource (empty: the engine itself).
uint64_t entity(EventKind kind, std::string_view label = {});

class Executor {
 public:
  Executor() = default;
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Everything as after construction; memory is kept. REQUIRES: no incarnation lives.
  void reset();
  void set_deviations(std::vector<Deviation> deviations);
  bool has_deviations() const { return !deviations_.empty(); }

  Instant now() const { return now_; }

  // Events. `delay` is not negative; deviations may add to it.
  EventId schedule(Duration delay, const Event& event);
  void cancel(EventId event);

  // Runs one resumption, or else the next event; false: there is nothing left to run.
  // REQUIRES: !doomed(), not called from within an event.
  bool step();
  bool has_ready() const { return ready_head_ < ready_.size(); }
  // When step() would run something; nullopt: never.
  std::optional<Instant> next_time();
  // Lets time pass in which nothing happens. REQUIRES: nothing is due before `time`.
  void advance_to(Instant time);

  // Incarnations, one at a time.
  Incarnation begin_incarnation();
  // The incarnation will not see another event: whoever calls step() ends it, between events. Its
  // coroutine may run on to its next suspension.
  void doom();
  bool doomed() const { return doomed_; }
  // REQUIRES: one lives; not called from within an event.
  void end_incarnation();
  bool lives(Incarnation incarnation) const { return alive_ && incarnation == incarnation_; }
  Incarnation incarnation() const { return incarnation_; }

  // Coroutines of the living incarnation; ignored while it is being taken down.
  void spawn(Task<void> task);
  void resume_soon(std::coroutine_handle<> waiting);
  // Puts the coroutine that waits on `ticket` into the ready queue; false: it is no longer there.
  bool complete(WaitTicket ticket);

  uint64_t trace_hash() const { return trace_.value(); }
  uint64_t events() const { return events_; }  // how many step() has run

 private:
  friend class Wait;

  struct Slot {
    Event event;
    uint32_t generation = 0;
    bool cancelled = false;
  };
  struct Ready {
    EventKind kind = EventKind::kResume;
    uint64_t id = 0;                 // kStart: the root's slot; kResume: the ticket, 0: none
    std::coroutine_handle<> handle;  // kResume without a ticket
  };
  struct Waiter {
    std::coroutine_handle<> handle;  // null until it is suspended
    uint32_t generation = 0;
    bool open = false;
    bool completed = false;
  };

  void trace(EventKind kind, uint64_t id);
  void run_ready();
  void run_event();
  void drop_cancelled();
  void free_slot(uint32_t slot);
  void remove_finished_roots();
  Deviation deviation_of(uint64_t entity);
  static Task<void> run_root(Executor* executor, uint32_t root, Task<void> task);

  WaitTicket open_ticket();
  void park(WaitTicket ticket, std::coroutine_handle<> handle);
  void close_ticket(WaitTicket ticket);
  Waiter* find_waiter(uint64_t number);

  Instant now_ = kStartOfTime;
  uint64_t next_sequence_ = 1;
  EventHeap heap_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  size_t cancelled_ = 0;  // nodes in the heap whose event was cancelled

  std::vector<Ready> ready_;
  size_t ready_head_ = 0;

  Incarnation incarnation_ = 0;
  bool alive_ = false;
  bool doomed_ = false;
  bool running_ = false;
  std::vector<Task<void>> roots_;
  std::vector<uint32_t> free_roots_;
  std::vector<uint32_t> finished_roots_;
  std::vector<Waiter> waiters_;
  std::vector<uint32_t> free_waiters_;
  size_t open_tickets_ = 0;

  std::vector<Deviation> deviations_;
  std::map<uint64_t, uint64_t> ordinals_;  // events so far, of the entities that deviations name

  RunningHash trace_;
  uint64_t events_ = 0;
};

// One suspension of a coroutine, as a local variable of it:
//     Wait wait(executor);
//     component.begin(wait.ticket());   // will call executor.complete(ticket)
//     co_await wait;
// Its destructor closes the ticket, so nothing ever resumes a frame that is gone.
class Wait {
 public:
  explicit Wait(Executor& executor) : executor_(&executor), ticket_(executor.open_ticket()) {}
  ~Wait() {
    executor_->cancel(timer_);
    executor_->close_ticket(ticket_);
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  WaitTicket ticket() const { return ticket_; }
  // Completes this wait after `delay`. kind: kWake or kLoaded, for the trace.
  void complete_after(Duration delay, EventKind kind);

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) { executor_->park(ticket_, handle); }
  void await_resume() const noexcept {}

 private:
  Executor* executor_;
  WaitTicket ticket_;
  EventId timer_;
};

}  // namespace squall::simulation
