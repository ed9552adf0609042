// A request and its response as the routes see them: plain values, whatever carried them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "documents/command_json.h"
#include "documents/json.h"

namespace squall::agent {

struct Field {
  std::string name;
  std::string value;
};

struct Request {
  std::string method;         // as it was sent: "GET"
  std::string target;         // as it was sent: "/api/v1/commands?mode=patch"
  bool is_http_1_0 = false;   // otherwise 1.1
  std::vector<Field> fields;  // in their order
  std::string body;

  // The first field of that name, whatever its case; nullptr: there is none.
  const std::string* field(std::string_view name) const;
  // How many there are.
  size_t count(std::string_view name) const;
};

// A body that is made while it is written, for those that are large: each call appends some tens of
// kilobytes to `out`; false: that was the last of it.
using BodySource = std::function<bool(std::string& out)>;
inline constexpr size_t kBodySliceBytes = size_t{64} << 10;

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<Field> fields;  // besides Content-Type, Content-Length and Connection
  std::string body;
  BodySource more;  // what comes after `body`, if anything
};

Response json_response(int status, const Json& body);
Response json_response(const HttpAnswer& answer);
// {"error": type, "data": {"message": …}}. What is no UTF-8 in the message is replaced, and what is
// very long is cut: it may quote what a client has sent.
Response error_response(int status, std::string_view type, std::string_view message);
// The same for an error of a command: its type has a status.
Response rejection_response(RejectionType type, std::string_view message);
// The errors that are not about a command but about the request itself.
Response bad_request(std::string_view message);
Response not_found(std::string_view message);

// "Not Found".
std::string_view reason_of(int status);

// A target taken apart: "/api/v1/a%20b?x=1&y" has the path {"api", "v1", "a b"} and the parameters
// x: "1" and y: "".
struct ParsedTarget {
  std::vector<std::string> path;
  std::vector<Field> parameters;
};
// Errors: it is no path, or is not percent-encoded as it should be.
Result<ParsedTarget> parse_target(std::string_view target);

// Are two texts equal but for the case of ASCII letters?
bool same_but_for_case(std::string_view a, std::string_view b);
std::string_view without_spaces_around(std::string_view text);
// The part of "multipart/form-data; boundary=x" before the parameters.
std::string_view media_type_of(std::string_view content_type);

// `text` with U+FFFD for each byte that is no part of UTF-8.
std::string as_utf8(std::string_view text);

}  // namespace squall::agent
