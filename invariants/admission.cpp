// admission: every request gets the one right answer, and the plan of an accepted one is the right
// plan.
#include <fmt/format.h>

#include <array>
#include <map>
#include <variant>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace {

constexpr std::string_view kAcceptedNotRejected = "accepted-not-rejected";
constexpr std::string_view kRejectedNotAccepted = "rejected-not-accepted";
constexpr std::string_view kWrongRejection = "wrong-rejection";
constexpr std::string_view kAcceptedButNothing = "accepted-but-nothing-to-do";
constexpr std::string_view kNothingButPlanned = "nothing-to-do-but-planned";
constexpr std::string_view kMissingUpdate = "plan-missing-update";
constexpr std::string_view kUnexpectedUpdate = "plan-unexpected-update";
constexpr std::string_view kWrongOperation = "plan-wrong-operation";
constexpr std::array kKinds = {kAcceptedNotRejected, kRejectedNotAccepted, kWrongRejection,
                               kAcceptedButNothing,  kNothingButPlanned,   kMissingUpdate,
                               kUnexpectedUpdate,    kWrongOperation};

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
  if (const auto* refused = std::get_if<spec::Refused>(&verdict))
    return fmt::format("rejected with {}: {}", to_string(refused->type), refused->reason);
  return "nothing to do";
}

std::string words(const CommandReply& reply) {
  if (const auto* accepted = std::get_if<Accepted>(&reply))
    return "accepted as command " + accepted->command_id;
  if (const auto* rejection = std::get_if<Rejection>(&reply))
    return fmt::format("rejected with {}: {}", to_string(rejection->type), rejection->message);
  return "nothing to do";
}

// The kind of disagreement and its headline; an empty kind: none.
struct Disagreement {
  std::string_view kind;
  std::string_view headline;
};

Disagreement disagreement(const spec::Verdict& predicted, const CommandReply& reply) {
  const auto* rejection = std::get_if<Rejection>(&reply);
  if (const auto* refused = std::get_if<spec::Refused>(&predicted)) {
    if (rejection == nullptr)
      return {kAcceptedNotRejected, "the engine took a request that it had to reject"};
    if (rejection->type == refused->type) return {};
    return {kWrongRejection, "the engine rejected a request for another reason than the right one"};
  }
  if (rejection != nullptr)
    return {kRejectedNotAccepted, "the engine rejected a request that it had to take"};
  const bool planned = std::holds_alternative<spec::Plan>(predicted);
  const bool accepted = std::holds_alternative<Accepted>(reply);
  if (planned && !accepted)
    return {kNothingButPlanned, "the engine saw nothing to do where there was something"};
  if (!planned && accepted)
    return {kAcceptedButNothing, "the engine planned something where there was nothing to do"};
  return {};
}

void check_plan(const spec::Plan& plan, const suite::CommandHistory& command, size_t operation,
                Findings& findings) {
  std::map<ResourceIdentity, const spec::PlannedUpdate*> missing;
  for (const spec::PlannedUpdate& update : plan.updates) missing.emplace(update.identity, &update);
  for (const ResourceUpdateView& update : command.last.updates) {
    const std::string name = short_name(update.identity);
    const auto found = missing.find(update.identity);
    if (found == missing.end()) {
      findings.add(
          kUnexpectedUpdate, operation, update.identity,
          {"the engine planned an update that the request does not call for",
           "only: " + words(plan),
           fmt::format("also {} {}", update_words(update.operation, update.is_cascade), name)});
      continue;
    }
    const spec::PlannedUpdate& expected = *found->second;
    missing.erase(found);
    if (expected.operation == update.operation && expected.is_cascade == update.is_cascade)
      continue;
    findings.add(kWrongOperation, operation, update.identity,
                 {"the engine planned an update of another kind than the request calls for",
                  fmt::format("{} {}", update_words(expected.operation, expected.is_cascade), name),
                  update_words(update.operation, update.is_cascade)});
  }
  for (const auto& [identity, update] : missing)
    findings.add(kMissingUpdate, operation, identity,
                 {"the engine left out an update that the request calls for",
                  fmt::format("{} {}", update_words(update->operation, update->is_cascade),
                              short_name(identity)),
                  fmt::format("command {} has no update of it", command.id)});
}

// A sync has no prediction: which rows it reads depends on what runs beside it. It has no reason to
// be rejected, though.
void check_sync(const suite::Submission& submission, Findings& findings) {
  const auto* rejection = std::get_if<Rejection>(&*submission.reply);
  if (rejection == nullptr) return;
  findings.add(
      kRejectedNotAccepted, submission.operation, std::nullopt,
      {"the engine rejected a sync", "a sync is taken at any time", words(*submission.reply)});
}

void check_submission(const suite::CaseRecord& record, const suite::Submission& submission,
                      Findings& findings) {
  const Disagreement found = disagreement(submission.predicted, *submission.reply);
  // A repeated reconcile that plans something is idempotent's to report.
  if (found.kind == kAcceptedButNothing && submission.phase == "again") return;
  if (!found.kind.empty()) {
    findings.add(
        found.kind, submission.operation, std::nullopt,
        {std::string(found.headline), words(submission.predicted), words(*submission.reply)});
    return;
  }
  const auto* plan = std::get_if<spec::Plan>(&submission.predicted);
  const auto* accepted = std::get_if<Accepted>(&*submission.reply);
  if (plan == nullptr || accepted == nullptr) return;
  const suite::CommandHistory* command = find_command(record, accepted->command_id);
  // A command whose status nobody ever saw shows no plan: commands-terminal says why.
  if (command == nullptr || command->states.empty()) return;
  check_plan(*plan, *command, submission.operation, findings);
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kAdmission, out);
  for (const suite::Submission& submission : record.submissions) {
    if (!submission.reply || submission.either) continue;
    if (submission.request.kind == CommandKind::kSync) {
      check_sync(submission, findings);
    } else {
      check_submission(record, submission, findings);
    }
  }
}

}  // namespace

constinit const Invariant kAdmission = {
    .id = "admission",
    .summary = "Every request gets the one right answer, and an accepted one the right plan.",
    .promise = "rules.md §4 and §5",
    .kinds = kKinds,
    .check = check,
};

}  // namespace squall::invariants
