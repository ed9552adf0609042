// What a checker has found: one violation per kind and identity, the earliest of each. A checker
// that goes through a record in its order adds them as it meets them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "invariants/invariant.h"

namespace squall::invariants {

// The three texts of a violation, as in Violation.
struct Words {
  std::string headline;
  std::string expected;
  std::string actual;
};

class Findings {
 public:
  // Both outlive it.
  Findings(const Invariant& invariant, std::vector<Violation>& out);

  // Is there nothing yet of this kind about this identity? Lets a caller save the words.
  bool is_news(std::string_view kind, const std::optional<ResourceIdentity>& identity) const;

  // Did another invariant say something about this identity already, that was noticed no later?
  // What follows from it is then no finding of its own: one bug should not have many names.
  bool is_explained(const ResourceIdentity& identity, size_t operation) const;

  // Does nothing unless it is news. REQUIRES: kind is in the invariant's closed list.
  void add(std::string_view kind, size_t operation, std::optional<ResourceIdentity> identity,
           Words words, std::vector<cloud::CallId> evidence = {});

 private:
  const Invariant& invariant_;
  std::vector<Violation>& out_;
  std::set<std::pair<std::string_view, std::optional<ResourceIdentity>>> known_;
};

}  // namespace squall::invariants
