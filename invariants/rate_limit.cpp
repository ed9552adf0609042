// rate-limit: the engine keeps to the rate that the provider announces, over any stretch of time.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace rate_limit {
namespace {

constexpr std::string_view kTooManyCalls = "too-many-calls";
constexpr std::array kKinds = {kTooManyCalls};

constexpr int64_t kToken = 1'000'000;  // in millionths; 1 call/s refills one millionth per us

// A bucket that starts full: what an engine whose bucket starts empty is allowed, and a little
// more.
struct Bucket {
  int64_t level = 0;
  Instant filled;
};

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  const int64_t rate = record.test_case.world.provider_rate;
  if (rate == 0) return;
  Findings findings(kRateLimit, out);
  // Requests that are delayed on their way arrive in the company of later ones.
  const int64_t capacity = (rate + static_cast<int64_t>(delayed_requests(record))) * kToken;
  std::map<std::string_view, Bucket> buckets;
  for (const cloud::Call& call : record.calls) {
    const std::string_view name_space = namespace_of(call.request->type);
    const auto [at, is_new] = buckets.try_emplace(name_space, Bucket{capacity, call.arrived});
    Bucket& bucket = at->second;
    // Longer than it takes to fill it need not be multiplied, and could overflow.
    const int64_t elapsed_us =
        std::clamp<int64_t>((call.arrived - bucket.filled).count(), 0, capacity / rate + 1);
    bucket.level = std::min(capacity, bucket.level + elapsed_us * rate);
    bucket.filled = std::max(bucket.filled, call.arrived);
    bucket.level -= kToken;
    if (bucket.level >= 0) continue;
    findings.add(
        kTooManyCalls, operation_at(record, call.arrived_sequence), std::nullopt,
        {"the engine makes more calls than the provider announced it would take",
         fmt::format("at most {} calls at once and {} a second for {}", rate, rate, name_space),
         fmt::format("{} is one too many", words(call))},
        {call.id});
    return;
  }
}

}  // namespace
}  // namespace rate_limit

constinit const Invariant kRateLimit = {
    .id = "rate-limit",
    .summary = "The engine keeps to the rate of calls that the provider announces.",
    .promise = "docs/rules.md §7, \"Rate\": one token for each call, capacity = rate",
    .kinds = rate_limit::kKinds,
    .check = rate_limit::check,
};

}  // namespace squall::invariants
