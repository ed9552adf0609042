#include "invariants/findings.h"

#include <algorithm>

#include "base/check.h"

namespace squall::invariants {

Findings::Findings(const Invariant& invariant, std::vector<Violation>& out)
    : invariant_(invariant), out_(out) {}

bool Findings::is_news(std::string_view kind,
                       const std::optional<ResourceIdentity>& identity) const {
  return !known_.contains({kind, identity});
}

bool Findings::is_explained(const ResourceIdentity& identity, size_t operation) const {
  return std::ranges::any_of(out_, [&](const Violation& other) {
    return other.invariant != invariant_.id && other.identity == identity &&
           other.operation <= operation;
  });
}

void Findings::add(std::string_view kind, size_t operation,
                   std::optional<ResourceIdentity> identity, Words words,
                   std::vector<cloud::CallId> evidence) {
  const auto listed = std::ranges::find(invariant_.kinds, kind);
  SQUALL_CHECK(listed != invariant_.kinds.end());
  if (!known_.emplace(*listed, identity).second) return;
  out_.push_back(Violation{.invariant = std::string(invariant_.id),
                           .kind = std::string(kind),
                           .operation = operation,
                           .identity = identity,
                           .headline = std::move(words.headline),
                           .expected = std::move(words.expected),
                           .actual = std::move(words.actual),
                           .evidence = std::move(evidence)});
}

}  // namespace squall::invariants
