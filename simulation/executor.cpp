#include "simulation/executor.h"

namespace squall::simulation {

namespace {

// Ties go by sequence; the sequence of an event that gives way to all others has this bit.
constexpr uint64_t kAfterOthers = 1ULL << 63;

constexpr uint64_t number_of(uint32_t slot, uint32_t generation) {
  return (uint64_t{generation} << 32) | slot;
}

}  // namespace

uint64_t entity(EventKind kind, std::string_view label) {
  return combine(static_cast<uint64_t>(kind) + 1, hash_text(label));
}

// Frames refer to components that are older than the executor only by luck: SimulatedEnv ends them.
Executor::~Executor() { SQUALL_CHECK(!alive_); }

void Executor::reset() {
  SQUALL_CHECK(!alive_ && !running_);
  now_ = kStartOfTime;
  next_sequence_ = 1;
  heap_.clear();
  slots_.clear();
  free_slots_.clear();
  cancelled_ = 0;
  ready_.clear();
  ready_head_ = 0;
  incarnation_ = 0;
  waiters_.clear();
  free_waiters_.clear();
  deviations_.clear();
  ordinals_.clear();
  trace_ = RunningHash();
  events_ = 0;
}

void Executor::set_deviations(std::vector<Deviation> deviations) {
  deviations_ = std::move(deviations);
  ordinals_.clear();
  for (const Deviation& each : deviations_) {
    SQUALL_CHECK(each.entity != 0 && each.ordinal > 0 && each.extra_delay >= Duration(0));
    ordinals_.emplace(each.entity, 0);
  }
}

Deviation Executor::deviation_of(uint64_t entity) {
  const auto counter = ordinals_.find(entity);
  if (counter == ordinals_.end()) return {};
  const uint64_t ordinal = ++counter->second;
  Deviation sum;
  for (const Deviation& each : deviations_) {
    if (each.entity != entity || each.ordinal != ordinal) continue;
    sum.extra_delay += each.extra_delay;
    sum.last_of_ties = sum.last_of_ties || each.last_of_ties;
  }
  return sum;
}

EventId Executor::schedule(Duration delay, const Event& event) {
  SQUALL_CHECK(delay >= Duration(0));
  SQUALL_CHECK(event.owner == kWorld || lives(event.owner));
  uint64_t sequence = next_sequence_++;
  if (event.entity != 0 && has_deviations()) {
    const Deviation deviation = deviation_of(event.entity);
    delay += deviation.extra_delay;
    if (deviation.last_of_ties) sequence |= kAfterOthers;
  }
  uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  Slot& entry = slots_[slot];
  entry.event = event;
  entry.cancelled = false;
  ++entry.generation;
  heap_.push({.time = now_ + delay, .sequence = sequence, .slot = slot});
  return {.slot = slot, .generation = entry.generation};
}

void Executor::cancel(EventId event) {
  if (event.generation == 0 || event.slot >= slots_.size()) return;
  Slot& entry = slots_[event.slot];
  if (entry.generation != event.generation || entry.cancelled) return;
  entry.cancelled = true;
  ++cancelled_;
  // Deadlines are cancelled far more often than they pass: without this the heap would hold every
  // call of the last two seconds.
  if (cancelled_ < 64 || cancelled_ * 2 < heap_.size()) return;
  heap_.remove_if([this](uint32_t slot) {
    if (!slots_[slot].cancelled) return false;
    free_slot(slot);
    return true;
  });
  cancelled_ = 0;
}

// A freed slot counts as cancelled, so that an EventId of what has already happened finds nothing.
void Executor::free_slot(uint32_t slot) {
  slots_[slot].cancelled = true;
  free_slots_.push_back(slot);
}

void Executor::drop_cancelled() {
  while (cancelled_ > 0 && !heap_.empty() && slots_[heap_.top().slot].cancelled) {
    free_slot(heap_.top().slot);
    heap_.pop();
    --cancelled_;
  }
}

std::optional<Instant> Executor::next_time() {
  if (has_ready()) return now_;
  drop_cancelled();
  if (heap_.empty()) return std::nullopt;
  return heap_.top().time;
}

void Executor::advance_to(Instant time) {
  const std::optional<Instant> next = next_time();
  SQUALL_CHECK(time >= now_ && (!next || *next >= time));
  now_ = time;
}

bool Executor::step() {
  SQUALL_CHECK(!running_ && !doomed_);
  if (!has_ready()) {
    drop_cancelled();
    if (heap_.empty()) return false;
  }
  running_ = true;
  ++events_;
  if (has_ready()) {
    run_ready();
  } else {
    run_event();
  }
  running_ = false;
  return true;
}

void Executor::trace(EventKind kind, uint64_t id) {
  trace_.add(static_cast<uint64_t>(microseconds_of(now_)));
  trace_.add(static_cast<uint64_t>(kind));
  trace_.add(id);
}

void Executor::run_event() {
  const EventHeap::Node node = heap_.top();
  heap_.pop();
  const Event event = slots_[node.slot].event;
  free_slot(node.slot);
  SQUALL_CHECK(node.time >= now_);
  now_ = node.time;
  trace(event.kind, event.id);
  if (event.handler != nullptr) {
    event.handler->handle(event.kind, event.id);
  } else {
    complete({.incarnation = event.owner, .number = event.id});
  }
}

void Executor::run_ready() {
  const Ready next = ready_[ready_head_++];
  if (ready_head_ == ready_.size()) {
    ready_.clear();
    ready_head_ = 0;
  }
  trace(next.kind, next.id);
  if (next.kind == EventKind::kStart) {
    roots_[next.id].start();
  } else if (next.handle) {
    next.handle.resume();
  } else if (Waiter* waiter = find_waiter(next.id)) {
    std::exchange(waiter->handle, {}).resume();
  }
  remove_finished_roots();
}

Incarnation Executor::begin_incarnation() {
  SQUALL_CHECK(!alive_ && !running_ && open_tickets_ == 0);
  alive_ = true;
  return ++incarnation_;
}

void Executor::doom() {
  SQUALL_CHECK(alive_);
  doomed_ = true;
}

void Executor::end_incarnation() {
  SQUALL_CHECK(alive_ && !running_);
  trace(EventKind::kIncarnationEnds, incarnation_);
  // From here on spawn() and resume_soon(), which destructors in the frames may call, do nothing.
  alive_ = false;
  doomed_ = false;
  roots_.clear();
  free_roots_.clear();
  finished_roots_.clear();
  ready_.clear();
  ready_head_ = 0;
  SQUALL_CHECK(open_tickets_ == 0);
  heap_.remove_if([this](uint32_t slot) {
    if (!slots_[slot].cancelled && slots_[slot].event.owner == kWorld) return false;
    free_slot(slot);
    return true;
  });
  cancelled_ = 0;
}

Task<void> Executor::run_root(Executor* executor, uint32_t root, Task<void> task) {
  co_await std::move(task);
  executor->finished_roots_.push_back(root);
}

void Executor::spawn(Task<void> task) {
  SQUALL_CHECK(task.valid());
  if (!alive_) return;
  uint32_t root = 0;
  if (free_roots_.empty()) {
    root = static_cast<uint32_t>(roots_.size());
    roots_.emplace_back();
  } else {
    root = free_roots_.back();
    free_roots_.pop_back();
  }
  roots_[root] = run_root(this, root, std::move(task));
  ready_.push_back({.kind = EventKind::kStart, .id = root, .handle = {}});
}

// A root says that it is finished from within its own frame; the frame goes once it has suspended.
void Executor::remove_finished_roots() {
  for (const uint32_t root : finished_roots_) {
    SQUALL_CHECK(roots_[root].done());
    roots_[root] = Task<void>();
    free_roots_.push_back(root);
  }
  finished_roots_.clear();
}

void Executor::resume_soon(std::coroutine_handle<> waiting) {
  SQUALL_CHECK(waiting);
  if (!alive_) return;
  ready_.push_back({.kind = EventKind::kResume, .id = 0, .handle = waiting});
}

WaitTicket Executor::open_ticket() {
  SQUALL_CHECK(alive_);
  uint32_t slot = 0;
  if (free_waiters_.empty()) {
    slot = static_cast<uint32_t>(waiters_.size());
    waiters_.emplace_back();
  } else {
    slot = free_waiters_.back();
    free_waiters_.pop_back();
  }
  Waiter& waiter = waiters_[slot];
  SQUALL_CHECK(!waiter.open);
  ++waiter.generation;
  waiter.open = true;
  waiter.completed = false;
  waiter.handle = {};
  ++open_tickets_;
  return {.incarnation = incarnation_, .number = number_of(slot, waiter.generation)};
}

Executor::Waiter* Executor::find_waiter(uint64_t number) {
  const auto slot = static_cast<uint32_t>(number);
  if (slot >= waiters_.size()) return nullptr;
  Waiter& waiter = waiters_[slot];
  return waiter.open && number_of(slot, waiter.generation) == number ? &waiter : nullptr;
}

void Executor::park(WaitTicket ticket, std::coroutine_handle<> handle) {
  Waiter* waiter = find_waiter(ticket.number);
  SQUALL_CHECK(waiter != nullptr && !waiter->handle && !waiter->completed);
  waiter->handle = handle;
}

void Executor::close_ticket(WaitTicket ticket) {
  Waiter* waiter = find_waiter(ticket.number);
  SQUALL_CHECK(waiter != nullptr && open_tickets_ > 0);
  waiter->open = false;
  waiter->handle = {};
  --open_tickets_;
  free_waiters_.push_back(static_cast<uint32_t>(ticket.number));
}

bool Executor::complete(WaitTicket ticket) {
  if (!lives(ticket.incarnation)) return false;
  Waiter* waiter = find_waiter(ticket.number);
  if (waiter == nullptr) return false;
  SQUALL_CHECK(waiter->handle && !waiter->completed);
  waiter->completed = true;
  ready_.push_back({.kind = EventKind::kResume, .id = ticket.number, .handle = {}});
  return true;
}

void Wait::complete_after(Duration delay, EventKind kind) {
  timer_ = executor_->schedule(delay, {.kind = kind,
                                       .owner = ticket_.incarnation,
                                       .handler = nullptr,
                                       .id = ticket_.number,
                                       .entity = entity(kind)});
}

}  // namespace squall::simulation
