#include <array>

#include "engine_under_test/engine_under_test.h"

namespace squall {

namespace {
constexpr std::array<std::string_view, kCrashMoments> kNames = {
    "before-call-applied",   "after-call-applied", "after-answer",        "before-commit",
    "after-commit",          "during-recovery",    "commit-fails",        "interrupted",
    "provider-dies",         "abandoned",          "provider-loses-call", "provider-hangs",
    "provider-starts-slowly"};
}  // namespace

bool befalls_provider(CrashMoment moment) { return to_string(moment).starts_with("provider-"); }

std::string_view to_string(CrashMoment moment) { return kNames.at(static_cast<size_t>(moment)); }

Result<CrashMoment> parse_crash_moment(std::string_view text) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == text) return static_cast<CrashMoment>(i);
  std::string known;
  for (const auto name : kNames) {
    if (!known.empty()) known += ", ";
    known += name;
  }
  return fail("unknown crash moment \"" + std::string(text) + "\": use one of " + known);
}

}  // namespace squall
