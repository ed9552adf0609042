// Where the simulated engine's process keeps its secrets: outside the store, the same in every life
// of it. What stands for a secret is a number, which tells nothing.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace squall::simulation {

class Vault {
 public:
  void reset() {
    numbers_.clear();
    secrets_.clear();
  }

  // The same text for the same secret.
  std::string seal(std::string_view secret);
  // The error says what was no sealed text.
  Result<std::string> open(std::string_view sealed) const;

 private:
  std::map<std::string, size_t, std::less<>> numbers_;
  std::vector<std::string> secrets_;  // by number
};

}  // namespace squall::simulation
