// For tests: JSON from its text, and what a refused text is told.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/result.h"
#include "documents/json.h"

namespace squall {

// The value of a text; a text that is no JSON fails the test.
inline Json json(std::string_view text) {
  Result<Json> value = parse_json(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(Json());
}

// The error's message, or "no error".
template <class T>
std::string message(const Result<T>& result) {
  return result ? "no error" : result.error().message;
}

}  // namespace squall
