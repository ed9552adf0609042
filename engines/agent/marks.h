// What the agent tells of itself in GET /metrics: how often each named situation came up in its
// engine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace squall::engines {

// The samples of squall_engine_marks in a text of Prometheus' exposition format, by mark. What is
// none of them, or none at all, is left out.
std::map<std::string, uint64_t> marks_in(std::string_view metrics);

}  // namespace squall::engines
