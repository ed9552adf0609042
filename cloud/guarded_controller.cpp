#include "cloud/guarded_controller.h"

#include <optional>
#include <utility>

#include "cloud/cloud.h"

namespace squall::cloud {

template <class Ask>
auto GuardedController::asked(Ask ask) const {
  std::optional<decltype(ask(std::declval<Cloud&>()))> out;
  use([&](Cloud& cloud) { out.emplace(ask(cloud)); });
  return *std::move(out);
}

Result<RuleId> GuardedController::inject(const FaultRule& rule) {
  return asked([&](Cloud& cloud) { return cloud.inject(rule); });
}

void GuardedController::clear_rules() {
  use([](Cloud& cloud) { cloud.clear_rules(); });
}

void GuardedController::program(const ProgrammedResponse& response) {
  use([&](Cloud& cloud) { cloud.program(response); });
}

size_t GuardedController::withdraw(const std::string& label, CallKind call) {
  return asked([&](Cloud& cloud) { return cloud.withdraw(label, call); });
}

Result<NativeId> GuardedController::put(const std::string& type, const std::string& target,
                                        const JsonObject& properties) {
  return asked([&](Cloud& cloud) { return cloud.put(type, target, properties); });
}

Result<void> GuardedController::patch(const NativeId& id, const JsonArray& patch) {
  return asked([&](Cloud& cloud) { return cloud.patch(id, patch); });
}

Result<void> GuardedController::remove(const NativeId& id) {
  return asked([&](Cloud& cloud) { return cloud.remove(id); });
}

std::shared_ptr<const StateSnapshot> GuardedController::snapshot() const {
  return asked([](Cloud& cloud) { return cloud.snapshot(); });
}

void GuardedController::restore(const std::shared_ptr<const StateSnapshot>& snapshot) {
  use([&](Cloud& cloud) { cloud.restore(snapshot); });
}

uint64_t GuardedController::digest() const {
  return asked([](Cloud& cloud) { return cloud.digest(); });
}

CloudView GuardedController::view() const {
  return asked([](Cloud& cloud) { return cloud.view(); });
}

std::vector<LogRecord> GuardedController::log(uint64_t after) const {
  return asked([&](Cloud& cloud) { return cloud.log(after); });
}

uint64_t GuardedController::log_end() const {
  return asked([](Cloud& cloud) { return cloud.log_end(); });
}

void GuardedController::set_gate(bool open) {
  use([&](Cloud& cloud) { cloud.set_gate(open); });
}

Result<void> GuardedController::set_behaviours(const Behaviours& behaviours) {
  return asked([&](Cloud& cloud) { return cloud.set_behaviours(behaviours); });
}

Result<void> GuardedController::set_id_counter(uint64_t next) {
  return asked([&](Cloud& cloud) { return cloud.set_id_counter(next); });
}

void GuardedController::reset() {
  use([](Cloud& cloud) { cloud.reset(); });
}

FaultTable GuardedController::fault_table() const {
  return asked([](Cloud& cloud) { return cloud.fault_table(); });
}

}  // namespace squall::cloud
