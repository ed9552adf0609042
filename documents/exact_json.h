// JSON with exact doubles. Reads it as boost::json::parser does, but for doubles, of which that
// (1.81) reads some with more than 15 digits one off in the last bit: here each is the double that
// is nearest to its text. For parse_json() and parse_stored(), which say what is wrong in words.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "documents/json.h"

namespace squall {

struct ExactJson {
  Json value;
  std::string wrong;  // with the text; empty: it is one value
  size_t end = 0;     // the byte at which it is wrong
};

ExactJson parse_exactly(std::string_view text, const boost::json::parse_options& options);

// The shortest text that is read as this double again, and as a double: digits alone would be an
// integer. REQUIRES: it is finite.
void append_exactly(std::string& out, double number);

}  // namespace squall
