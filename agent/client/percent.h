// Percent-encoding (RFC 3986), for what goes into a target: a segment of its path, or a part of its
// query.
#pragma once

#include <string>
#include <string_view>

namespace squall::agent {

std::string percent_encoded(std::string_view text);

}  // namespace squall::agent
