#include "provider/tfplugin/number.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <system_error>

namespace squall::tfplugin {

namespace {

constexpr int64_t kLargestExponent = 1'000'000;
constexpr size_t kMostDigits = 10'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::unexpected<Error> no_number(std::string_view text) {
  constexpr size_t kShown = 40;
  return fail(fmt::format("\"{}\" is no decimal number", text.substr(0, kShown)));
}

}  // namespace

Number Number::of(int64_t value) { return *parse(std::to_string(value)); }
Number Number::of(uint64_t value) { return *parse(std::to_string(value)); }

Result<Number> Number::of_exact(double value) {
  if (!std::isfinite(value)) return fail("a number must be finite");
  // The smallest denormal has 1074 decimals; fmt writes all of them, without rounding.
  return parse(fmt::format("{:.1074f}", value));
}

Result<Number> Number::of_shortest(double value) {
  if (!std::isfinite(value)) return fail("a number must be finite");
  return parse(fmt::format("{}", value));
}

Result<Number> Number::parse(std::string_view text) {
  const std::string_view whole = text;
  Number out;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    out.negative_ = text.front() == '-';
    text.remove_prefix(1);
  }
  std::string digits;
  int64_t exponent = 0;
  bool after_point = false;
  size_t seen = 0;
  for (; !text.empty() && (is_digit(text.front()) || text.front() == '.'); text.remove_prefix(1)) {
    if (text.front() == '.') {
      if (std::exchange(after_point, true)) return no_number(whole);
      continue;
    }
    if (++seen > kMostDigits) return no_number(whole);
    digits += text.front();
    if (after_point) --exponent;
  }
  if (digits.empty()) return no_number(whole);
  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E') return no_number(whole);
    text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    int64_t given = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), given);
    if (error != std::errc() || end != text.data() + text.size()) return no_number(whole);
    if (std::abs(given) > kLargestExponent) return no_number(whole);
    exponent += given;
  }
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return Number();
  const size_t last = digits.find_last_not_of('0');
  exponent += static_cast<int64_t>(digits.size() - 1 - last);
  out.digits_ = digits.substr(first, last - first + 1);
  out.exponent_ = static_cast<int32_t>(exponent);
  return out;
}

std::optional<int64_t> Number::as_integer() const {
  constexpr int32_t kMostZeros = 19;
  if (exponent_ < 0 || exponent_ > kMostZeros) return std::nullopt;
  const std::string written =
      (negative_ ? "-" : "") + digits_ + std::string(static_cast<size_t>(exponent_), '0');
  int64_t value = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (error != std::errc() || end != written.data() + written.size()) return std::nullopt;
  return value;
}

Result<Json> Number::to_json() const {
  if (const std::optional<int64_t> integer = as_integer()) return Json(*integer);
  const double nearest = std::strtod(text().c_str(), nullptr);
  const Result<Number> back = of_shortest(nearest);
  if (back && *back == *this) return Json(nearest);
  return fail(fmt::format("the cloud cannot hold the number {} exactly", text()));
}

Result<Number> Number::from_json(const Json& value) {
  if (value.is_int64()) return of(value.get_int64());
  if (value.is_uint64()) return of(value.get_uint64());
  return of_shortest(value.get_double());
}

std::string Number::text() const {
  if (const std::optional<int64_t> integer = as_integer()) return std::to_string(*integer);
  return fmt::format("{}{}e{}", negative_ ? "-" : "", digits_, exponent_);
}

}  // namespace squall::tfplugin
