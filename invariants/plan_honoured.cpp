// plan-honoured: what an engine has shown as its plan is what it does, and nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"

namespace squall::invariants {

namespace plan_honoured {
namespace {

constexpr std::string_view kNotPlanned = "call-not-planned";
constexpr std::string_view kOtherPlan = "saved-plan-not-kept";
constexpr std::string_view kLeftByTargets = "replaced-object-left-by-targets";
constexpr std::string_view kLeft = "replaced-object-left";
constexpr std::array kKinds = {kNotPlanned, kOtherPlan, kLeftByTargets, kLeft};

using Keys = std::set<UpdateKey>;
using Step = std::pair<UpdateOperation, InternedText>;  // and the label

std::string words(const Keys& keys) {
  std::string out;
  for (const UpdateKey& key : keys) out += (out.empty() ? "" : ", ") + to_string(key);
  return out.empty() ? "nothing" : out;
}

// What the plan that was saved has shown. A plan to do nothing shows nothing.
Keys shown(const suite::CaseRecord& record, size_t plan) {
  const auto& reply = record.submissions.at(plan).reply;
  const auto* simulated = reply ? std::get_if<Simulated>(&*reply) : nullptr;
  return simulated == nullptr ? Keys() : shown_keys(simulated->updates);
}

void check_saved_plans(const suite::CaseRecord& record, Findings& findings) {
  for (const suite::Submission& submission : record.submissions) {
    if (!submission.plan_of || !submission.reply) continue;
    const auto* accepted = std::get_if<Accepted>(&*submission.reply);
    if (accepted == nullptr && !std::holds_alternative<NothingToDo>(*submission.reply)) continue;
    const suite::CommandHistory* command =
        accepted == nullptr ? nullptr : find_command(record, accepted->command_id);
    const Keys done = command == nullptr ? Keys() : shown_keys(command->last.updates);
    const Keys planned = shown(record, *submission.plan_of);
    if (done == planned) continue;
    findings.add(
        kOtherPlan, submission.operation, std::nullopt,
        {"a saved plan was applied, and something else was done", words(planned), words(done)});
  }
}

void check_calls(const suite::CaseRecord& record, Findings& findings) {
  for (const auto& [id, command] : record.commands) {
    std::set<Step> planned;
    for (const ResourceUpdateView& update : command.last.updates)
      planned.insert({update.operation, update.identity.label});
    for (const ProviderAnswer& answer : record.answers) {
      if (answer.caller != id || !is_of_change(answer) ||
          planned.contains({answer.operation, answer.label}))
        continue;
      findings.add(kNotPlanned, operation_of(record, id), std::nullopt,
                   {"the provider was asked for a change that the engine's own plan does not have",
                    "calls for " + words(shown_keys(command.last.updates)),
                    fmt::format("a {} of {}", to_string(answer.operation), answer.label)});
    }
  }
}

const ResourceUpdateView* find(const CommandView& command, const UpdateKey& key) {
  const auto found = std::ranges::find(command.updates, key, &ResourceUpdateView::key);
  return found == command.updates.end() ? nullptr : &*found;
}

// The second half of a replacement that creates first, which nobody was asked for although the
// first half was done, and there was somebody to ask.
bool is_left(const suite::CaseRecord& record, const CommandView& command,
             const ResourceUpdateView& update) {
  if (update.operation != UpdateOperation::kDelete || update.state != UpdateState::kFailed)
    return false;
  const ResourceUpdateView* made = find(command, {update.identity, UpdateOperation::kCreate});
  return made != nullptr && made->state == UpdateState::kSuccess &&
         std::ranges::none_of(record.answers, [&](const ProviderAnswer& answer) {
           const bool is_of_delete =
               answer.operation == update.operation && answer.label == update.identity.label;
           return answer.caller == command.id && (is_of_delete || answer.tells_of_death());
         });
}

// All that was planned is done, but what a replacement leaves stays.
void check_replacements(const suite::CaseRecord& record, Findings& findings) {
  for (const auto& [id, command] : record.commands) {
    const suite::Submission* submission = submission_of(record, command);
    if (submission == nullptr) continue;
    const std::string_view kind = submission->request.targeted.empty() ? kLeft : kLeftByTargets;
    const auto& updates = command.last.updates;
    const bool all_else_done = std::ranges::all_of(updates, [&](const auto& update) {
      return update.state == UpdateState::kSuccess || is_left(record, command.last, update);
    });
    if (!all_else_done) continue;
    for (const ResourceUpdateView& update : updates) {
      if (update.state == UpdateState::kSuccess) continue;
      findings.add(kind, submission->operation, update.identity,
                   {"of a replacement that was planned, the old object was left",
                    "a " + to_string(update.key()), "nobody was asked for it"});
    }
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  if (!record.traits.provider_is_ours) return;
  Findings findings(kPlanHonoured, out);
  check_replacements(record, findings);
  check_saved_plans(record, findings);
  check_calls(record, findings);
}

}  // namespace
}  // namespace plan_honoured

constinit const Invariant kPlanHonoured = {
    .id = "plan-honoured",
    .summary = "What is done is what the plan showed, a saved one too.",
    .promise = "docs/terraform.md §3: what is carried out is the plan that was shown",
    .kinds = plan_honoured::kKinds,
    .check = plan_honoured::check,
};

}  // namespace squall::invariants
