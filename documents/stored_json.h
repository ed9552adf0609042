// JSON texts that the project writes for itself and reads again, as its stores do: what comes back
// is what was written, bit by bit. parse_json() in documents/json.h is for what others write, where
// texts must be UTF-8, and little may be nested.
#pragma once

#include <string>
#include <string_view>

#include "documents/json.h"

namespace squall {

// Adds the text of a value to `out`: one line, the members in their own order.
void append_stored(std::string& out, const Json& value);
void append_stored(std::string& out, const JsonObject& object);
// A text in quotation marks, escaped.
void append_stored(std::string& out, std::string_view text);

// Values nest to this depth at most. Documents that references were resolved in may be deeper than
// any that came from outside.
inline constexpr size_t kMaxStoredDepth = 1024;

// The error names the byte at which the text makes no sense.
Result<Json> parse_stored(std::string_view text);

}  // namespace squall
