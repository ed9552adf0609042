// Numbers as Terraform knows them: decimals of any size, exact. A number that a state holds must
// come back as the same number, so that no value passes through a floating point type of its own
// accord.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "documents/json.h"

namespace squall::tfplugin {

// (-1)^negative · digits · 10^exponent, in one normal form, so that equal numbers are equal
// members.
class Number {
 public:
  Number() = default;  // 0
  static Number of(int64_t value);
  static Number of(uint64_t value);
  // The exact value of a binary floating point number. An error for infinities and NaN.
  static Result<Number> of_exact(double value);
  // The decimal that people would write for it: 0.1, not 0.1000000000000000055511151231257827.
  static Result<Number> of_shortest(double value);
  // "12", "-0.5", "1.5e-3". An error for anything else, and for exponents beyond ±1,000,000.
  static Result<Number> parse(std::string_view text);

  // The same number as a whole number of 64 bits, where it is one.
  std::optional<int64_t> as_integer() const;
  // What JSON in memory can hold of it: whole numbers of 64 bits, and floating point numbers that
  // people would write just so. An error for all others: the cloud could not give them back.
  Result<Json> to_json() const;
  static Result<Number> from_json(const Json& value);  // REQUIRES: value.is_number()

  // "12", "-5e-1".
  std::string text() const;

  friend bool operator==(const Number&, const Number&) = default;
  // A total order, and not that of size: for sets.
  friend std::strong_ordering operator<=>(const Number&, const Number&) = default;

 private:
  std::string digits_ = "0";  // without zeros in front or at the end, but for 0 itself
  int32_t exponent_ = 0;
  bool negative_ = false;
};

}  // namespace squall::tfplugin
