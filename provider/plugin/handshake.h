// The first line a provider writes to its standard output:
//
//   squall-provider|1|unix|/path/of/its/socket
//
// (a fixed word, the protocol's major version, the kind of address, the address). A provider that
// speaks several versions serves the newest of those in SQUALL_PROVIDER_PROTOCOLS ("1,2"), which
// the engine sets; one that finds none of its own there says so on standard error and exits with 3.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace squall::plugin {

inline constexpr int kProtocolVersion = 1;
inline constexpr std::string_view kProtocolsVariable = "SQUALL_PROVIDER_PROTOCOLS";

struct Handshake {
  int version = kProtocolVersion;
  std::string socket;  // an absolute path
};

// Without an end of line.
std::string to_line(const Handshake& handshake);
// The error says what is wrong with the line, with its beginning where it is no handshake at all.
Result<Handshake> parse_handshake(std::string_view line);

// What a provider that speaks `ours` serves to an engine whose variable says `theirs`. Unset or
// empty: whatever is oldest. The error lists both.
Result<int> negotiate(std::string_view theirs, const std::vector<int>& ours);

}  // namespace squall::plugin
