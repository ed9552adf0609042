// admission: every request gets the one right answer, and the plan of an accepted one is the right
// plan.
#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <variant>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace admission {
namespace {

constexpr std::string_view kAcceptedNotRejected = "accepted-not-rejected";
constexpr std::string_view kRejectedNotAccepted = "rejected-not-accepted";
constexpr std::string_view kCycleOfItsOwn = "cycle-of-its-own-making";
constexpr std::string_view kCycleInState = "cycle-in-its-state";
constexpr std::string_view kWrongRejection = "wrong-rejection";
constexpr std::string_view kAcceptedButNothing = "accepted-but-nothing-to-do";
constexpr std::string_view kNothingButPlanned = "nothing-to-do-but-planned";
constexpr std::string_view kMissingUpdate = "plan-missing-update";
constexpr std::string_view kLeftBehind = "dependent-left-behind";
constexpr std::string_view kUnexpectedUpdate = "plan-unexpected-update";
constexpr std::string_view kWrongOperation = "plan-wrong-operation";
constexpr std::string_view kSimulateIgnored = "simulate-ignored";
constexpr std::string_view kUnavailable = "unavailable-without-cause";
constexpr std::string_view kOtherCommand = "same-key-other-command";
constexpr std::string_view kMoveRefused = "move-refused";
constexpr std::string_view kOwnPlanRefused = "own-plan-refused";
constexpr std::array kKinds = {
    kAcceptedNotRejected, kRejectedNotAccepted, kCycleOfItsOwn,   kWrongRejection,
    kAcceptedButNothing,  kNothingButPlanned,   kMissingUpdate,   kLeftBehind,
    kUnexpectedUpdate,    kWrongOperation,      kSimulateIgnored, kUnavailable,
    kOtherCommand,        kCycleInState,        kMoveRefused,     kOwnPlanRefused};

std::string update_words(UpdateOperation operation, bool is_cascade) {
  return fmt::format("{}{}", to_string(operation), is_cascade ? " (cascade)" : "");
}

std::string words(const spec::Plan& plan) {
  std::vector<std::string> parts;
  for (const spec::PlannedUpdate& update : plan.updates)
    parts.push_back(fmt::format("{} {}", update_words(update.operation, update.is_cascade),
                                short_name(update.identity)));
  return in_a_row(parts);
}

std::string words(const spec::Verdict& verdict) {
  if (const auto* plan = std::get_if<spec::Plan>(&verdict)) return "accepted: " + words(*plan);
  if (const auto* would_do = std::get_if<spec::WouldDo>(&verdict))
    return "simulated: " + words(would_do->plan);
  if (const auto* refused = std::get_if<spec::Refused>(&verdict))
    return fmt::format("rejected with {}: {}", to_string(refused->type), refused->reason);
  return "nothing to do";
}

std::string words(const CommandReply& reply) {
  if (const auto* accepted = std::get_if<Accepted>(&reply))
    return "accepted as command " + accepted->command_id;
  if (const auto* rejection = std::get_if<Rejection>(&reply))
    return fmt::format("rejected with {}: {}", to_string(rejection->type), rejection->message);
  if (const auto* simulated = std::get_if<Simulated>(&reply))
    return fmt::format("would make {} updates", simulated->updates.size());
  return "nothing to do";
}

// The kind of disagreement and its headline; an empty kind: none.
struct Disagreement {
  std::string_view kind;
  std::string_view headline;
};

// What the request would do, whether it is to be done or not; nullptr: nothing.
const spec::Plan* planned_in(const spec::Verdict& predicted) {
  if (const auto* would_do = std::get_if<spec::WouldDo>(&predicted)) return &would_do->plan;
  return std::get_if<spec::Plan>(&predicted);
}

constexpr std::string_view kOfOwnPlan = "the engine will not carry out what it has just planned";

// A cycle, where nothing that is declared refers in a circle.
Disagreement of_cycle(const spec::Verdict& predicted) {
  const spec::Plan* plan = planned_in(predicted);
  if (plan != nullptr && !plan->circular.empty())
    return {kCycleInState, "the engine's own state says that things depend on one another"};
  return {kCycleOfItsOwn, "the engine saw a cycle where nothing refers in a circle"};
}

Disagreement of_rejection(const suite::Submission& submission, const spec::Refused& predicted) {
  const CommandReply& reply = *submission.reply;
  const auto* rejection = std::get_if<Rejection>(&reply);
  if (rejection == nullptr)
    return {kAcceptedNotRejected, "the engine took a request that it had to reject"};
  if (rejection->type == predicted.type) return {};
  // Whoever could not save, or unlock, in the end has said before that there is a cycle.
  if (rejection->type == RejectionType::kCyclesDetected && submission.done_all_the_same)
    return of_cycle(*submission.done_all_the_same);
  return {kWrongRejection, "the engine rejected a request for another reason than the right one"};
}

Disagreement disagreement(const suite::Submission& submission) {
  const CommandReply& reply = *submission.reply;
  if (const auto* refused = std::get_if<spec::Refused>(&submission.predicted))
    return of_rejection(submission, *refused);
  if (const auto* rejection = std::get_if<Rejection>(&reply)) {
    if (rejection->type == RejectionType::kCyclesDetected) return of_cycle(submission.predicted);
    if (rejection->type == RejectionType::kPlanRefused) return {kOwnPlanRefused, kOfOwnPlan};
    if (rejection->type != RejectionType::kUnavailable)
      return {kRejectedNotAccepted, "the engine rejected a request that it had to take"};
    // Where nothing is to be kept, a full disk is no reason.
    if (submission.disk_full && !submission.request.simulate) return {};
    return {kUnavailable, "the engine could not take a request, and its store was well"};
  }
  const bool planned = planned_in(submission.predicted) != nullptr;
  const bool accepted = std::holds_alternative<Accepted>(reply);
  const bool simulated = std::holds_alternative<Simulated>(reply);
  if (planned && !accepted && !simulated)
    return {kNothingButPlanned, "the engine saw nothing to do where there was something"};
  if (!planned && (accepted || simulated))
    return {kAcceptedButNothing, "the engine planned something where there was nothing to do"};
  if (accepted && submission.request.simulate)
    return {kSimulateIgnored, "the engine accepted what it was only to simulate"};
  if (simulated && !submission.request.simulate)
    return {kSimulateIgnored, "the engine simulated what it was to do"};
  return {};
}

// The planned update that `view` is, or, where there is none, one of the same identity that no
// other view is: planned otherwise. nullptr: neither.
const spec::PlannedUpdate* match(const ResourceUpdateView& view,
                                 const std::map<UpdateKey, const spec::PlannedUpdate*>& missing,
                                 const std::set<UpdateKey>& shown) {
  const auto same = missing.find(view.key());
  if (same != missing.end()) return same->second;
  for (const auto& [key, planned] : missing)
    if (key.identity == view.identity && !shown.contains(key)) return planned;
  return nullptr;
}

// What a destroy does not name, and takes along because it depends on what it names.
bool is_left_behind(const CommandRequest& request, const spec::PlannedUpdate& update) {
  return request.kind == CommandKind::kDestroy && update.operation == UpdateOperation::kDelete &&
         std::ranges::find(request.forma.resources, update.identity, &DeclaredResource::identity) ==
             request.forma.resources.end();
}

// What is only to be placed elsewhere, and the engine plans to destroy where it is and to make anew
// where it is to be. Where its replacement is planned, nobody can tell the two apart.
std::set<ResourceIdentity> refused_moves(const std::vector<ResourceIdentity>& moved,
                                         const std::set<UpdateKey>& planned,
                                         const std::set<UpdateKey>& shown) {
  const auto is_replaced = [](const std::set<UpdateKey>& keys, const ResourceIdentity& identity) {
    return keys.contains({identity, UpdateOperation::kDelete}) &&
           keys.contains({identity, UpdateOperation::kCreate});
  };
  std::set<ResourceIdentity> out;
  for (const ResourceIdentity& identity : moved)
    if (is_replaced(shown, identity) && !is_replaced(planned, identity)) out.insert(identity);
  return out;
}

void add_refused_moves(const std::set<ResourceIdentity>& refused, size_t operation,
                       Findings& findings) {
  for (const ResourceIdentity& identity : refused)
    findings.add(kMoveRefused, operation, identity,
                 {"the engine destroys what is only to be moved, and makes it anew",
                  fmt::format("{} moves, and its object stays", short_name(identity)),
                  fmt::format("delete and create of {}", short_name(identity))});
}

void check_plan(const spec::Plan& plan, const CommandRequest& request,
                const std::vector<ResourceUpdateView>& updates, const std::string& who,
                size_t operation, Findings& findings) {
  std::map<UpdateKey, const spec::PlannedUpdate*> missing;
  for (const spec::PlannedUpdate& update : plan.updates) missing.emplace(update.key(), &update);
  std::set<UpdateKey> planned;
  for (const auto& [key, update] : missing) planned.insert(key);
  const std::set<UpdateKey> shown = shown_keys(updates);
  const std::set<ResourceIdentity> refused = refused_moves(plan.moved, planned, shown);
  add_refused_moves(refused, operation, findings);
  std::erase_if(missing, [&](const auto& each) { return refused.contains(each.first.identity); });
  for (const ResourceUpdateView& update : updates) {
    if (refused.contains(update.identity)) continue;
    const spec::PlannedUpdate* expected = match(update, missing, shown);
    if (expected == nullptr) {
      findings.add(kUnexpectedUpdate, operation, update.identity,
                   {"the engine planned an update that the request does not call for",
                    "only: " + words(plan),
                    fmt::format("also {} {}", update_words(update.operation, update.is_cascade),
                                short_name(update.identity))});
      continue;
    }
    missing.erase(expected->key());
    if (expected->operation == update.operation && expected->is_cascade == update.is_cascade)
      continue;
    findings.add(kWrongOperation, operation, update.identity,
                 {"the engine planned an update of another kind than the request calls for",
                  fmt::format("{} {}", update_words(expected->operation, expected->is_cascade),
                              short_name(update.identity)),
                  update_words(update.operation, update.is_cascade)});
  }
  for (const auto& [key, update] : missing)
    findings.add(is_left_behind(request, *update) ? kLeftBehind : kMissingUpdate, operation,
                 key.identity,
                 {"the engine left out an update that the request calls for",
                  fmt::format("{} {}", update_words(update->operation, update->is_cascade),
                              short_name(key.identity)),
                  fmt::format("{} has no such update of it", who)});
}

// A sync has no prediction: which rows it reads depends on what runs beside it. It has no reason to
// be rejected, though, unless the provider gave it one.
void check_sync(const suite::Submission& submission, Findings& findings) {
  const auto* rejection = std::get_if<Rejection>(&*submission.reply);
  const auto* refused = std::get_if<spec::Refused>(&submission.predicted);
  if (refused != nullptr && of_rejection(submission, *refused).kind.empty()) return;
  if (rejection == nullptr) return;
  if (rejection->type == RejectionType::kPlanRefused) {
    findings.add(
        kOwnPlanRefused, submission.operation, std::nullopt,
        {std::string(kOfOwnPlan), "what is planned can be applied", words(*submission.reply)});
    return;
  }
  findings.add(
      kRejectedNotAccepted, submission.operation, std::nullopt,
      {"the engine rejected a sync", "a sync is taken at any time", words(*submission.reply)});
}

// The first answer was lost on the way, and the request sent again with the same key.
void check_key(const suite::Submission& submission, Findings& findings) {
  if (!submission.lost_reply) return;
  const auto* first = std::get_if<Accepted>(&*submission.lost_reply);
  const auto* second = std::get_if<Accepted>(&*submission.reply);
  if (first == nullptr || second == nullptr || first->command_id == second->command_id) return;
  findings.add(
      kOtherCommand, submission.operation, std::nullopt,
      {"the engine accepted one request as two commands",
       fmt::format("command {} again, by its key", first->command_id), words(*submission.reply)});
}

// What the engine showed of its plan, and where; no updates: nothing.
struct ShownPlan {
  std::vector<ResourceUpdateView> updates;
  std::string where;
};

ShownPlan shown_plan(const suite::CaseRecord& record, const CommandReply& reply) {
  if (const auto* simulated = std::get_if<Simulated>(&reply))
    return {simulated->updates, "the answer"};
  const auto* accepted = std::get_if<Accepted>(&reply);
  const suite::CommandHistory* command =
      accepted == nullptr ? nullptr : find_command(record, accepted->command_id);
  // A command whose status nobody ever saw shows no plan: commands-terminal says why.
  if (command == nullptr || command->states.empty()) return {};
  return {command->last.updates, "command " + command->id};
}

void check_submission(const suite::CaseRecord& record, const suite::Submission& submission,
                      Findings& findings) {
  const Disagreement found = disagreement(submission);
  const ShownPlan shown = shown_plan(record, *submission.reply);
  if (const auto* nothing = std::get_if<spec::NothingPlanned>(&submission.predicted)) {
    const auto refused = refused_moves(nothing->moved, {}, shown_keys(shown.updates));
    if (!refused.empty()) return add_refused_moves(refused, submission.operation, findings);
  }
  // A repeated reconcile that plans something is idempotent's to report.
  if (found.kind == kAcceptedButNothing && submission.phase == "again") return;
  if (!found.kind.empty()) {
    findings.add(
        found.kind, submission.operation, std::nullopt,
        {std::string(found.headline), words(submission.predicted), words(*submission.reply)});
    return;
  }
  const spec::Plan* plan = planned_in(submission.predicted);
  if (plan == nullptr) return;
  if (shown.where.empty()) return;
  check_plan(*plan, submission.request, shown.updates, shown.where, submission.operation, findings);
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kAdmission, out);
  for (const suite::Submission& submission : record.submissions) {
    if (!submission.reply || submission.either) continue;
    if (submission.request.kind == CommandKind::kSync) {
      check_sync(submission, findings);
    } else {
      check_key(submission, findings);
      check_submission(record, submission, findings);
    }
  }
}

}  // namespace
}  // namespace admission

constinit const Invariant kAdmission = {
    .id = "admission",
    .summary = "Every request gets the one right answer, and an accepted one the right plan.",
    .promise = "docs/rules.md §4 and §5: the plan, and the first check that fails",
    .kinds = admission::kKinds,
    .check = admission::check,
};

}  // namespace squall::invariants
