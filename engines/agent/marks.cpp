#include "engines/agent/marks.h"

#include <charconv>
#include <optional>
#include <system_error>

#include "base/lines.h"
#include "documents/provider_call.h"

namespace squall::engines {

namespace {

// What follows `before` in a line, if it begins so.
std::optional<std::string_view> after(std::string_view line, std::string_view before) {
  if (!line.starts_with(before)) return std::nullopt;
  return line.substr(before.size());
}

std::optional<uint64_t> count_of(std::string_view text) {
  uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// A sample's last label, and its value.
struct Sample {
  std::string_view label;
  uint64_t value = 0;
};
std::optional<Sample> sample_of(std::string_view labels_and_value, std::string_view name) {
  const size_t start = labels_and_value.find(name);
  if (start == std::string_view::npos) return std::nullopt;
  const std::string_view rest = labels_and_value.substr(start + name.size());
  const size_t end = rest.find("\"} ");
  if (end == std::string_view::npos) return std::nullopt;
  const std::optional<uint64_t> value = count_of(rest.substr(end + 3));
  if (!value) return std::nullopt;
  return Sample{.label = rest.substr(0, end), .value = *value};
}

}  // namespace

std::map<std::string, uint64_t> marks_in(std::string_view metrics) {
  std::map<std::string, uint64_t> out;
  for (const std::string_view line : lines_of(metrics)) {
    const auto rest = after(line, "squall_engine_marks{");
    if (!rest) continue;
    if (const auto sample = sample_of(*rest, "mark=\"")) out.emplace(sample->label, sample->value);
  }
  return out;
}

bool may_be_silence(std::string_view outcome) {
  return outcome == to_string(ErrorCode::kNetworkFailure) ||
         outcome == to_string(ErrorCode::kDeadlineExceeded);
}

CallCounts calls_in(std::string_view metrics) {
  CallCounts out;
  for (const std::string_view line : lines_of(metrics)) {
    const auto rest = after(line, "squall_provider_calls_total{");
    if (!rest) continue;
    const auto sample = sample_of(*rest, "outcome=\"");
    if (!sample) continue;
    out.made += sample->value;
    if (!may_be_silence(sample->label)) out.heard += sample->value;
  }
  return out;
}

uint64_t calls_in_flight_in(std::string_view metrics) {
  for (const std::string_view line : lines_of(metrics))
    if (const auto count = after(line, "squall_provider_calls_in_flight "))
      return count_of(*count).value_or(0);
  return 0;
}

}  // namespace squall::engines
