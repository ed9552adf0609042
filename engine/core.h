// What every part of the engine works on: the committed state, and the two ways to act on the world
// that must be the same everywhere, committing and stopping.
#pragma once

#include <string>

#include "base/task.h"
#include "engine/engine.h"
#include "engine/env.h"
#include "engine/schemas.h"
#include "engine/state.h"
#include "engine/sync.h"

namespace squall::engine {

class Core {
 public:
  Core(Env& environment, const Options& its_options);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  Env& env;
  const Options options;
  Schemas schemas;
  State state;
  // Exclusive: admission, from planning to its commit. Shared: a sync's write of one row, so that
  // no plan is made on a row that is about to change behind it.
  FifoLock admission;
  // Closed while a plan is made elsewhere: until it is open again nothing changes `state`, which
  // the plan is made on. What is committed meanwhile becomes visible then.
  Gate state_may_change;
  Signal loaded;

  // The durability rule in one function: makes the batch durable, and only then visible. If the
  // store refuses, nobody knows what it kept: the engine stops, and nothing below this line of the
  // caller ever runs.
  Task<void> commit_then_apply(Batch batch);
  // The same for a request, which can be refused: false where the disk is full, and then nothing
  // was written.
  Task<bool> commit_unless_full(Batch batch);
  // Half of the above, for the plant that publishes first.
  Task<void> commit(Batch batch);

  // Waits; never returns once the engine was stopped.
  Task<void> sleep(Duration how_long);

  bool stopped() const { return stopped_; }
  // Has the provider ever given a state version? Then an answer without one is not whole.
  bool provider_has_versions = false;
  Instant started;  // this life, on the monotonic clock
  // A KSUID: for commands, resources and create tokens.
  std::string new_id();
  bool planted(Plant plant) const { return options.plants.has(plant); }

 private:
  void stop(Committed written);

  bool stopped_ = false;
};

}  // namespace squall::engine
