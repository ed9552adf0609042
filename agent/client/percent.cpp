#include "agent/client/percent.h"

#include <fmt/format.h>

namespace squall::agent {

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    const bool plain = (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
                       (each >= '0' && each <= '9') || each == '-' || each == '_' || each == '.' ||
                       each == '~';
    if (plain) {
      out += each;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

}  // namespace squall::agent
