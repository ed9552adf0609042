#include "documents/stored_json.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "documents/exact_json.h"

namespace squall {

namespace {

template <class Number>
void append_integer(std::string& out, Number number) {
  char buffer[32];
  const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
  SQUALL_CHECK(error == std::errc());
  out.append(buffer, end);
}

void append_double(std::string& out, double number) {
  if (!std::isfinite(
          number)) {  // none of our documents has one; the text must be read all the same
    out += std::isnan(number) ? "null" : number < 0 ? "-1e99999" : "1e99999";
    return;
  }
  append_exactly(out, number);
}

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
  }
}

bool is_plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; }

}  // namespace

void append_stored(std::string& out, std::string_view text) {
  out += '"';
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (is_plain(c)) continue;
    out.append(text, start, i - start);
    append_escaped(out, c);
    start = i + 1;
  }
  out.append(text, start);
  out += '"';
}

void append_stored(std::string& out, const JsonObject& object) {
  out += '{';
  bool first = true;
  for (const auto& entry : object) {
    if (!first) out += ',';
    first = false;
    append_stored(out, std::string_view(entry.key()));
    out += ':';
    append_stored(out, entry.value());
  }
  out += '}';
}

void append_stored(std::string& out, const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out += "null";
      return;
    case boost::json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case boost::json::kind::int64:
      return append_integer(out, value.get_int64());
    case boost::json::kind::uint64:
      return append_integer(out, value.get_uint64());
    case boost::json::kind::double_:
      return append_double(out, value.get_double());
    case boost::json::kind::string:
      return append_stored(out, std::string_view(value.get_string()));
    case boost::json::kind::object:
      return append_stored(out, value.get_object());
    case boost::json::kind::array:
      break;
  }
  out += '[';
  bool first = true;
  for (const Json& element : value.get_array()) {
    if (!first) out += ',';
    first = false;
    append_stored(out, element);
  }
  out += ']';
}

Result<Json> parse_stored(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxStoredDepth;
  options.allow_invalid_utf8 = true;
  ExactJson parsed = parse_exactly(text, options);
  if (!parsed.wrong.empty())
    return fail(fmt::format("cannot read JSON: {} at byte {}", parsed.wrong, parsed.end));
  return std::move(parsed.value);
}

}  // namespace squall
