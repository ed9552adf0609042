// What the simulation tells whoever watches it: the moments at which a crash is worth trying, and
// what is rare enough to be counted. An observer strikes by calling Executor::doom() from within a
// hook; the incarnation then ends between events, never inside one of its own coroutines.
#pragma once

#include <cstdint>
#include <string_view>

#include "documents/provider_call.h"

namespace squall::simulation {

enum class CallerState {
  kWaits,     // its answer may still come
  kAnswered,  // it has one
  kGaveUp,    // its deadline passed, or it was dropped
  kDied,      // its incarnation ended while it waited
};

struct CallFacts {
  CallKind kind = CallKind::kRead;
  CallerState caller = CallerState::kWaits;
  bool has_effect = false;      // an execution so far created, updated or deleted something
  bool told_otherwise = false;  // the answer is not what happened (cloud::Delivery)
};

class Observer {
 public:
  virtual ~Observer() = default;

  // The engine sent a call; in_flight: how many it now waits for.
  virtual void call_sent(uint64_t in_flight) { (void)in_flight; }
  // A call reaches the cloud, which has not looked at it yet.
  virtual void before_call_applied(const CallFacts& call) { (void)call; }
  // Is this call, which has reached the cloud, never to be carried out, nor answered? Asked once of
  // each.
  virtual bool loses_call(const CallFacts& call) {
    (void)call;
    return false;
  }
  // The cloud carried a call out, for the first time or again.
  virtual void after_call_applied(const CallFacts& call, bool changed_something) {
    (void)call, (void)changed_something;
  }
  // An answer reached the engine, which has not acted on it yet. Not for deadlines.
  virtual void answer_delivered(const CallFacts& call, const ProviderReply& reply) {
    (void)call, (void)reply;
  }

  // The engine began commit `number` (1, 2, 3, … over all incarnations).
  virtual void commit_begun(uint64_t number) { (void)number; }
  // Nothing of it is durable; struck here, it is lost.
  virtual void commit_before_durable(uint64_t number) { (void)number; }
  // Is this commit to fail, with nothing of it durable? Asked once of each.
  virtual bool commit_fails(uint64_t number) {
    (void)number;
    return false;
  }
  // Nothing of it is durable, and the engine is going to be told so.
  virtual void commit_refused(uint64_t number) { (void)number; }
  // All of it is durable, and the engine does not know.
  virtual void commit_after_durable(uint64_t number) { (void)number; }

  // Env::mark.
  virtual void marked(std::string_view name) { (void)name; }
};

}  // namespace squall::simulation
