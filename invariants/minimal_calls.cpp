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

#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace {

constexpr std::string_view kUnplannedCall = "unplanned-call";
constexpr std::string_view kWrongKindOfCall = "wrong-kind-of-call";
constexpr std::string_view kEmptyUpdate = "empty-update";
constexpr std::string_view kNeedlessUpdate = "needless-update";
constexpr std::string_view kWriteBySync = "write-by-sync";
constexpr std::array kKinds = {kUnplannedCall, kWrongKindOfCall, kEmptyUpdate, kNeedlessUpdate,
                               kWriteBySync};

using Name = std::pair<std::string_view, std::string_view>;  // type, label
using Planned = std::map<Name, const ResourceUpdateView*>;

struct Caller {
  const suite::CommandHistory* history = nullptr;
  bool seen = false;  // its updates are known
  Planned planned;
  std::set<Name> adopted;    // a Settle of this command found an object of this name
  std::set<Name> ambiguous;  // a write of this name may have been applied, and nobody said so
};

class Check {
 public:
  Check(const suite::CaseRecord& record, Findings& findings);
  void run();

 private:
  void judge(const cloud::Call& call);
  void judge_unknown_caller(const cloud::Call& call);
  void judge_planned(const cloud::Call& call, Caller& caller, const ResourceUpdateView& update);
  void judge_update(const cloud::Call& call, const Caller& caller,
                    const ResourceUpdateView& update);
  void add(const cloud::Call& call, std::string_view kind, std::string headline,
           std::string expected);

  const suite::CaseRecord& record_;
  Findings& findings_;
  std::unordered_map<std::string_view, Caller> callers_;
  bool all_commands_known_ = true;
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
  // The engine may be at work on a request whose answer the case did not wait for, or did not
  // follow any further because it was the wrong one: then a caller that nobody knows is no riddle.
  for (const suite::Submission& submission : record.submissions) {
    if (submission.request.kind == CommandKind::kSync) continue;
    const auto* accepted = submission.reply ? std::get_if<Accepted>(&*submission.reply) : nullptr;
    if (!submission.reply ||
        (accepted != nullptr && !record.commands.contains(accepted->command_id)))
      all_commands_known_ = false;
  }
}

void Check::add(const cloud::Call& call, std::string_view kind, std::string headline,
                std::string expected) {
  const ResourceIdentity identity = identity_of(record_, call.request->type, call.resource_name);
  if (!findings_.is_news(kind, identity)) return;
  const auto caller = callers_.find(call.request->caller);
  const bool known = caller != callers_.end();
  findings_.add(kind, operation_of(record_, call.request->caller), identity,
                {std::move(headline), std::move(expected),
                 fmt::format("{} for {} \"{}\"", words(call), known ? "command" : "unknown caller",
                             call.request->caller)},
                {call.id});
}

void Check::run() {
  for (const cloud::Call& call : record_.calls) {
    const auto caller = callers_.find(call.request->caller);
    if (caller != callers_.end() && call.request->kind == CallKind::kSettle &&
        heard_success(call) && !call.answer->native_id.empty())
      caller->second.adopted.emplace(call.request->type, call.resource_name);
    if (is_mutation(call.request->kind)) judge(call);
  }
}

// A command that the engine never told its client of: also one that was answered "nothing to do",
// or rejected, and ran all the same.
void Check::judge_unknown_caller(const cloud::Call& call) {
  if (!all_commands_known_) return;
  add(call, kUnplannedCall, "the engine wrote to the cloud for no command that it accepted",
      "writes for accepted commands only");
}

void Check::judge(const cloud::Call& call) {
  const auto found = callers_.find(call.request->caller);
  if (found == callers_.end()) return judge_unknown_caller(call);
  Caller& caller = found->second;
  const bool sync =
      record_.submissions.size() > caller.history->submission.value_or(SIZE_MAX) &&
      record_.submissions[*caller.history->submission].request.kind == CommandKind::kSync;
  if (sync || (caller.seen && caller.history->last.kind == CommandKind::kSync)) {
    add(call, kWriteBySync, "a sync wrote to the cloud", "a sync only looks");
    return;
  }
  if (!caller.seen) return;
  const auto planned = caller.planned.find(Name(call.request->type, call.resource_name));
  if (planned == caller.planned.end()) {
    add(call, kUnplannedCall, "the engine wrote to a resource that its command does not touch",
        fmt::format("no {} of {} by this command", to_string(call.request->kind),
                    call.resource_name));
    return;
  }
  judge_planned(call, caller, *planned->second);
  const std::optional<ErrorCode> failure = failure_heard(call);
  if (failure && is_ambiguous(*failure))
    caller.ambiguous.emplace(call.request->type, call.resource_name);
}

void Check::judge_planned(const cloud::Call& call, Caller& caller,
                          const ResourceUpdateView& update) {
  const Name name(call.request->type, call.resource_name);
  const CallKind kind = call.request->kind;
  bool fits = false;
  switch (update.operation) {
    case UpdateOperation::kCreate:
      // What an earlier command made, and lost sight of, is taken over and brought up to date.
      fits =
          kind == CallKind::kCreate || (kind == CallKind::kUpdate && caller.adopted.contains(name));
      break;
    case UpdateOperation::kUpdate:
      fits = kind == CallKind::kUpdate;
      break;
    case UpdateOperation::kDelete:
      fits = kind == CallKind::kDelete;
      break;
    case UpdateOperation::kRead:
      break;
  }
  if (!fits) {
    add(call, kWrongKindOfCall, "the engine made another kind of call than it had planned",
        fmt::format("calls for a {} of {}", to_string(update.operation),
                    short_name(update.identity)));
    return;
  }
  if (kind == CallKind::kUpdate) judge_update(call, caller, update);
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
  add(call, kNeedlessUpdate, "the engine updated an object that was as wanted already",
      fmt::format("no call for {}, which had all it should have", name));
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kMinimalCalls, out);
  Check(record, findings).run();
}

}  // namespace

constinit const Invariant kMinimalCalls = {
    .id = "minimal-calls",
    .summary = "No write to the cloud without a difference, and none that was not planned.",
    .promise = "rules.md §7: the difference decides; engine.md §3: no operations, no update",
    .kinds = kKinds,
    .check = check,
};

}  // namespace squall::invariants
