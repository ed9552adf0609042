#include "invariants/evidence.h"

#include <algorithm>
#include <string>
#include <variant>

namespace squall::invariants {

Evidence::Evidence(const suite::CaseRecord& record) {
  calls_.reserve(record.calls.size());
  auto caller = by_command_.end();  // mostly that of the call before
  for (const cloud::Call& call : record.calls) {
    const cloud::Call* shown = ended(call);
    if (caller == by_command_.end() || caller->first != call.request->caller)
      caller = by_command_.try_emplace(call.request->caller).first;
    caller->second[{call.resource_name, call.request->type}].all.push_back(shown);
    calls_.push_back(shown);
  }
  for (const suite::CrashRecord& crash : record.crashes) crashes_.push_back(crash.log_end);
  split_replacements(record);
}

// The call as it ended, as far as the calls up to here tell. Takes in the answers to polls.
const cloud::Call* Evidence::ended(const cloud::Call& call) {
  const ProviderRequest& request = *call.request;
  if (request.kind == CallKind::kStatus) {
    const auto polled = open_.find(request.request_id);
    if (polled == open_.end() || !heard(call)) return &call;
    if (heard_in_progress(call)) return &call;
    // That nobody knows the request id says nothing of what became of it; nor do broken words.
    const bool tells = !heard_not_found(call) && !is_malformed(call);
    cloud::Call& shown = *polled->second;
    shown.answer = tells ? call.answer : nullptr;
    shown.delivered = tells;
    shown.answered_sequence = call.answered_sequence;
    shown.answered = call.answered;
    return &call;
  }
  const bool in_progress = is_mutation(request.kind) && call.answer != nullptr &&
                           call.answer->status == ReplyStatus::kInProgress && !is_malformed(call);
  if (!in_progress) return &call;
  asynchronous_.insert(call.id);
  cloud::Call& shown = asynchronous_calls_.emplace_back(call);
  shown.answer = nullptr;
  shown.delivered = false;
  open_[call.answer->request_id] = &shown;
  return &shown;
}

void Evidence::split_replacements(const suite::CaseRecord& record) {
  for (const auto& [id, history] : record.commands) {
    const auto calls = by_command_.find(id);
    if (calls == by_command_.end()) continue;
    std::set<ResourceIdentity> deleted;
    for (const ResourceUpdateView& update : history.last.updates)
      if (update.operation == UpdateOperation::kDelete) deleted.insert(update.identity);
    if (deleted.empty()) continue;
    for (const ResourceUpdateView& update : history.last.updates) {
      if (update.operation != UpdateOperation::kCreate || !deleted.contains(update.identity))
        continue;
      const auto found = calls->second.find(Name(update.identity.label, update.identity.type));
      if (found != calls->second.end()) split(found->second);
    }
  }
}

void Evidence::split(OfName& calls) const {
  if (calls.is_replaced) return;
  calls.is_replaced = true;
  bool makes = false;
  for (const cloud::Call* call : calls.all) {
    const CallKind kind = call->request->kind;
    if (kind == CallKind::kCreate || kind == CallKind::kSettle || kind == CallKind::kUpdate)
      makes = true;
    (makes && kind != CallKind::kDelete ? calls.making : calls.removing).push_back(call);
  }
}

const Evidence::OfName* Evidence::find(std::string_view command,
                                       const ResourceIdentity& identity) const {
  const auto caller = by_command_.find(command);
  if (caller == by_command_.end()) return nullptr;
  const auto found = caller->second.find(Name(identity.label, identity.type));
  return found == caller->second.end() ? nullptr : &found->second;
}

Calls Evidence::of(std::string_view command, const ResourceIdentity& identity) const {
  const OfName* calls = find(command, identity);
  if (calls == nullptr) return {};
  return calls->all;
}

Calls Evidence::of(std::string_view command, const UpdateKey& update) const {
  const OfName* calls = find(command, update.identity);
  if (calls == nullptr) return {};
  if (!calls->is_replaced) return calls->all;
  return update.operation == UpdateOperation::kDelete ? calls->removing : calls->making;
}

Calls Evidence::about(const ResourceIdentity& identity) const {
  if (!by_name_) {
    by_name_.emplace();
    for (const cloud::Call* call : calls_)
      (*by_name_)[{call->resource_name, call->request->type}].push_back(call);
  }
  const auto found = by_name_->find(Name(identity.label, identity.type));
  if (found == by_name_->end()) return {};
  return found->second;
}

size_t Evidence::incarnation_of(const cloud::Call& call) const {
  return cloud::life_of(call, crashes_);
}

bool Evidence::died_between(uint64_t before, uint64_t after) const {
  const auto next = std::ranges::lower_bound(crashes_, before);
  return next != crashes_.end() && *next < after;
}

bool heard_not_found(const cloud::Call& call) { return heard_error(call, ErrorCode::kNotFound); }

std::optional<ErrorCode> failure_heard(const cloud::Call& call) {
  if (!heard(call)) return ErrorCode::kDeadlineExceeded;
  if (is_malformed(call)) return ErrorCode::kMalformedAnswer;
  if (call.answer->status != ReplyStatus::kFailure) return std::nullopt;
  return call.answer->error;
}

bool is_stale(const cloud::Call& call) {
  if (call.request->kind != CallKind::kRead || !heard(call) || call.executions.empty())
    return false;
  const auto& truth = call.executions.front().reply;
  if (truth == nullptr) return false;
  if (heard_not_found(call)) return truth->ok();
  return heard_success(call) && (!truth->ok() || call.answer->version < truth->version);
}

bool is_of_change(const ProviderAnswer& answer) {
  return !answer.tells_of_death() && answer.operation != UpdateOperation::kRead;
}

bool had_effect(const cloud::Call& call, cloud::Effect effect, uint64_t until) {
  return std::ranges::any_of(call.executions, [&](const cloud::Execution& execution) {
    return execution.sequence <= until && execution.change.effect == effect;
  });
}

bool is_replaced(const CommandView& command, const ResourceIdentity& identity) {
  bool is_deleted = false;
  bool is_created = false;
  for (const ResourceUpdateView& update : command.updates) {
    if (update.identity != identity) continue;
    is_deleted = is_deleted || update.operation == UpdateOperation::kDelete;
    is_created = is_created || update.operation == UpdateOperation::kCreate;
  }
  return is_deleted && is_created;
}

const suite::CommandHistory* find_command(const suite::CaseRecord& record,
                                          std::string_view command) {
  const auto found = record.commands.find(command);
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
  const suite::Submission* submission =
      history == nullptr ? nullptr : submission_of(record, *history);
  return submission == nullptr ? record.test_case.operations.size() : submission->operation;
}

size_t operation_at(const suite::CaseRecord& record, uint64_t log_position) {
  size_t operation = 0;
  for (const suite::Submission& submission : record.submissions) {
    if (submission.log_before >= log_position) break;
    operation = submission.operation;
  }
  return operation;
}

const suite::Submission* submission_of(const suite::CaseRecord& record,
                                       const suite::CommandHistory& command) {
  if (!command.submission || *command.submission >= record.submissions.size()) return nullptr;
  return &record.submissions[*command.submission];
}

const spec::Plan* plan_of(const suite::CaseRecord& record, std::string_view command) {
  const suite::CommandHistory* history = find_command(record, command);
  const suite::Submission* submission =
      history == nullptr ? nullptr : submission_of(record, *history);
  return submission == nullptr ? nullptr : std::get_if<spec::Plan>(&submission->predicted);
}

bool may_be_dropped(const spec::Plan* plan, const UpdateKey& who, const UpdateKey& first) {
  return plan != nullptr && plan->circular.contains(who) && plan->circular.contains(first);
}

size_t delayed_requests(const suite::CaseRecord& record) {
  return static_cast<size_t>(
      std::ranges::count_if(record.test_case.schedule, [](const Deviation& deviation) {
        return deviation.event == ScheduledEvent::kRequestArrives;
      }));
}

bool all_commands_known(const suite::CaseRecord& record, bool syncs) {
  return std::ranges::all_of(record.submissions, [&](const suite::Submission& submission) {
    if (!syncs && submission.request.kind == CommandKind::kSync) return true;
    if (!submission.reply) return false;
    const auto* accepted = std::get_if<Accepted>(&*submission.reply);
    return accepted == nullptr || record.commands.contains(accepted->command_id);
  });
}

std::set<UpdateKey> shown_keys(const std::vector<ResourceUpdateView>& updates) {
  std::set<UpdateKey> out;
  for (const ResourceUpdateView& update : updates) out.insert(update.key());
  return out;
}

}  // namespace squall::invariants
