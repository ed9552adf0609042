#include "agent/rest/multipart.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/rest/message.h"

namespace squall::agent {

namespace {

constexpr size_t kMaxBoundaryBytes = 70;  // RFC 2046
constexpr std::string_view kLineEnd = "\r\n";

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_boundary_character(char c) {
  return is_letter_or_digit(c) || std::string_view("'()+_,-./:=? ").find(c) != std::string::npos;
}

bool is_token_character(char c) {
  return is_letter_or_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view take_token(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_token_character);
  const std::string_view token = text.substr(0, static_cast<size_t>(end - text.begin()));
  text.remove_prefix(token.size());
  return token;
}

void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

// REQUIRES: text begins with a quote.
Result<std::string> take_quoted(std::string_view& text) {
  std::string out;
  size_t at = 1;
  while (at < text.size() && text[at] != '"') {
    // Only before these two: in the names of files that some systems have, it means itself.
    const bool escapes =
        text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
    if (escapes) ++at;
    out += text[at++];
  }
  if (at >= text.size()) return fail("a quote in a header does not end");
  text.remove_prefix(at + 1);
  return out;
}

// "; name=value; other=\"quoted value\"".
Result<std::vector<Field>> parse_parameters(std::string_view text) {
  std::vector<Field> out;
  for (skip_spaces(text); !text.empty(); skip_spaces(text)) {
    if (text.front() != ';') return fail("the parameters of a header must have a ; between them");
    text.remove_prefix(1);
    skip_spaces(text);
    if (text.empty()) break;  // one ; too many is common
    Field parameter;
    parameter.name = take_token(text);
    if (parameter.name.empty() || !text.starts_with('=')) {
      return fail("a parameter of a header must be name=value");
    }
    text.remove_prefix(1);
    if (text.starts_with('"')) {
      TRY(parameter.value, take_quoted(text));
    } else {
      parameter.value = take_token(text);
    }
    for (const Field& other : out) {
      if (same_but_for_case(other.name, parameter.name)) {
        return fail(fmt::format("a header has the parameter {} twice", parameter.name));
      }
    }
    out.push_back(std::move(parameter));
  }
  return out;
}

const std::string* find(const std::vector<Field>& parameters, std::string_view name) {
  for (const Field& each : parameters) {
    if (same_but_for_case(each.name, name)) return &each.value;
  }
  return nullptr;
}

class Body {
 public:
  Body(std::string_view body, std::string_view boundary, MultipartLimits limits)
      : rest_(body), delimiter_(fmt::format("\r\n--{}", boundary)), limits_(limits) {}

  Result<std::vector<Part>> parse() {
    TRY_VOID(skip_preamble());
    std::vector<Part> parts;
    for (;;) {
      TRY(const bool is_last, take_end_of_delimiter());
      if (is_last) return parts;
      if (parts.size() == limits_.parts) {
        return fail(fmt::format("the form has more than {} parts", limits_.parts));
      }
      TRY(Part part, take_part());
      parts.push_back(std::move(part));
    }
  }

 private:
  // What stands before the first delimiter is for people who read mail.
  Result<void> skip_preamble() {
    const std::string_view first = std::string_view(delimiter_).substr(kLineEnd.size());
    if (rest_.starts_with(first)) {
      rest_.remove_prefix(first.size());
      return {};
    }
    const size_t found = rest_.find(delimiter_);
    if (found == std::string_view::npos) return fail("the boundary of the form is nowhere in it");
    rest_.remove_prefix(found + delimiter_.size());
    return {};
  }

  // Behind a delimiter: "--" after the last part, otherwise the end of the line.
  Result<bool> take_end_of_delimiter() {
    const bool is_last = rest_.starts_with("--");
    if (is_last) rest_.remove_prefix(2);
    skip_spaces(rest_);
    if (is_last) {
      if (!rest_.empty() && !rest_.starts_with(kLineEnd)) return fail(kInPart);
      return true;
    }
    if (rest_.empty()) return fail("the form ends within a part");
    if (!rest_.starts_with(kLineEnd)) return fail(kInPart);
    rest_.remove_prefix(kLineEnd.size());
    return false;
  }

  Result<Part> take_part() {
    Part part;
    TRY_VOID(take_headers(part));
    // A part without content may have the empty line in common with the delimiter.
    const std::string_view shared = std::string_view(delimiter_).substr(kLineEnd.size());
    if (rest_.starts_with(shared)) {
      rest_.remove_prefix(shared.size());
      return part;
    }
    const size_t end = rest_.find(delimiter_);
    if (end == std::string_view::npos) return fail("the form ends within a part");
    part.content = rest_.substr(0, end);
    rest_.remove_prefix(end + delimiter_.size());
    return part;
  }

  Result<void> take_headers(Part& part) {
    bool has_disposition = false;
    size_t left = limits_.header_bytes;
    for (;;) {
      const size_t end = rest_.substr(0, left).find(kLineEnd);
      if (end == std::string_view::npos) {
        if (rest_.size() > left) {
          return fail(fmt::format("a part of the form has more than {} bytes of headers",
                                  limits_.header_bytes));
        }
        return fail("the form ends within the headers of a part");
      }
      const std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(end + kLineEnd.size());
      left -= end + kLineEnd.size();
      if (line.empty()) break;
      TRY_VOID(take_header(line, part, has_disposition));
    }
    if (!has_disposition) return fail("a part of the form has no Content-Disposition");
    return {};
  }

  static Result<void> take_header(std::string_view line, Part& part, bool& has_disposition) {
    const std::string_view name = take_token(line);
    if (name.empty() || !line.starts_with(':')) {
      return fail("a part of the form has a header that is not name: value");
    }
    line.remove_prefix(1);
    skip_spaces(line);
    if (same_but_for_case(name, "Content-Type")) {
      part.content_type = without_spaces_around(line);
    } else if (same_but_for_case(name, "Content-Transfer-Encoding")) {
      const bool is_plain = same_but_for_case(without_spaces_around(line), "binary") ||
                            same_but_for_case(without_spaces_around(line), "8bit") ||
                            same_but_for_case(without_spaces_around(line), "7bit");
      if (!is_plain) return fail("a part of the form is encoded: send it as it is");
    } else if (same_but_for_case(name, "Content-Disposition")) {
      if (has_disposition) return fail("a part of the form has Content-Disposition twice");
      has_disposition = true;
      return take_disposition(line, part);
    }
    return {};
  }

  static Result<void> take_disposition(std::string_view value, Part& part) {
    if (!same_but_for_case(take_token(value), "form-data")) {
      return fail("a part of the form has another Content-Disposition than form-data");
    }
    TRY(const std::vector<Field> parameters, parse_parameters(value));
    const std::string* name = find(parameters, "name");
    if (name == nullptr || name->empty()) return fail("a part of the form has no name");
    part.name = *name;
    if (const std::string* file_name = find(parameters, "filename")) part.file_name = *file_name;
    return {};
  }

  static constexpr const char* kInPart =
      "the boundary of the form is also in one of its parts: choose another";

  std::string_view rest_;
  std::string delimiter_;
  MultipartLimits limits_;
};

}  // namespace

Result<std::string> boundary_of(std::string_view content_type) {
  const size_t parameters_at = std::min(content_type.find(';'), content_type.size());
  TRY(const std::vector<Field> parameters, parse_parameters(content_type.substr(parameters_at)));
  const std::string* boundary = find(parameters, "boundary");
  if (boundary == nullptr) return fail("Content-Type names no boundary");
  const bool is_good = !boundary->empty() && boundary->size() <= kMaxBoundaryBytes &&
                       boundary->back() != ' ' &&
                       std::all_of(boundary->begin(), boundary->end(), is_boundary_character);
  if (!is_good) return fail("the boundary in Content-Type is none that RFC 2046 allows");
  return *boundary;
}

Result<std::vector<Part>> parse_multipart(std::string_view body, std::string_view boundary,
                                          MultipartLimits limits) {
  return Body(body, boundary, limits).parse();
}

}  // namespace squall::agent
