#include "engine/provider_calls.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace squall::engine {

namespace {
constexpr int64_t kToken = 1'000'000;  // in millionths; 1 call/s refills one millionth per µs
}  // namespace

Duration RateLimiter::take(const std::string& name_space, uint32_t rate_per_second, Instant now) {
  if (rate_per_second == 0) return Duration(0);
  const int64_t rate = rate_per_second;
  const int64_t capacity = rate * kToken;
  const auto [at, is_new] = buckets_.try_emplace(name_space);
  Bucket& bucket = at->second;
  if (is_new) bucket.filled = started_;
  const int64_t elapsed_us = (now - bucket.filled).count();
  SQUALL_CHECK(elapsed_us >= 0);  // the monotonic clock
  // Guarded against overflow: a long pause fills the bucket, whatever the rate.
  const int64_t missing = capacity - bucket.level;
  const bool full = elapsed_us >= missing / rate + 1;
  bucket.level = full ? capacity : std::min(capacity, bucket.level + elapsed_us * rate);
  bucket.filled = now;
  bucket.level -= kToken;
  if (bucket.level >= 0) return Duration(0);
  return Duration((-bucket.level + rate - 1) / rate);
}

bool Attempts::may_repeat(ErrorCode error, bool read_before_update, Instant now) const {
  if (!is_recoverable(error, read_before_update)) return false;
  if (made_ > options_.max_retries) return false;
  return now - started_ < options_.operation_deadline;
}

Duration Attempts::delay_after(ErrorCode error) {
  if (error != ErrorCode::kThrottling) {
    throttled_in_a_row_ = 0;
    return options_.retry_delay;
  }
  ++throttled_in_a_row_;
  Duration delay = options_.retry_delay;
  for (int k = 1; k < throttled_in_a_row_ && delay < options_.max_retry_delay; ++k) delay *= 2;
  return std::min(delay, options_.max_retry_delay);
}

Duration Attempts::call_deadline(Instant now) const {
  const Duration left = options_.operation_deadline - (now - started_);
  return std::clamp(left, Duration(1), options_.call_deadline);
}

Task<ProviderReply> ProviderCalls::send(ProviderRequest request, Duration deadline) {
  const uint32_t rate = core_.env.provider().rate_per_second;
  if (rate > 0) {
    const std::string name_space(namespace_of(request.type));
    const Duration wait = limiter_.take(name_space, rate, core_.env.monotonic_now());
    if (wait > Duration(0)) {
      Task<void> waiting = core_.sleep(wait);
      co_await std::move(waiting);
    }
  }
  if (core_.stopped()) co_await Forever{};
  Task<ProviderReply> calling = core_.env.call(std::move(request), deadline);
  ProviderReply reply = co_await std::move(calling);
  if (core_.stopped()) co_await Forever{};
  // No operation of ours is asynchronous: an answer that promises a later one cannot be used.
  if (reply.status == ReplyStatus::kInProgress) {
    co_return ProviderReply::failure(ErrorCode::kMalformedAnswer, "unexpected \"in progress\"");
  }
  co_return reply;
}

Task<Asked> ProviderCalls::ask(ProviderRequest request, Patience patience) {
  Attempts attempts(core_.options, core_.env.monotonic_now());
  const bool before_update = patience == Patience::kReadBeforeUpdate;
  for (;;) {
    attempts.count();
    const Duration deadline = attempts.call_deadline(core_.env.monotonic_now());
    ProviderRequest once = request;
    Task<ProviderReply> sending = send(std::move(once), deadline);
    ProviderReply reply = co_await std::move(sending);
    const Instant now = core_.env.monotonic_now();
    const bool again = !reply.ok() && attempts.may_repeat(reply.error, before_update, now);
    const bool gives_up =
        patience == Patience::kNotWhenThrottled && reply.error == ErrorCode::kThrottling;
    if (!again || gives_up) co_return Asked{std::move(reply), attempts.made()};
    const Duration delay = attempts.delay_after(reply.error);
    Task<void> waiting = core_.sleep(delay);
    co_await std::move(waiting);
  }
}

}  // namespace squall::engine
