#include "engine/core.h"

#include <utility>

#include "base/ids.h"

namespace squall::engine {

Core::Core(Env& environment, const Options& its_options)
    : env(environment), options(its_options), admission(environment), loaded(environment) {}

Task<void> Core::commit(Batch batch) {
  if (stopped_) co_await Forever{};
  Task<Result<void>> writing = env.commit(std::move(batch));
  const Result<void> written = co_await std::move(writing);
  // Another commit may have failed while this one was under way.
  if (stopped_) co_await Forever{};
  if (!written) {
    stopped_ = true;
    env.stop("cannot commit to the store: " + written.error().message);
    co_await Forever{};
  }
}

Task<void> Core::commit_then_apply(Batch batch) {
  Batch to_write = batch;
  Task<void> writing = commit(std::move(to_write));
  co_await std::move(writing);
  state.apply(batch);
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
