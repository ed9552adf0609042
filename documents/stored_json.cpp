#include "documents/stored_json.h"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <iterator>
#include <system_error>

#include "base/check.h"

namespace squall {

namespace {

using ErrorCode = boost::json::error_code;
using Text = boost::json::string_view;

// What boost::json::parser does, but for doubles, which it reads a bit off.
struct ExactHandler {
  static constexpr size_t max_object_size = JsonObject::max_size();
  static constexpr size_t max_array_size = JsonArray::max_size();
  static constexpr size_t max_key_size = boost::json::string::max_size();
  static constexpr size_t max_string_size = boost::json::string::max_size();

  explicit ExactHandler(unsigned char* buffer, size_t size) : stack({}, buffer, size) {}

  static bool on_document_begin(ErrorCode&) { return true; }
  static bool on_document_end(ErrorCode&) { return true; }
  static bool on_object_begin(ErrorCode&) { return true; }
  bool on_object_end(size_t count, ErrorCode&) {
    stack.push_object(count);
    return true;
  }
  static bool on_array_begin(ErrorCode&) { return true; }
  bool on_array_end(size_t count, ErrorCode&) {
    stack.push_array(count);
    return true;
  }
  bool on_key_part(Text part, size_t, ErrorCode&) {
    stack.push_chars(part);
    return true;
  }
  bool on_key(Text rest, size_t, ErrorCode&) {
    stack.push_key(rest);
    return true;
  }
  bool on_string_part(Text part, size_t, ErrorCode&) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(Text rest, size_t, ErrorCode&) {
    stack.push_string(rest);
    return true;
  }
  static bool on_number_part(Text, ErrorCode&) { return true; }
  bool on_int64(int64_t number, Text, ErrorCode&) {
    stack.push_int64(number);
    return true;
  }
  bool on_uint64(uint64_t number, Text, ErrorCode&) {
    stack.push_uint64(number);
    return true;
  }
  // `text` is all of the number, as the parser is given all of the document at once.
  bool on_double(double almost, Text text, ErrorCode&) {
    double exact = almost;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exact);
    stack.push_double(error == std::errc() ? exact : almost);
    return true;
  }
  bool on_bool(bool value, ErrorCode&) {
    stack.push_bool(value);
    return true;
  }
  bool on_null(ErrorCode&) {
    stack.push_null();
    return true;
  }
  static bool on_comment_part(Text, ErrorCode&) { return true; }
  static bool on_comment(Text, ErrorCode&) { return true; }

  boost::json::value_stack stack;
};

template <class Number>
void append_number(std::string& out, Number number) {
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
  const size_t start = out.size();
  append_number(out, number);
  // A number without either is read as an integer.
  if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
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
      return append_number(out, value.get_int64());
    case boost::json::kind::uint64:
      return append_number(out, value.get_uint64());
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
  unsigned char buffer[4096];  // a record of usual size is parsed without further memory
  boost::json::basic_parser<ExactHandler> parser(options, buffer, sizeof(buffer));
  ErrorCode error;
  parser.handler().stack.reset();
  const size_t end = parser.write_some(false, text.data(), text.size(), error);
  if (error) return fail(fmt::format("cannot read JSON: {} at byte {}", error.message(), end));
  if (text.find_first_not_of(" \t\r\n", end) != std::string_view::npos) {
    return fail(fmt::format("cannot read JSON: text after the value's end at byte {}", end));
  }
  return parser.handler().stack.release();
}

}  // namespace squall
