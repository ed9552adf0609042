#include "cloud/injection_state.h"

#include <algorithm>

#include "base/check.h"

namespace squall::cloud {

namespace {

bool matches(const FaultRule& rule, const FaultKind& kind, const ProviderRequest& request,
             const std::string& resource_name) {
  if (rule.call && *rule.call != request.kind) return false;
  if (!rule.label.empty() && rule.label != resource_name) return false;
  if (!rule.type.empty() && rule.type != request.type) return false;
  return std::find(kind.calls.begin(), kind.calls.end(), request.kind) != kind.calls.end();
}

// Has a rule by ordinal hit all it ever will?
bool is_spent(const FaultRule& rule, uint64_t seen) {
  return rule.permille == 0 && seen >= uint64_t{rule.nth} + rule.count - 1;
}

}  // namespace

Result<RuleId> InjectionState::inject(const FaultRule& rule) {
  TRY_VOID(validate(rule));
  rules_.push_back({++last_id_, rule, find_fault_kind(rule.effect.kind), 0});
  return last_id_;
}

InjectionState::Hit InjectionState::pick(const ProviderRequest& request,
                                         const std::string& resource_name) {
  Hit hit;
  bool any_spent = false;
  for (Rule& rule : rules_) {
    if (!matches(rule.rule, *rule.kind, request, resource_name)) continue;
    // Counted and drawn even where an earlier rule has hit already.
    const bool hits = counts_and_hits(rule);
    if (hits && hit.kind == nullptr) hit = {rule.kind, rule.rule.effect};
    any_spent = any_spent || is_spent(rule.rule, rule.seen);
  }
  if (any_spent) {
    std::erase_if(rules_, [](const Rule& rule) { return is_spent(rule.rule, rule.seen); });
  }
  return hit;
}

bool InjectionState::counts_and_hits(Rule& rule) {
  ++rule.seen;
  if (rule.rule.permille > 0) return random_.chance(rule.rule.permille);
  SQUALL_CHECK(!is_spent(rule.rule, rule.seen - 1));
  return rule.seen >= rule.rule.nth;
}

}  // namespace squall::cloud
