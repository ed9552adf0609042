// What the agent tells of itself in GET /metrics: how often each named situation came up in its
// engine, and how its calls were answered.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace squall::engines {

// The samples of squall_engine_marks in a text of Prometheus' exposition format, by mark. What is
// none of them, or none at all, is left out.
std::map<std::string, uint64_t> marks_in(std::string_view metrics);

// Does the outcome of a call, in the words of to_string(), perhaps stand for no answer at all?
bool may_be_silence(std::string_view outcome);

// Calls of a provider that are over, as one of its two ends counts them.
struct CallCounts {
  uint64_t made = 0;
  uint64_t heard = 0;  // whose outcome was an answer for certain
  friend bool operator==(const CallCounts&, const CallCounts&) = default;
};
// The same of squall_provider_calls_total.
CallCounts calls_in(std::string_view metrics);
// squall_provider_calls_in_flight.
uint64_t calls_in_flight_in(std::string_view metrics);

}  // namespace squall::engines
