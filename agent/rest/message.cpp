#include "agent/rest/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace squall::agent {

namespace {

constexpr size_t kMaxMessageBytes = 2000;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// `plus`: is "+" a space, as in the parameters?
Result<std::string> decoded(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return fail("the address of the request has a % without two hexadecimal digits behind it");
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

// How many bytes the character at the beginning of `text` has; 0: it is none.
size_t character_size(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Longer than need be, surrogates, and beyond U+10FFFF.
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return size;
}

// A request may name the server in front of the path: "http://host/path".
std::string_view without_authority(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (!same_but_for_case(target.substr(0, kScheme.size()), kScheme)) return target;
  target.remove_prefix(kScheme.size());
  const size_t path = target.find_first_of("/?");
  return path == std::string_view::npos ? "/" : target.substr(path);
}

}  // namespace

const std::string* Request::field(std::string_view name) const {
  for (const Field& each : fields) {
    if (same_but_for_case(each.name, name)) return &each.value;
  }
  return nullptr;
}

size_t Request::count(std::string_view name) const {
  return static_cast<size_t>(std::count_if(fields.begin(), fields.end(), [&](const Field& each) {
    return same_but_for_case(each.name, name);
  }));
}

Response json_response(int status, const Json& body) {
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body);
  return response;
}

Response json_response(const HttpAnswer& answer) {
  Response response;
  response.status = answer.status;
  response.body = boost::json::serialize(answer.body);
  return response;
}

Response error_response(int status, std::string_view type, std::string_view message) {
  const std::string text = as_utf8(message.substr(0, kMaxMessageBytes));
  return json_response(status, JsonObject{{"error", type}, {"data", {{"message", text}}}});
}

Response rejection_response(RejectionType type, std::string_view message) {
  return error_response(error_of({type, ""}).status, to_string(type), message);
}

Response bad_request(std::string_view message) {
  return error_response(400, "BadRequest", message);
}

Response not_found(std::string_view message) { return error_response(404, "NotFound", message); }

std::string_view reason_of(int status) {
  constexpr std::pair<int, std::string_view> kReasons[] = {
      {200, "OK"},
      {202, "Accepted"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  };
  for (const auto& [of, reason] : kReasons) {
    if (of == status) return reason;
  }
  return "Other";
}

Result<ParsedTarget> parse_target(std::string_view target) {
  target = without_authority(target);
  const size_t question = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, question);
  if (!path.starts_with('/')) return fail("the address of the request must begin with a /");
  ParsedTarget out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    TRY(std::string segment, decoded(path.substr(0, end), /*plus=*/false));
    out.path.push_back(std::move(segment));
    path.remove_prefix(end);
  }
  std::string_view rest = target.substr(std::min(question + 1, target.size()));
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (parameter.empty()) continue;
    const size_t equals = std::min(parameter.find('='), parameter.size());
    const size_t value = std::min(equals + 1, parameter.size());
    TRY(std::string name, decoded(parameter.substr(0, equals), /*plus=*/true));
    TRY(std::string text, decoded(parameter.substr(value), /*plus=*/true));
    out.parameters.push_back({std::move(name), std::move(text)});
  }
  return out;
}

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_spaces_around(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view media_type_of(std::string_view content_type) {
  return without_spaces_around(content_type.substr(0, content_type.find(';')));
}

std::string as_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t size = character_size(text);
    if (size == 0) {
      out += kReplacement;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

}  // namespace squall::agent
