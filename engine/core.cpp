#include "engine/core.h"

#include <utility>

#include "base/ids.h"

namespace squall::engine {

Core::Core(Env& environment, const Options& its_options)
    : env(environment),
      options(its_options),
      admission(environment),
      state_may_change(environment),
      loaded(environment),
      started(environment.monotonic_now()) {}

Task<void> Core::commit(Batch batch) {
  if (stopped_) co_await Forever{};
  Task<Committed> writing = env.commit(std::move(batch));
  const Committed written = co_await std::move(writing);
  // Another commit may have failed while this one was under way.
  if (stopped_) co_await Forever{};
  if (written != Committed::kYes) {
    stop(written);
    co_await Forever{};
  }
}

Task<void> Core::commit_then_apply(Batch batch) {
  Batch to_write = batch;
  Task<void> writing = commit(std::move(to_write));
  co_await std::move(writing);
  while (state_may_change.closed()) co_await state_may_change.opening();
  state.apply(batch);
}

Task<bool> Core::commit_unless_full(Batch batch) {
  if (stopped_) co_await Forever{};
  Batch to_write = batch;
  Task<Committed> writing = env.commit(std::move(to_write));
  const Committed written = co_await std::move(writing);
  if (stopped_) co_await Forever{};
  if (written == Committed::kDiskFull) {
    env.mark("disk-full-refused");
    co_return false;
  }
  if (written != Committed::kYes) {
    stop(written);
    co_await Forever{};
  }
  state.apply(batch);
  co_return true;
}

void Core::stop(Committed written) {
  stopped_ = true;
  env.mark("stopped-itself");
  env.stop(written == Committed::kDiskFull
               ? "cannot commit to the store: the disk is full; make room and start again"
               : "a commit failed, and nobody knows what the store kept: start again");
}

Task<void> Core::sleep(Duration how_long) {
  Task<void> sleeping = env.sleep(how_long);
  co_await std::move(sleeping);
  if (stopped_) co_await Forever{};
}

std::string Core::new_id() {
  const Instant now = env.wall_now();
  const uint64_t high = env.random();
  const uint64_t low = env.random();
  return make_ksuid(now, high, low);
}

}  // namespace squall::engine
