// The link between the engine and the cloud: carries provider calls there and answers back, with
// the time that takes, and does with each what the cloud's Delivery says. A message once sent is
// carried to its end, whether its caller still waits, gave up or died.
//
//   sent ─ request leg ─► arrives ─ service time, Delivery ─► executed ─ reply leg ─► answered
//
// The cloud hears of an answer (Cloud::answered) when it reaches the engine, or would have.
//
// In between stands the engine's provider, which may die or hang.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "cloud/cloud.h"
#include "engine/env.h"
#include "simulation/executor.h"
#include "simulation/observer.h"

namespace squall::simulation {

struct LinkTimes {
  Duration request_leg = std::chrono::milliseconds(2);
  Duration service = std::chrono::milliseconds(1);  // from a call's arrival to its execution
  Duration reply_leg = std::chrono::milliseconds(2);
};

class Link final : public EventHandler {
 public:
  // executor, cloud and observer must outlive the link, which asks the cloud to be told when its
  // gate opens: one link to a cloud.
  Link(Executor& executor, cloud::Cloud& cloud, Observer& observer, LinkTimes times = {});
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Nothing is on its way. REQUIRES: no incarnation lives; call it with Executor::reset().
  void reset();

  // The callers of this incarnation will not hear another answer. Call it before
  // Executor::end_incarnation(), so that their calls count as those of the dead, not as given up.
  void callers_died();

  // The provider dies, and another one is there after `down`. What it was given has reached the
  // cloud by then, and goes on; whoever waits for an answer is told NetworkFailure at once. What is
  // sent meanwhile waits for the next one.
  void provider_dies(Duration down);
  // For so long nothing gets through it, neither way.
  void provider_hangs(Duration how_long);

  // Calls the living engine waits for: now, and the most at one time since reset().
  uint64_t in_flight() const { return in_flight_; }
  uint64_t peak_in_flight() const { return peak_in_flight_; }
  // Messages on their way, also those nobody waits for.
  size_t messages() const { return calls_.size(); }
  // Calls the living engine waits for that have changed the cloud already.
  size_t applied_and_unanswered() const;

  void handle(EventKind kind, uint64_t id) override;

 private:
  friend class PendingCall;

  struct Call {
    std::shared_ptr<const ProviderRequest> request;
    CallFacts facts;
    WaitTicket ticket;
    EventId deadline;
    Duration patience = Duration(0);
    Instant given;  // to the provider: later than it was sent where that one was not there
    Instant arrived;
    cloud::CallId cloud_id = 0;
    cloud::Delivery delivery;
    uint32_t executions = 0;
    uint32_t on_their_way = 0;                   // events due, and 1 while the gate holds it
    bool held = true;                            // the caller's PendingCall refers to it
    bool hurried = false;                        // it arrived before its time
    bool lost_its_provider = false;              // while its caller waited
    std::shared_ptr<const ProviderReply> reply;  // what the caller is told, once that is known
  };
  using Calls = std::map<uint64_t, Call>;

  uint64_t send(engine::Outgoing request, Duration deadline, WaitTicket ticket);
  ProviderReply take_reply(uint64_t id);
  void release(uint64_t id);

  void carry(Call& call, uint64_t id, Duration delay, EventKind kind);
  void schedule(uint64_t id, Duration delay, EventKind kind, uint64_t entity);
  void arrive(Call& call, uint64_t id);
  void execute(Call& call, uint64_t id);
  void answer(Call& call);
  void give_up(Call& call);
  void stop_waiting(Call& call, CallerState state);
  void forget_if_done(Calls::iterator call);
  void gate_opened();

  Executor& executor_;
  cloud::Cloud& cloud_;
  Observer& observer_;
  LinkTimes times_;
  Calls calls_;
  uint64_t sent_ = 0;
  std::vector<uint64_t> at_the_gate_;
  Instant provider_up_ = kStartOfTime;     // it is there from then on
  Instant provider_moves_ = kStartOfTime;  // and passes things on from then on
  uint64_t in_flight_ = 0;
  uint64_t peak_in_flight_ = 0;
};

// One call, as a local variable of the coroutine that makes it:
//     PendingCall call(link, executor, std::move(request), deadline);
//     ProviderReply reply = co_await call;
// Dropping it while it waits is giving up.
class PendingCall {
 public:
  PendingCall(Link& link, Executor& executor, engine::Outgoing request, Duration deadline);
  ~PendingCall();
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) { wait_.await_suspend(handle); }
  ProviderReply await_resume() { return link_->take_reply(id_); }

 private:
  Link* link_;
  Wait wait_;
  uint64_t id_;
};

}  // namespace squall::simulation
