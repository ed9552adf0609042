#include "invariants/evidence.h"

#include <algorithm>
#include <string>
#include <variant>

namespace squall::invariants {

Evidence::Evidence(const suite::CaseRecord& record) {
  for (const cloud::Call& call : record.calls) {
    const Name name(call.request->type, call.resource_name);
    by_command_[call.request->caller][name].push_back(&call);
    by_name_[name].push_back(&call);
  }
  for (const suite::CrashRecord& crash : record.crashes) crashes_.push_back(crash.log_end);
}

Calls Evidence::of(std::string_view command, std::string_view type, std::string_view name) const {
  const auto caller = by_command_.find(command);
  if (caller == by_command_.end()) return {};
  const auto found = caller->second.find(Name(type, name));
  if (found == caller->second.end()) return {};
  return found->second;
}

Calls Evidence::about(const ResourceIdentity& identity) const {
  const auto found = by_name_.find(Name(identity.type, identity.label));
  if (found == by_name_.end()) return {};
  return found->second;
}

size_t Evidence::incarnation_of(const cloud::Call& call) const {
  if (call.request->connection > 0) return call.request->connection - 1;
  const auto next_crash = std::ranges::lower_bound(crashes_, call.arrived_sequence);
  return static_cast<size_t>(next_crash - crashes_.begin());
}

bool was_heard(const cloud::Call& call) { return call.delivered && call.answer != nullptr; }

bool heard_success(const cloud::Call& call) { return was_heard(call) && call.answer->ok(); }

bool heard_not_found(const cloud::Call& call) {
  return was_heard(call) && call.answer->status == ReplyStatus::kFailure &&
         call.answer->error == ErrorCode::kNotFound;
}

std::optional<ErrorCode> failure_heard(const cloud::Call& call) {
  if (!was_heard(call)) return ErrorCode::kDeadlineExceeded;
  if (call.answer->status != ReplyStatus::kFailure) return std::nullopt;
  return call.answer->error;
}

bool had_effect(const cloud::Call& call, cloud::Effect effect, uint64_t until) {
  return std::ranges::any_of(call.executions, [&](const cloud::Execution& execution) {
    return execution.sequence <= until && execution.change.effect == effect;
  });
}

bool changed_something(const cloud::Call& call, uint64_t until) {
  return had_effect(call, cloud::Effect::kCreated, until) ||
         had_effect(call, cloud::Effect::kUpdated, until) ||
         had_effect(call, cloud::Effect::kDeleted, until);
}

const suite::CommandHistory* find_command(const suite::CaseRecord& record,
                                          std::string_view command) {
  const auto found = record.commands.find(std::string(command));
  return found == record.commands.end() ? nullptr : &found->second;
}

bool failed_by_rate_limit(const suite::CaseRecord& record, const suite::Submission& submission) {
  if (record.test_case.world.behaviours.rate_per_second == 0 || !submission.reply) return false;
  const auto* accepted = std::get_if<Accepted>(&*submission.reply);
  if (accepted == nullptr) return false;
  const suite::CommandHistory* command = find_command(record, accepted->command_id);
  if (command == nullptr || command->last.state != CommandState::kFailed) return false;
  return std::ranges::any_of(record.calls, [&](const cloud::Call& call) {
    return call.request->caller == accepted->command_id && call.fault.empty() &&
           failure_heard(call) == ErrorCode::kThrottling;
  });
}

size_t operation_of(const suite::CaseRecord& record, std::string_view command) {
  const suite::CommandHistory* history = find_command(record, command);
  if (history == nullptr || !history->submission ||
      *history->submission >= record.submissions.size())
    return record.test_case.operations.size();
  return record.submissions[*history->submission].operation;
}

}  // namespace squall::invariants
