// minimal-calls: no write without a difference, and none that nobody planned.
//
// What was planned is what the command itself shows: whether that is the right plan is admission's
// question.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>
#include <variant>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/normalise.h"
#include "spec/resolve.h"

namespace squall::invariants {

namespace minimal_calls {
namespace {

constexpr std::string_view kUnplannedCall = "unplanned-call";
constexpr std::string_view kWrongKindOfCall = "wrong-kind-of-call";
constexpr std::string_view kEmptyUpdate = "empty-update";
constexpr std::string_view kNeedlessUpdate = "needless-update";
constexpr std::string_view kNeedlessReplace = "needless-replace";
constexpr std::string_view kWriteBySync = "write-by-sync";
constexpr std::string_view kNeedlessRead = "needless-read";
constexpr std::array kKinds = {kUnplannedCall,   kWrongKindOfCall, kEmptyUpdate, kNeedlessUpdate,
                               kNeedlessReplace, kWriteBySync,     kNeedlessRead};

using Name = std::pair<InternedText, InternedText>;  // type, label
// Two of one name where it is replaced.
using Planned = std::multimap<Name, const ResourceUpdateView*>;

struct Caller {
  const suite::CommandHistory* history = nullptr;
  bool seen = false;  // its updates are known
  Planned planned;
  std::set<Name> adopted;    // a Settle of this command found an object of this name
  std::set<Name> ambiguous;  // a write of this name may have been applied, and nobody said so
};

// The value at that path differs; where reads do not show it, nobody can tell.
bool differs_in_create_only(const JsonObject& state, const JsonObject& wanted,
                            const Schema& schema) {
  return std::ranges::any_of(schema.hints, [&](const auto& entry) {
    const auto& [path, hint] = entry;
    if (!hint.create_only) return false;
    const Json* value = spec::at_path(wanted, path);
    if (hint.write_only) return value != nullptr;
    const Json* before = spec::at_path(state, path);
    if (value == nullptr || before == nullptr) return false;
    return !same(spec::normalise_value(*value, schema, path, false),
                 spec::normalise_value(*before, schema, path, false));
  });
}

// Does a CreateOnly field of what is wanted of `identity` refer to something that the command
// makes?
bool refers_to_what_is_made(const suite::CaseRecord& record, const suite::CommandHistory& command,
                            const ResourceIdentity& identity, const Schema& schema) {
  const spec::Plan* plan = plan_of(record, command.id);
  if (plan == nullptr) return true;
  std::set<ResourceIdentity> made;
  for (const ResourceUpdateView& update : command.last.updates)
    if (update.operation == UpdateOperation::kCreate) made.insert(update.identity);
  for (const spec::PlannedUpdate& update : plan->updates) {
    if (update.key() != UpdateKey{identity, UpdateOperation::kCreate}) continue;
    for (const auto& [path, hint] : schema.hints) {
      const Json* value = hint.create_only ? spec::at_path(update.desired, path) : nullptr;
      if (value == nullptr) continue;
      for (const ResourceIdentity& producer : spec::producers_in(*value))
        if (made.contains(producer)) return true;
    }
  }
  return false;
}

// Was it to be replaced whatever it is like, on request, for what became of its create, or for what
// became of another?
bool was_to_be_replaced(const suite::CaseRecord& record, const std::string& command,
                        const ResourceIdentity& identity) {
  const suite::CommandHistory* history = find_command(record, command);
  const suite::Submission* submission =
      history == nullptr ? nullptr : submission_of(record, *history);
  if (submission != nullptr && std::ranges::find(submission->request.replaced, identity) !=
                                   submission->request.replaced.end())
    return true;
  const spec::Plan* plan = plan_of(record, command);
  return plan != nullptr && std::ranges::any_of(plan->updates, [&](const auto& update) {
           return update.is_regardless && update.identity == identity;
         });
}

// What objects of this type and name have been, up to that position of the log.
std::vector<const JsonObject*> states_before(const suite::CaseRecord& record,
                                             const ResourceIdentity& identity, uint64_t position) {
  std::vector<const JsonObject*> out;
  const auto add = [&out](const cloud::Change& change) {
    if (change.before != nullptr) out.push_back(change.before.get());
    if (change.after != nullptr) out.push_back(change.after.get());
  };
  for (const cloud::Call& call : record.calls) {
    if (call.resource_name != identity.label || call.request->type != identity.type) continue;
    for (const cloud::Execution& execution : call.executions)
      if (execution.sequence < position) add(execution.change);
  }
  for (const cloud::LogRecord& drift : record.log)
    if (drift.phase == cloud::LogPhase::kChanged && drift.sequence < position &&
        drift.resource_name == identity.label && drift.change)
      add(*drift.change);
  return out;
}

// Does the call send a WriteOnly value that somebody had changed behind the engine's back? No read
// shows that, so what it sends may be there by chance.
bool sends_what_drifted_unseen(const suite::CaseRecord& record, const cloud::Call& call) {
  const Schema* schema = find_schema(record.schemas, call.request->type);
  if (schema == nullptr) return false;
  const auto drifted = [&](std::string_view path) {
    return std::ranges::any_of(record.log, [&](const cloud::LogRecord& each) {
      if (each.phase != cloud::LogPhase::kChanged || each.resource_name != call.resource_name ||
          each.sequence > call.arrived_sequence || !each.change || each.change->before == nullptr ||
          each.change->after == nullptr)
        return false;
      const Json* before = spec::at_path(*each.change->before, path);
      const Json* after = spec::at_path(*each.change->after, path);
      return after != nullptr && (before == nullptr || !same(*before, *after));
    });
  };
  return std::ranges::any_of(schema->hints, [&](const auto& entry) {
    std::string pointer = "/" + entry.first;
    std::ranges::replace(pointer, '.', '/');
    const auto is_sent = [&](const Json& operation) {
      return text_of(operation, "path") == pointer;
    };
    return entry.second.write_only && std::ranges::any_of(call.request->patch, is_sent) &&
           drifted(entry.first);
  });
}

class Check {
 public:
  Check(const suite::CaseRecord& record, Findings& findings);
  void run();

 private:
  void judge(const cloud::Call& call);
  bool fits(const cloud::Call& call, const Caller& caller, const ResourceUpdateView& update) const;
  void judge_update(const cloud::Call& call, const Caller& caller,
                    const ResourceUpdateView& update);
  void judge_reads();
  void judge_replacements(const Caller& caller);
  void judge_replacement(const Caller& caller, const ResourceIdentity& identity);
  void add(const cloud::Call& call, std::string_view kind, std::string headline,
           std::string expected);

  const suite::CaseRecord& record_;
  Findings& findings_;
  std::unordered_map<std::string_view, Caller> callers_;
};

Check::Check(const suite::CaseRecord& record, Findings& findings)
    : record_(record), findings_(findings) {
  for (const auto& [id, history] : record.commands) {
    Caller& caller = callers_[id];
    caller.history = &history;
    caller.seen = !history.states.empty();
    for (const ResourceUpdateView& update : history.last.updates)
      caller.planned.emplace(Name(update.identity.type, update.identity.label), &update);
  }
}

void Check::add(const cloud::Call& call, std::string_view kind, std::string headline,
                std::string expected) {
  const ResourceIdentity identity = identity_of(record_, call.request->type, call.resource_name);
  const size_t operation = operation_of(record_, call.request->caller);
  // A write in a foreign stack, and a plan that is wrong, have their names already.
  const bool follows = kind == kUnplannedCall || kind == kNeedlessReplace;
  if (!findings_.is_news(kind, identity)) return;
  if (follows && findings_.is_explained(identity, operation)) return;
  findings_.add(kind, operation, identity,
                {std::move(headline), std::move(expected),
                 fmt::format("{} for command \"{}\"", words(call), call.request->caller)},
                {call.id});
}

// What was told not to look reads what it imports, and nothing else.
void Check::judge_reads() {
  for (const ProviderAnswer& answer : record_.answers) {
    const suite::CommandHistory* command = find_command(record_, answer.caller);
    const suite::Submission* submission =
        command == nullptr ? nullptr : submission_of(record_, *command);
    const bool is_read = answer.operation == UpdateOperation::kRead && !answer.tells_of_death();
    if (!is_read || submission == nullptr || submission->request.refresh) continue;
    const auto& resources = submission->request.forma.resources;
    const auto declared = std::ranges::find_if(
        resources, [&](const auto& each) { return each.identity.label == answer.label; });
    if (declared != resources.end() && !declared->import_id.empty()) continue;
    findings_.add(kNeedlessRead, submission->operation, std::nullopt,
                  {"the engine was told not to look, and did", "no read but for imports",
                   "a read of " + answer.label});
  }
}

void Check::run() {
  judge_reads();
  for (const cloud::Call& call : record_.calls) {
    const auto caller = callers_.find(call.request->caller);
    if (caller != callers_.end() && call.request->kind == CallKind::kSettle &&
        heard_success(call) && !call.answer->native_id.empty())
      caller->second.adopted.emplace(call.request->type, call.resource_name);
    if (is_mutation(call.request->kind)) judge(call);
  }
  for (const auto& [id, history] : record_.commands) judge_replacements(callers_.at(id));
}

void Check::judge_replacements(const Caller& caller) {
  for (const ResourceUpdateView& update : caller.history->last.updates)
    if (update.operation == UpdateOperation::kCreate &&
        is_replaced(caller.history->last, update.identity))
      judge_replacement(caller, update.identity);
}

// docs/rules.md §4: what is replaced differs in a CreateOnly field, or refers there to something
// made anew. The row knew the object as it was at one time, whoever changed it since.
void Check::judge_replacement(const Caller& caller, const ResourceIdentity& identity) {
  const Schema* schema = find_schema(record_.schemas, identity.type);
  const cloud::Call* create = nullptr;
  for (const cloud::Call& call : record_.calls)
    if (call.request->kind == CallKind::kCreate && call.request->caller == caller.history->id &&
        call.request->type == identity.type && call.resource_name == identity.label)
      create = &call;
  if (schema == nullptr || create == nullptr) return;
  if (was_to_be_replaced(record_, caller.history->id, identity)) return;
  if (refers_to_what_is_made(record_, *caller.history, identity, *schema)) return;
  const std::vector<const JsonObject*> states =
      states_before(record_, identity, create->arrived_sequence);
  const JsonObject& wanted = create->request->properties;
  const bool has_cause = states.empty() || std::ranges::any_of(states, [&](const auto* state) {
                           return differs_in_create_only(*state, wanted, *schema);
                         });
  if (has_cause) return;
  add(*create, kNeedlessReplace, "the engine replaced a resource that it could have updated",
      fmt::format("an update of {}, which differs in no CreateOnly field", short_name(identity)));
}

void Check::judge(const cloud::Call& call) {
  const auto found = callers_.find(call.request->caller);
  if (found == callers_.end()) return;  // attributable's
  Caller& caller = found->second;
  const suite::Submission* submission = submission_of(record_, *caller.history);
  const bool sync = submission != nullptr && submission->request.kind == CommandKind::kSync;
  if (sync || (caller.seen && caller.history->last.kind == CommandKind::kSync)) {
    add(call, kWriteBySync, "a sync wrote to the cloud", "a sync only looks");
    return;
  }
  if (!caller.seen) return;
  const auto [first, last] =
      caller.planned.equal_range(Name(call.request->type, call.resource_name));
  if (first == last) {
    add(call, kUnplannedCall, "the engine wrote to a resource that its command does not touch",
        fmt::format("no {} of {} by this command", to_string(call.request->kind),
                    call.resource_name));
    return;
  }
  const auto update = std::find_if(
      first, last, [&](const auto& entry) { return fits(call, caller, *entry.second); });
  if (update == last) {
    add(call, kWrongKindOfCall, "the engine made another kind of call than it had planned",
        fmt::format("calls for a {} of {}", to_string(first->second->operation),
                    short_name(first->second->identity)));
  } else if (call.request->kind == CallKind::kUpdate) {
    judge_update(call, caller, *update->second);
  }
  const std::optional<ErrorCode> failure = failure_heard(call);
  if (failure && is_ambiguous(*failure))
    caller.ambiguous.emplace(call.request->type, call.resource_name);
}

bool Check::fits(const cloud::Call& call, const Caller& caller,
                 const ResourceUpdateView& update) const {
  const CallKind kind = call.request->kind;
  switch (update.operation) {
    case UpdateOperation::kCreate:
      // What an earlier command made, and lost sight of, is taken over and brought up to date.
      return kind == CallKind::kCreate ||
             (kind == CallKind::kUpdate &&
              caller.adopted.contains(Name(call.request->type, call.resource_name)));
    case UpdateOperation::kUpdate:
      return kind == CallKind::kUpdate;
    case UpdateOperation::kDelete:
      return kind == CallKind::kDelete;
    case UpdateOperation::kRead:
      return false;
  }
  return false;
}

void Check::judge_update(const cloud::Call& call, const Caller& caller,
                         const ResourceUpdateView& update) {
  const std::string name = short_name(update.identity);
  if (call.request->patch.empty()) {
    add(call, kEmptyUpdate, "the engine sent an update that changes nothing",
        fmt::format("no call for {} where there is nothing to change", name));
    return;
  }
  if (call.executions.empty()) return;
  const cloud::Change& change = call.executions.front().change;
  if (change.effect != cloud::Effect::kUpdated || change.before == nullptr ||
      change.after == nullptr || !same(*change.before, *change.after))
    return;
  // With a version the engine knew exactly this object. Without one it may have looked before an
  // earlier write of its own, whose end it never learned, took effect.
  const bool knew =
      call.request->if_version.has_value() && record_.test_case.world.behaviours.versions;
  if (!knew && caller.ambiguous.contains(Name(call.request->type, call.resource_name))) return;
  if (sends_what_drifted_unseen(record_, call)) return;
  add(call, kNeedlessUpdate, "the engine updated an object that was as wanted already",
      fmt::format("no call for {}, which had all it should have", name));
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kMinimalCalls, out);
  Check(record, findings).run();
}

}  // namespace
}  // namespace minimal_calls

constinit const Invariant kMinimalCalls = {
    .id = "minimal-calls",
    .summary = "No write to the cloud without a difference, and none that was not planned.",
    .promise = "docs/rules.md §7: the difference decides; §4: what is replaced, and why",
    .kinds = minimal_calls::kKinds,
    .check = minimal_calls::check,
};

}  // namespace squall::invariants
