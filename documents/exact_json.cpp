#include "documents/exact_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <iterator>
#include <system_error>

#include "base/check.h"

namespace squall {

namespace {

using ParseError = boost::json::error_code;
using Text = boost::json::string_view;

// What boost::json::parser does, but for doubles, which it reads a bit off.
struct ExactHandler {
  static constexpr size_t max_object_size = JsonObject::max_size();
  static constexpr size_t max_array_size = JsonArray::max_size();
  static constexpr size_t max_key_size = boost::json::string::max_size();
  static constexpr size_t max_string_size = boost::json::string::max_size();

  explicit ExactHandler(unsigned char* buffer, size_t size) : stack({}, buffer, size) {}

  static bool on_document_begin(ParseError&) { return true; }
  static bool on_document_end(ParseError&) { return true; }
  static bool on_object_begin(ParseError&) { return true; }
  bool on_object_end(size_t count, ParseError&) {
    stack.push_object(count);
    return true;
  }
  static bool on_array_begin(ParseError&) { return true; }
  bool on_array_end(size_t count, ParseError&) {
    stack.push_array(count);
    return true;
  }
  bool on_key_part(Text part, size_t, ParseError&) {
    stack.push_chars(part);
    return true;
  }
  bool on_key(Text rest, size_t, ParseError&) {
    stack.push_key(rest);
    return true;
  }
  bool on_string_part(Text part, size_t, ParseError&) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(Text rest, size_t, ParseError&) {
    stack.push_string(rest);
    return true;
  }
  static bool on_number_part(Text, ParseError&) { return true; }
  bool on_int64(int64_t number, Text, ParseError&) {
    stack.push_int64(number);
    return true;
  }
  bool on_uint64(uint64_t number, Text, ParseError&) {
    stack.push_uint64(number);
    return true;
  }
  // `text` is all of the number, as the parser is given all of the document at once.
  bool on_double(double almost, Text text, ParseError&) {
    double exact = almost;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exact);
    stack.push_double(error == std::errc() ? exact : almost);
    return true;
  }
  bool on_bool(bool value, ParseError&) {
    stack.push_bool(value);
    return true;
  }
  bool on_null(ParseError&) {
    stack.push_null();
    return true;
  }
  static bool on_comment_part(Text, ParseError&) { return true; }
  static bool on_comment(Text, ParseError&) { return true; }

  boost::json::value_stack stack;
};

}  // namespace

ExactJson parse_exactly(std::string_view text, const boost::json::parse_options& options) {
  ExactJson out;
  unsigned char buffer[4096];  // a document of usual size is parsed without further memory
  boost::json::basic_parser<ExactHandler> parser(options, buffer, sizeof(buffer));
  parser.handler().stack.reset();
  ParseError error;
  out.end = parser.write_some(false, text.data(), text.size(), error);
  if (error) {
    out.wrong = error.message();
    return out;
  }
  const size_t extra = text.find_first_not_of(" \t\r\n", out.end);
  if (extra != std::string_view::npos) {
    out.wrong = "text after the value's end";
    out.end = extra;
    return out;
  }
  out.value = parser.handler().stack.release();
  return out;
}

void append_exactly(std::string& out, double number) {
  char buffer[32];
  const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
  SQUALL_CHECK(error == std::errc());
  const std::string_view text(buffer, end);
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace squall
