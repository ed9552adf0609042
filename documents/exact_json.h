// Reads JSON as boost::json::parser does, but for doubles, of which that (1.81) reads some with
// more than 15 digits one off in the last bit: here each is the double that is nearest to its text.
// For parse_json() and parse_stored(), which say what is wrong in words.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string_view>

#include "documents/json.h"

namespace squall {

struct ExactJson {
  Json value;
  size_t end = 0;  // where the value ends, or makes no sense
  boost::json::error_code error;
};

ExactJson parse_exactly(std::string_view text, const boost::json::parse_options& options);

}  // namespace squall
