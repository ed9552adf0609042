#include "simulation/vault.h"

#include <charconv>

namespace squall::simulation {

namespace {
constexpr std::string_view kPrefix = "sealed-";
}

std::string Vault::seal(std::string_view secret) {
  const auto found = numbers_.find(secret);
  if (found != numbers_.end()) return std::string(kPrefix) + std::to_string(found->second);
  const size_t number = secrets_.size();
  secrets_.emplace_back(secret);
  numbers_.emplace(secret, number);
  return std::string(kPrefix) + std::to_string(number);
}

Result<std::string> Vault::open(std::string_view sealed) const {
  size_t number = 0;
  if (sealed.starts_with(kPrefix)) {
    const std::string_view digits = sealed.substr(kPrefix.size());
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    if (error == std::errc() && end == digits.end() && number < secrets_.size()) {
      return secrets_[number];
    }
  }
  return fail("open a sealed text: \"" + std::string(sealed) + "\" was never sealed here");
}

}  // namespace squall::simulation
