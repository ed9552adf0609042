#include "provider/plugin/handshake.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace squall::plugin {

namespace {

constexpr std::string_view kWord = "squall-provider";
constexpr std::string_view kUnix = "unix";

std::vector<std::string_view> split(std::string_view text, char separator, size_t most) {
  std::vector<std::string_view> out;
  while (out.size() + 1 < most) {
    const size_t end = text.find(separator);
    if (end == std::string_view::npos) break;
    out.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  out.push_back(text);
  return out;
}

// A version: 1 or more.
std::optional<int> read_version(std::string_view text) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out < 1) return std::nullopt;
  return out;
}

std::string beginning_of(std::string_view line) {
  constexpr size_t kLongest = 80;
  return std::string(line.substr(0, kLongest)) + (line.size() > kLongest ? "…" : "");
}

}  // namespace

std::string to_line(const Handshake& handshake) {
  return fmt::format("{}|{}|{}|{}", kWord, handshake.version, kUnix, handshake.socket);
}

Result<Handshake> parse_handshake(std::string_view line) {
  const auto wrong = [line](std::string_view why) {
    return fail(
        fmt::format("the provider's first line is no handshake ({}): \"{}\"; it must be "
                    "like {}|{}|{}|/path/of/its/socket",
                    why, beginning_of(line), kWord, kProtocolVersion, kUnix));
  };
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::vector<std::string_view> parts = split(line, '|', 4);
  if (parts[0] != kWord) return wrong(fmt::format("it does not begin with {}", kWord));
  if (parts.size() < 4) return wrong("it ends too early");
  const std::optional<int> version = read_version(parts[1]);
  if (!version) return wrong(fmt::format("\"{}\" is no version", parts[1]));
  if (parts[2] != kUnix)
    return wrong(fmt::format("\"{}\" is no kind of address that is known", parts[2]));
  if (!parts[3].starts_with('/')) return wrong("the socket's path is not absolute");
  return Handshake{.version = *version, .socket = std::string(parts[3])};
}

Result<int> negotiate(std::string_view theirs, const std::vector<int>& ours) {
  if (theirs.empty()) return *std::ranges::min_element(ours);
  std::optional<int> best;
  for (const std::string_view each : split(theirs, ',', theirs.size() + 1)) {
    const std::optional<int> version = read_version(each);
    // What later engines may write there is not for us.
    if (!version || std::ranges::find(ours, *version) == ours.end()) continue;
    best = std::max(best, version);
  }
  if (best) return *best;
  return fail(
      fmt::format("the engine speaks the protocol versions {}, and this provider {}; one of "
                  "them must be updated",
                  theirs, fmt::join(ours, ",")));
}

}  // namespace squall::plugin
