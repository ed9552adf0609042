#include <fmt/format.h>

#include "cloud/controller.h"
#include "documents/enum_text.h"

namespace squall::cloud {

namespace {

using Kind = LatencyModel::Kind;

constexpr EnumTable<Kind, 4> kLatencyKinds = {{
    {Kind::kConstant, "constant"},
    {Kind::kUniform, "uniform"},
    {Kind::kLogNormal, "log-normal"},
    {Kind::kLongTail, "long-tail"},
}};
static_assert(in_order(kLatencyKinds));

constexpr Duration kLongestLatency = std::chrono::minutes(1);
constexpr Duration kLongestWindow = std::chrono::hours(1);
constexpr uint32_t kMostPolls = 1000;

Result<void> check_time(std::string_view what, Duration time, Duration most) {
  if (time >= Duration(0) && time <= most) return {};
  return fail(fmt::format("cannot set the behaviours: {} is {} us, and must be from 0 to {} us",
                          what, time.count(), most.count()));
}

}  // namespace

std::string_view to_string(LatencyModel::Kind kind) { return text_in(kLatencyKinds, kind); }
Result<LatencyModel::Kind> parse_latency_kind(std::string_view text) {
  return value_in(kLatencyKinds, text, "latency model");
}

Result<void> validate(const Behaviours& behaviours) {
  TRY_VOID(check_time("the typical latency", behaviours.latency.typical, kLongestLatency));
  TRY_VOID(check_time("the consistency window", behaviours.consistency_window, kLongestWindow));
  if (behaviours.status_polls <= kMostPolls) return {};
  return fail(
      fmt::format("cannot set the behaviours: {} status polls until a call is done; it "
                  "must be {} at most",
                  behaviours.status_polls, kMostPolls));
}

bool is_met(const FaultNeeds& needs, const Behaviours& behaviours) {
  return (!needs.versions || behaviours.versions) && (!needs.tokens || behaviours.create_tokens) &&
         (!needs.window || behaviours.consistency_window > Duration(0)) &&
         (!needs.asynchronous || behaviours.status_polls > 0);
}

}  // namespace squall::cloud
