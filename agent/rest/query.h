// The queries of the REST dialect (docs/agent.md): which rows, or which commands, are meant.
//
//   stack:prod type:Test::*::Resource -label:"old one"
//
// Terms are separated by spaces. A term is field:value; in a value, * stands for any text. What has
// spaces or stars of its own stands in quotes, where \" is a quote and \\ a backslash.
// Among the terms of one field, one must match; all fields must. A term with + in front must match
// itself, whatever else does; one with - must not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace squall::agent {

// What something says of itself. A field with several values is there several times; one without is
// not there at all, which * does not match either.
struct FieldValue {
  std::string_view field;
  std::string_view value;
};

class Query {
 public:
  Query() = default;  // matches everything

  // `known`: the fields that may be asked for. The error names them.
  static Result<Query> parse(std::string_view text, std::span<const std::string_view> known);

  bool matches(std::span<const FieldValue> values) const;
  bool empty() const { return terms_.empty(); }
  bool asks_for(std::string_view field) const;

 private:
  enum class Sign { kPlain, kRequired, kExcluded };
  struct Term {
    Sign sign = Sign::kPlain;
    std::string field;
    std::vector<std::string> parts;  // of the value, between the stars: one where there is none
  };
  class Parser;

  static bool matches(const Term& term, std::span<const FieldValue> values);

  std::vector<Term> terms_;  // plain ones by field
};

}  // namespace squall::agent
