#include "engine/provider_calls.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/secrets.h"

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
  const int allowed =
      options_.max_retries + (options_.plants.has(Plant::kRetryOnceTooOften) ? 1 : 0);
  if (made_ > allowed) return false;
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

Task<ProviderReply> ProviderCalls::send(Outgoing request, Duration deadline) {
  const uint32_t rate = core_.env.provider().rate_per_second;
  if (rate > 0) {
    const std::string name_space(namespace_of(request->type));
    const Duration wait = limiter_.take(name_space, rate, core_.env.monotonic_now());
    if (wait > Duration(0)) {
      Task<void> waiting = core_.sleep(wait);
      co_await std::move(waiting);
    }
  }
  if (core_.stopped()) co_await Forever{};
  const Schema& schema = core_.schemas.of(request->type);
  const CallKind kind = request->kind;
  const NativeId native_id = request->native_id;
  open_outgoing(core_.env, schema, request->properties, request->patch);
  Task<ProviderReply> calling = core_.env.call(std::move(request), deadline);
  ProviderReply reply = co_await std::move(calling);
  if (core_.stopped()) co_await Forever{};
  if (const char* missing = missing_in(kind, native_id, reply)) {
    core_.env.mark("malformed-answer-heard");
    co_return ProviderReply::failure(ErrorCode::kMalformedAnswer,
                                     std::string("the answer has no ") + missing);
  }
  if (reply.version > 0) core_.provider_has_versions = true;
  const bool in_clear = kind == CallKind::kUpdate && core_.planted(Plant::kOpaqueInClear);
  if (!in_clear) seal_incoming(core_.env, schema, reply.properties);
  co_return reply;
}

const char* ProviderCalls::missing_in(CallKind kind, const NativeId& native_id,
                                      const ProviderReply& reply) {
  if (reply.status == ReplyStatus::kFailure) return nullptr;
  if (reply.status == ReplyStatus::kInProgress) {
    const bool needs_id = kind != CallKind::kStatus;
    return needs_id && reply.request_id.empty() ? "request id" : nullptr;
  }
  const bool shows_object = kind == CallKind::kCreate || kind == CallKind::kRead ||
                            kind == CallKind::kUpdate || kind == CallKind::kSettle;
  if (!shows_object) return nullptr;
  if (reply.version < 0) return "version";
  const bool is_none = kind == CallKind::kSettle && reply.native_id.empty();
  if (is_none) return reply.properties.empty() ? nullptr : "native id";
  if (reply.native_id.empty()) return "native id";
  if (!native_id.empty() && reply.native_id != native_id) return "native id of this object";
  if (reply.properties.empty()) return "properties";
  if (reply.version == 0 && core_.provider_has_versions) return "version";
  return nullptr;
}

void ProviderCalls::note_change(const NativeId& native_id) {
  if (core_.env.provider().consistency_window == Duration(0) || native_id.empty()) return;
  changed_[native_id] = core_.env.monotonic_now();
}

// An answer may be on its way for long: what it tells is as old as its question.
bool ProviderCalls::may_be_stale(const NativeId& native_id, const ProviderReply& reply,
                                 StateVersion at_least, Instant asked) const {
  const Duration window = core_.env.provider().consistency_window;
  if (window == Duration(0)) return false;
  if (reply.ok()) return reply.version > 0 && reply.version < at_least;
  if (reply.error != ErrorCode::kNotFound || core_.planted(Plant::kStaleReadTrusted)) return false;
  const auto changed = changed_.find(native_id);
  if (changed != changed_.end() && asked - changed->second < window) return true;
  // Who knows what an earlier life did just before it ended.
  return asked - core_.started < window;
}

Task<Asked> ProviderCalls::ask(Outgoing request, Patience patience, StateVersion at_least) {
  Attempts attempts(core_.options, core_.env.monotonic_now());
  const bool before_update = patience == Patience::kReadBeforeUpdate;
  for (;;) {
    attempts.count();
    const Instant asked = core_.env.monotonic_now();
    const Duration deadline = attempts.call_deadline(asked);
    Outgoing once = std::make_unique<ProviderRequest>(*request);
    Task<ProviderReply> sending = send(std::move(once), deadline);
    ProviderReply reply = co_await std::move(sending);
    const bool is_read = request->kind == CallKind::kRead;
    if (reply.status == ReplyStatus::kInProgress) {
      reply = ProviderReply::failure(ErrorCode::kNotStabilized, "not done yet");
    } else if (is_read && may_be_stale(request->native_id, reply, at_least, asked)) {
      core_.env.mark("stale-read-retried");
      reply = ProviderReply::failure(ErrorCode::kNotStabilized,
                                     "the answer may be older than the last change");
    }
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
