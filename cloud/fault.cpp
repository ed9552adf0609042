#include "cloud/fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace {

std::string known_kinds() {
  std::string out;
  for (const FaultKind* kind : fault_kinds()) {
    if (!out.empty()) out += ", ";
    out += kind->name;
  }
  return out;
}

Result<void> check_code(const FaultKind& kind, const FaultEffect& effect) {
  if (!effect.code) {
    if (kind.codes.empty() || kind.may_be_silent) return {};
    return fail(fmt::format("the fault \"{}\" needs an error code", kind.name));
  }
  if (std::find(kind.codes.begin(), kind.codes.end(), *effect.code) != kind.codes.end()) return {};
  return fail(
      fmt::format("the fault \"{}\" does not answer with {}", kind.name, to_string(*effect.code)));
}

Result<void> check_delay(const FaultKind& kind, const FaultEffect& effect) {
  if (effect.delay >= kind.min_delay && effect.delay <= kind.max_delay) return {};
  if (kind.max_delay == Duration(0)) {
    return fail(fmt::format("the fault \"{}\" takes no delay", kind.name));
  }
  return fail(fmt::format("the fault \"{}\" takes a delay from {} to {} us, not {}", kind.name,
                          kind.min_delay.count(), kind.max_delay.count(), effect.delay.count()));
}

Result<void> check_variant(const FaultKind& kind, const FaultEffect& effect) {
  if (effect.variant < kind.variants) return {};
  return fail(fmt::format("the fault \"{}\" has the variants 0 to {}, not {}", kind.name,
                          kind.variants - 1, effect.variant));
}

Result<void> check_call(const FaultKind& kind, const FaultRule& rule) {
  if (!rule.call) return {};
  if (std::find(kind.calls.begin(), kind.calls.end(), *rule.call) != kind.calls.end()) return {};
  return fail(fmt::format("the fault \"{}\" cannot hit a {}", kind.name, to_string(*rule.call)));
}

Result<void> check_position(const FaultRule& rule) {
  if (rule.permille > 1000) {
    return fail(fmt::format("permille is {}, and must be 1000 at most", rule.permille));
  }
  if (rule.nth == 0) return fail("nth is 0, and counts from 1");
  if (rule.count == 0) return fail("count is 0, so the rule would never hit");
  if (rule.permille > 0 && (rule.nth != 1 || rule.count != 1)) {
    return fail("a rule hits either by nth and count or by permille, not both");
  }
  return {};
}

Result<void> check(const FaultRule& rule) {
  const FaultKind* kind = find_fault_kind(rule.effect.kind);
  if (kind == nullptr) {
    return fail(
        fmt::format("there is no fault \"{}\"; known are {}", rule.effect.kind, known_kinds()));
  }
  TRY_VOID(check_code(*kind, rule.effect));
  TRY_VOID(check_delay(*kind, rule.effect));
  TRY_VOID(check_variant(*kind, rule.effect));
  TRY_VOID(check_call(*kind, rule));
  return check_position(rule);
}

}  // namespace

std::span<const FaultKind* const> fault_kinds() {
  static const std::array kKinds = {
#define SQUALL_FAULT(function) &function(),
#include "cloud/faults/kinds.inc"
#undef SQUALL_FAULT
  };
  return kKinds;
}

const FaultKind* find_fault_kind(std::string_view name) {
  for (const FaultKind* kind : fault_kinds()) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

Result<void> validate(const FaultRule& rule) {
  const Result<void> checked = check(rule);
  if (!checked) return fail("cannot use the fault rule: " + checked.error().message);
  return {};
}

Delivery delivery_of(const FaultEffect& effect) {
  const FaultKind* kind = find_fault_kind(effect.kind);
  SQUALL_CHECK(kind != nullptr);
  Delivery delivery;
  if (kind->shape != nullptr) kind->shape(effect, delivery);
  return delivery;
}

}  // namespace squall::cloud
