// JSON values, as every document of the project holds them, and the few things Boost.JSON leaves
// out: a canonical text, a digest, and errors as Result.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace squall {

using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

// Parses one JSON text. The error names the position. Depth is limited to 64.
Result<Json> parse_json(std::string_view text);

// The one text of a value: members sorted by key, no white space. Equal values have equal texts.
std::string canonical(const Json& value);
std::string canonical(const JsonObject& object);

// One line without white space, the members in their own order: for lines of a log.
std::string one_line(const Json& value);

// The same with two-space indentation and the members in their own order, for people.
std::string pretty(const Json& value);

// A stable hash of canonical(value); does not build the text.
uint64_t digest(const Json& value);
uint64_t digest(const JsonObject& object);

// Are two values equal as JSON: numbers by value (1 and 1.0 are one number, RFC 6902 §4.6), objects
// whatever the order of their members? The same values have the same canonical text and digest.
bool same(const Json& a, const Json& b);
bool same(const JsonObject& a, const JsonObject& b);

// The member `key` of `object`, or nullptr where there is none (or `value` is no object).
const Json* member(const Json& value, std::string_view key);

// Finds the members of an object that are asked for in about the order they stand in: looks first
// behind the one that was found last. The object outlives it.
class MemberSearch {
 public:
  explicit MemberSearch(const JsonObject& object) : object_(object), next_(object.begin()) {}

  // nullptr: there is none.
  const Json* find(std::string_view key) {
    if (next_ == object_.end() || std::string_view(next_->key()) != key) {
      const auto found = object_.find(key);
      if (found == object_.end()) return nullptr;
      next_ = found;
    }
    return &(next_++)->value();
  }

 private:
  const JsonObject& object_;
  JsonObject::const_iterator next_;
};

// Members with a type, or a default; a member of another type counts as absent. For documents that
// come from outside use the checked readers in documents/reader.h.
std::string text_of(const Json& value, std::string_view key, std::string_view otherwise = "");
std::string text_of(const JsonObject& object, std::string_view key,
                    std::string_view otherwise = "");

}  // namespace squall
