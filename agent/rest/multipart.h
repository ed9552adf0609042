// Bodies of type multipart/form-data (RFC 7578): what a form has sent, part by part. Strict: what
// is not as the RFC has it is an error and not a guess.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace squall::agent {

struct Part {
  std::string name;
  std::string file_name;     // empty: no file, or one without a name
  std::string content_type;  // empty: not said
  std::string_view content;  // points into the body
};

struct MultipartLimits {
  size_t parts = 32;
  size_t header_bytes = 4096;  // of one part
};

// The boundary that a Content-Type names: "multipart/form-data; boundary=x" gives "x".
Result<std::string> boundary_of(std::string_view content_type);

// Takes `body` apart, which outlives what is returned. Linear in the size of the body.
// REQUIRES: `boundary` is one that boundary_of() gave.
Result<std::vector<Part>> parse_multipart(std::string_view body, std::string_view boundary,
                                          MultipartLimits limits = {});

}  // namespace squall::agent
