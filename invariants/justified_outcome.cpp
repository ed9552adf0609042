// justified-outcome: for every state the engine claims, the cloud's log holds the evidence.
//
// Two things keep it from accusing falsely. A claim is judged on everything that was in the log
// when it was first seen, whatever life of the engine it came from: an outcome may have been
// committed just before a crash. And where the log leaves open which of two things the engine knew,
// the one that speaks for it counts.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <set>

#include "documents/generic_types.h"
#include "invariants/attempts.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/after.h"
#include "spec/normalise.h"
#include "spec/resolve.h"

namespace squall::invariants {

namespace justified_outcome {
namespace {

using suite::Claim;

constexpr std::string_view kSuccessWithoutEffect = "success-without-effect";
// The cloud had said InProgress, and nothing since.
constexpr std::string_view kSuccessBeforeDone = "success-before-done";
constexpr std::string_view kSuccessOfWrongProperties = "success-of-wrong-properties";
constexpr std::string_view kFailedWithoutCause = "failed-without-cause";
constexpr std::string_view kBudgetNotSpent = "budget-not-spent";
constexpr std::string_view kRejectedWithoutDifference = "rejected-without-difference";
constexpr std::string_view kProducerDidNotFail = "producer-did-not-fail";
constexpr std::string_view kRanAlthough = "ran-although-producer-failed";
// Found by the fold of the suite, which knows what was believed when the update ended.
constexpr std::string_view kOverwroteDrift = "overwrote-drift";
constexpr std::string_view kUnjustifiedValue = "unjustified-value";
constexpr std::string_view kUnplannedUpdate = "unplanned-update";
constexpr std::array kKinds = {
    kSuccessWithoutEffect, kSuccessBeforeDone, kSuccessOfWrongProperties,
    kFailedWithoutCause,   kBudgetNotSpent,    kRejectedWithoutDifference,
    kProducerDidNotFail,   kRanAlthough,       kOverwroteDrift,
    kUnjustifiedValue,     kUnplannedUpdate,
};

constexpr size_t kMostEvidence = 6;

bool has_failed(UpdateState state) {
  return state == UpdateState::kFailed || state == UpdateState::kRejected;
}

// The claims of one command, and who is downstream of what went wrong in it.
struct CommandClaims {
  std::map<UpdateKey, const Claim*> claims;
  const spec::Plan* plan = nullptr;  // nullptr: nobody knows
  // Updates that wait, directly or not, for one that ended Failed or Rejected: for which one.
  std::map<UpdateKey, UpdateKey> failed_upstream;

  // The claims about an identity: two where it is replaced.
  auto about(const ResourceIdentity& identity) const {
    return claims | std::views::filter([&identity](const auto& entry) {
             return entry.first.identity == identity;
           });
  }
};

void find_downstream(CommandClaims& command) {
  std::vector<UpdateKey> failed;
  for (const auto& [key, claim] : command.claims)
    if (has_failed(claim->view.state)) failed.push_back(key);
  if (failed.empty()) return;
  std::map<UpdateKey, std::vector<const UpdateKey*>> waiting;
  for (const auto& [key, claim] : command.claims) {
    if (!claim->planned) continue;
    for (const UpdateKey& first : claim->planned->waits_for)
      if (!may_be_dropped(command.plan, key, first)) waiting[first].push_back(&key);
  }
  for (const UpdateKey& root : failed) {
    std::vector<const UpdateKey*> todo = {&root};
    while (!todo.empty()) {
      const auto next = waiting.find(*todo.back());
      todo.pop_back();
      if (next == waiting.end()) continue;
      for (const UpdateKey* downstream : next->second)
        if (command.failed_upstream.emplace(*downstream, root).second) todo.push_back(downstream);
    }
  }
}

std::vector<cloud::CallId> ids_of(Calls calls, uint64_t until) {
  std::vector<cloud::CallId> out;
  for (const cloud::Call* call : calls)
    if (call->arrived_sequence <= until) out.push_back(call->id);
  // What happened last decides.
  if (out.size() > kMostEvidence)
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(kMostEvidence));
  return out;
}

std::string in_words(Calls calls, uint64_t until) {
  std::vector<std::string> parts;
  for (const cloud::Call* call : calls)
    if (call->arrived_sequence <= until) parts.push_back(words(*call));
  if (parts.empty()) return "no call";
  if (parts.size() > kMostEvidence)
    parts.erase(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(kMostEvidence));
  return in_a_row(parts);
}

// `desired` with what it takes from producers replaced by what the object shows there: those values
// are the fold's business (unjustified-value), and may have changed since.
JsonObject without_references(const JsonObject& desired, const JsonObject& shown) {
  JsonObject out;
  out.reserve(desired.size());
  for (const auto& entry : desired) {
    if (!spec::has_reference(entry.value())) {
      out.emplace(entry.key(), entry.value());
    } else if (const Json* value = shown.if_contains(entry.key())) {
      out.emplace(entry.key(), *value);
    }
  }
  return out;
}

// What the calls of an update prove about its success.
struct Proof {
  bool of_success = false;
  bool still_in_progress = false;  // the cloud is at it, as far as the engine could hear
  // What the object was at one time: the truth, or as an answer showed it, without WriteOnly
  // values.
  std::vector<const JsonObject*> states;
  std::vector<const JsonObject*> shown;
};

void add_effects(const cloud::Call& call, const Claim& claim, bool counts, Proof& proof) {
  const UpdateOperation operation = claim.view.operation;
  const bool is_delete = operation == UpdateOperation::kDelete;
  for (const cloud::Execution& execution : call.executions) {
    if (execution.sequence > claim.log_end) continue;
    const cloud::Effect effect = execution.change.effect;
    if (is_delete) proof.of_success |= counts && effect == cloud::Effect::kDeleted;
    if (effect != cloud::Effect::kCreated && effect != cloud::Effect::kUpdated) continue;
    if (execution.change.after != nullptr) proof.states.push_back(execution.change.after.get());
    const bool right = operation != UpdateOperation::kCreate || effect == cloud::Effect::kCreated;
    proof.of_success |= counts && !is_delete && right;
  }
}

// What a call said counts as far as the engine was there to hear it.
void add_answer(const cloud::Call& call, UpdateOperation operation, Proof& proof) {
  const bool is_delete = operation == UpdateOperation::kDelete;
  const CallKind kind = call.request->kind;
  // The end of a polled call is that call's own answer.
  if (kind == CallKind::kStatus) return;
  if (heard_not_found(call) && is_delete) proof.of_success = true;
  if (!heard_success(call)) return;
  const bool found = !call.answer->native_id.empty();
  if (is_delete) {
    proof.of_success |= kind == CallKind::kDelete || (kind == CallKind::kSettle && !found);
    return;
  }
  if (kind == CallKind::kSettle && !found) return;
  proof.states.push_back(&*call.answer->properties);
  // A create that only looked has made nothing; its object came from a token.
  proof.of_success |= operation != UpdateOperation::kCreate || kind == CallKind::kCreate ||
                      kind == CallKind::kSettle;
}

// Is there no object of this name as far as the log tells, so that a delete has nothing to do? What
// a failed replacement leaves is such a row.
bool is_gone(const suite::CaseRecord& record, Calls about, const Claim& claim) {
  uint64_t made = 0;
  uint64_t gone = 0;
  for (const cloud::Call* call : about) {
    for (const cloud::Execution& execution : call->executions) {
      if (execution.sequence > claim.log_end) continue;
      const cloud::Effect effect = execution.change.effect;
      if (effect == cloud::Effect::kCreated) made = std::max(made, execution.sequence);
      if (effect == cloud::Effect::kDeleted) gone = std::max(gone, execution.sequence);
    }
  }
  for (const cloud::LogRecord& drift : record.log)
    if (drift.change && drift.phase == cloud::LogPhase::kChanged &&
        drift.resource_name == claim.view.identity.label && drift.sequence <= claim.log_end &&
        drift.change->effect == cloud::Effect::kDeleted)
      gone = std::max(gone, drift.sequence);
  return gone >= made;
}

class Judge {
 public:
  Judge(const suite::CaseRecord& record, const Evidence& evidence, Findings& findings)
      : record_(record),
        findings_(findings),
        evidence_(evidence),
        limits_(limits_of(record)),
        excuses_(record) {
    for (const Claim& claim : record.claims) {
      CommandClaims& command = commands_[claim.command];
      command.claims.emplace(claim.view.key(), &claim);
    }
    for (auto& [id, command] : commands_) {
      command.plan = plan_of(record, id);
      find_downstream(command);
    }
  }

  void judge(const Claim& claim);

 private:
  // One claim, with what every judgement of it needs.
  struct Case {
    const Claim& claim;
    const CommandClaims& command;
    const suite::CommandHistory* history;
    Calls calls;  // of the command for the identity; some may be later than the claim
    std::vector<Attempts> lives;
  };

  void add(const Case& it, std::string_view kind, std::string headline, std::string expected,
           std::string actual);
  void judge_order(const Case& it);
  void judge_success(const Case& it);
  void judge_properties(const Case& it, const std::vector<const JsonObject*>& states);
  void judge_failed(const Case& it);
  bool may_wait_for(const Case& it, const ResourceIdentity& named) const;
  bool judge_producer(const Case& it);
  Cause cause_upstream(const Case& it) const;
  void judge_rejected(const Case& it);
  bool nothing_differed(const Case& it) const;
  const suite::Submission* request_of(const Case& it) const;

  const suite::CaseRecord& record_;
  Findings& findings_;
  const Evidence& evidence_;
  const Limits limits_;
  const Excuses excuses_;
  std::map<std::string_view, CommandClaims> commands_;
};

void Judge::add(const Case& it, std::string_view kind, std::string headline, std::string expected,
                std::string actual) {
  const Claim& claim = it.claim;
  std::vector<cloud::CallId> calls = ids_of(it.calls, claim.log_end);
  headline += after_fault(record_, calls);
  findings_.add(kind, operation_of(record_, claim.command), claim.view.identity,
                {std::move(headline), std::move(expected), std::move(actual)}, std::move(calls));
}

std::string headline_of(std::string_view problem_kind) {
  if (problem_kind == kOverwroteDrift) return "the engine overwrote drift it had seen";
  if (problem_kind == kUnjustifiedValue) return "the engine sent a value that no producer ever had";
  if (problem_kind == kSuccessWithoutEffect)
    return "the engine claims a success that its provider did not tell it of";
  if (problem_kind == kFailedWithoutCause)
    return "an update failed or was left out, and nothing had gone wrong";
  return "the engine made an update that nobody asked for";
}

void Judge::judge(const Claim& claim) {
  const Calls calls = evidence_.of(claim.command, claim.view.key());
  const Case it{claim, commands_.at(claim.command), find_command(record_, claim.command), calls,
                attempts_of(evidence_, calls, claim.log_end)};
  if (!claim.problem_kind.empty()) {
    const auto listed = std::ranges::find(kKinds, claim.problem_kind);
    add(it, listed == kKinds.end() ? kUnplannedUpdate : *listed, headline_of(claim.problem_kind),
        fmt::format("{} of {} as the request and the cloud's answers give it",
                    to_string(claim.view.operation), short_name(claim.view.identity)),
        claim.problem);
    return;
  }
  judge_order(it);
  // Then the fold has compared the claim with all that the engine was told.
  if (record_.traits.provider_is_ours) return;
  switch (claim.view.state) {
    case UpdateState::kSuccess:
      return judge_success(it);
    case UpdateState::kFailed:
      return judge_failed(it);
    case UpdateState::kRejected:
      return judge_rejected(it);
    default:
      return;
  }
}

// docs/rules.md §6: what is downstream of a failed update fails without having started.
void Judge::judge_order(const Case& it) {
  const auto upstream = it.command.failed_upstream.find(it.claim.view.key());
  if (upstream == it.command.failed_upstream.end()) return;
  const bool wrote = std::ranges::any_of(it.calls, [&](const cloud::Call* call) {
    return is_mutation(call->request->kind) && call->arrived_sequence <= it.claim.log_end;
  });
  if (!wrote && it.claim.view.state != UpdateState::kSuccess) return;
  const Claim& failed = *it.command.claims.at(upstream->second);
  add(it, kRanAlthough, "the engine ran an update although one that it waits for had failed",
      fmt::format("{} of {} Failed, unstarted, because of {}", to_string(it.claim.view.operation),
                  short_name(it.claim.view.identity), short_name(upstream->second.identity)),
      fmt::format("{} is {}; {} is {} with {}", short_name(upstream->second.identity),
                  to_string(failed.view.state), short_name(it.claim.view.identity),
                  to_string(it.claim.view.state), in_words(it.calls, it.claim.log_end)));
}

// What an update that ended Success must have done, or seen.
void Judge::judge_success(const Case& it) {
  const ResourceUpdateView& view = it.claim.view;
  // A sync may find that a row has changed, or entered a command, since it began, and leave it.
  if (view.operation == UpdateOperation::kRead) return;
  Proof proof;
  for (const cloud::Call* call : it.calls) {
    if (call->arrived_sequence > it.claim.log_end) break;
    const bool in_progress = evidence_.was_asynchronous(*call) && !heard(*call);
    proof.still_in_progress |= in_progress;
    add_effects(*call, it.claim, !in_progress, proof);
    add_answer(*call, view.operation, proof);
  }
  const bool is_delete = view.operation == UpdateOperation::kDelete;
  if (proof.of_success) return is_delete ? void() : judge_properties(it, proof.states);
  if (is_delete && it.lives.empty() && is_gone(record_, evidence_.about(view.identity), it.claim))
    return;
  if (proof.still_in_progress) {
    add(it, kSuccessBeforeDone, "the engine claims a success of what the cloud is still doing",
        fmt::format("the {} of {} polled until it is done", to_string(view.operation),
                    short_name(view.identity)),
        "Success after " + in_words(it.calls, it.claim.log_end));
    return;
  }
  add(it, kSuccessWithoutEffect, "the engine claims a success that the cloud knows nothing of",
      fmt::format("a {} of {} in the cloud, or an answer that none was needed",
                  to_string(view.operation), short_name(view.identity)),
      "Success after " + in_words(it.calls, it.claim.log_end));
}

// Did somebody else change the object while the update ran?
bool was_changed_meanwhile(const suite::CaseRecord& record, const Claim& claim, uint64_t since) {
  return std::ranges::any_of(record.log, [&](const cloud::LogRecord& each) {
    return each.phase == cloud::LogPhase::kChanged && each.sequence > since &&
           each.sequence <= claim.log_end && each.resource_name == claim.view.identity.label;
  });
}

// Any state will do, not the last one: the update was right when its object was as wanted once; who
// changed it later is the fold's and property-agreement's business.
void Judge::judge_properties(const Case& it, const std::vector<const JsonObject*>& states) {
  const Schema* schema = find_schema(record_.schemas, it.claim.view.identity.type);
  if (schema == nullptr || !it.claim.planned || it.history == nullptr) return;
  if (states.empty()) return;
  // A cloud that keeps values in its own way is predicted by the fold alone.
  if (record_.test_case.world.behaviours.normalises) return;
  // A create that found its object there went on as an update of it.
  const bool sent_whole = it.claim.planned->operation == UpdateOperation::kCreate &&
                          std::ranges::none_of(it.calls, [](const cloud::Call* call) {
                            return call->request->kind == CallKind::kSettle &&
                                   heard_success(*call) && !call->answer->native_id.empty();
                          });
  const Mode mode = it.history->last.mode;
  // What a patch creates also holds what was declared before, which may have changed since it was
  // planned: that is the fold's business.
  const Document desired = !sent_whole ? it.claim.planned->asked
                           : mode == Mode::kPatch
                               ? Document(spec::as_sent(it.claim.planned->asked, *schema))
                               : it.claim.planned->desired;
  // Nobody sees what becomes of WriteOnly values.
  const auto is_as = [&](const JsonObject& state, const JsonObject& wanted) {
    return spec::difference_is_empty(state, wanted, wanted, mode, *schema);
  };
  const bool takes_values = spec::has_reference(desired);
  const bool as_wanted = std::ranges::any_of(states, [&](const JsonObject* state) {
    if (!takes_values) return is_as(*state, desired);
    return is_as(*state, without_references(desired, *state));
  });
  if (as_wanted) return;
  // Half made by the update and half by another: no state need ever have been as wanted.
  const bool is_meddled =
      !it.calls.empty() &&
      was_changed_meanwhile(record_, it.claim, it.calls.front()->arrived_sequence);
  if (is_meddled) return;
  const JsonObject& last = *states.back();
  const JsonObject wanted = spec::after(last, without_references(desired, last), mode, *schema);
  const std::array<const JsonObject*, 2> both = {&wanted, &last};
  const std::string name = short_name(it.claim.view.identity);
  add(it, kSuccessOfWrongProperties, "the engine claims a success, and made something else",
      fmt::format("{} with {}", name, differing_fields(wanted, both, *schema)),
      fmt::format("{} with {}", name, differing_fields(last, both, *schema)));
}

// Does the update wait, directly or not, for one of the identity? Without a plan for every update
// in between nobody can tell, which speaks for the engine.
bool Judge::may_wait_for(const Case& it, const ResourceIdentity& named) const {
  std::set<UpdateKey> seen;
  std::vector<const Claim*> todo = {&it.claim};
  while (!todo.empty()) {
    const Claim& next = *todo.back();
    todo.pop_back();
    if (!next.planned) return true;
    for (const UpdateKey& first : next.planned->waits_for) {
      if (first.identity == named) return true;
      const auto found = it.command.claims.find(first);
      if (found == it.command.claims.end()) return true;
      if (seen.insert(first).second) todo.push_back(found->second);
    }
  }
  return false;
}

// True: the claim names a producer, and that has been judged.
bool Judge::judge_producer(const Case& it) {
  if (!it.claim.view.because_of) return false;
  const ResourceIdentity& named = *it.claim.view.because_of;
  std::string state = "no update of it ended";
  bool failed = false;
  for (const auto& [key, claim] : it.command.about(named)) {
    if (key == it.claim.view.key()) continue;
    failed = failed || has_failed(claim->view.state);
    state = to_string(claim->view.state);
  }
  if (failed && may_wait_for(it, named)) return true;
  add(it, kProducerDidNotFail,
      "an update failed because of one that did not fail, or does not "
      "come before it",
      fmt::format("{} Failed or Rejected, and before {}", short_name(named),
                  short_name(it.claim.view.identity)),
      failed ? fmt::format("{} does not wait for it", short_name(it.claim.view.identity))
             : fmt::format("{}: {}", short_name(named), state));
  return true;
}

// The reads of producers that the command itself does not make.
Cause Judge::cause_upstream(const Case& it) const {
  Cause best = Cause::kNone;
  if (!it.claim.planned) return best;
  for (const ResourceIdentity& producer : it.claim.planned->references) {
    if (!std::ranges::empty(it.command.about(producer))) continue;
    const Calls reads = evidence_.of(it.claim.command, producer);
    best = std::max(best,
                    cause_in_resolving(attempts_of(evidence_, reads, it.claim.log_end), limits_));
    // A producer whose row went meanwhile cannot be resolved, and needs no call to see it.
    const suite::Submission* submission = request_of(it);
    const uint64_t since = submission == nullptr ? 0 : submission->log_before;
    for (const cloud::Call* call : evidence_.about(producer))
      if (had_effect(*call, cloud::Effect::kDeleted, it.claim.log_end) &&
          call->executions.back().sequence > since)
        best = Cause::kEnough;
  }
  return best;
}

void Judge::judge_failed(const Case& it) {
  if (judge_producer(it)) return;
  const ResourceUpdateView& view = it.claim.view;
  // It has a reason, though it does not name it.
  if (it.command.failed_upstream.contains(view.key())) return;
  const Cause own = cause_of_failure(it.lives, view.operation, limits_);
  if (own == Cause::kEnough) return;
  const Cause upstream = cause_upstream(it);
  if (upstream == Cause::kEnough) return;
  const std::string actual =
      fmt::format("Failed{} after {}",
                  view.error_code ? fmt::format(" with {}", to_string(*view.error_code)) : "",
                  in_words(it.calls, it.claim.log_end));
  if (own == Cause::kUnspent || upstream == Cause::kUnspent) {
    add(it, kBudgetNotSpent, "an update failed before its attempts were used up",
        fmt::format("{} attempts at the {} of {}", limits_.max_attempts, to_string(view.operation),
                    short_name(view.identity)),
        actual);
    return;
  }
  add(it, kFailedWithoutCause, "an update failed, and nothing had gone wrong",
      fmt::format("the {} of {} Success, or an answer that ends it", to_string(view.operation),
                  short_name(view.identity)),
      actual);
}

const suite::Submission* Judge::request_of(const Case& it) const {
  return it.history == nullptr ? nullptr : submission_of(record_, *it.history);
}

// Did all that the update can have read agree with what was believed before its command? False
// where that is not known for certain.
bool Judge::nothing_differed(const Case& it) const {
  const ResourceIdentity& identity = it.claim.view.identity;
  const suite::Submission* submission = request_of(it);
  const Schema* schema = find_schema(record_.schemas, identity.type);
  if (submission == nullptr || schema == nullptr) return false;
  const auto after = std::ranges::partition_point(
      record_.checkpoints,
      [&](const suite::Checkpoint& at) { return at.log_end <= submission->log_before; });
  if (after == record_.checkpoints.begin()) return false;
  const suite::Checkpoint& before = *std::prev(after);
  const auto row = before.belief.find(identity);
  if (row == before.belief.end() || row->second.unsettled || excuses_.excuses(before, identity))
    return false;
  // A change since then, whoever made it, may be what was seen; and a new version of the same
  // content is drift as well.
  for (const cloud::LogRecord& drift : record_.log)
    if (drift.phase == cloud::LogPhase::kChanged && drift.resource_name == identity.label &&
        drift.sequence > before.log_end && drift.sequence <= it.claim.log_end)
      return false;
  for (const cloud::Call* call : evidence_.about(identity))
    for (const cloud::Execution& execution : call->executions)
      if (execution.sequence > before.log_end && execution.sequence <= it.claim.log_end &&
          execution.change.effect != cloud::Effect::kNone)
        return false;
  return std::ranges::all_of(it.calls, [&](const cloud::Call* call) {
    // What is older than the row is no drift, where versions tell that it is.
    const bool past = limits_.reads_may_be_stale && is_stale(*call) &&
                      record_.test_case.world.behaviours.versions;
    return call->request->kind != CallKind::kRead || !heard_success(*call) || past ||
           spec::same_fields(call->answer->properties, row->second.actual, *schema);
  });
}

// An update is Rejected right after a read: one that shows what nobody expected, or NotFound after
// all tries. A delete never is.
void Judge::judge_rejected(const Case& it) {
  const ResourceUpdateView& view = it.claim.view;
  const cloud::Call* last = last_call(it.lives);
  const bool looked = last != nullptr && last->request->kind == CallKind::kRead &&
                      (heard_success(*last) || heard_not_found(*last)) &&
                      view.operation != UpdateOperation::kDelete;
  const std::string actual = "Rejected after " + in_words(it.calls, it.claim.log_end);
  if (looked && heard_not_found(*last)) {
    if (cause_of_failure(it.lives, view.operation, limits_) == Cause::kEnough) return;
    add(it, kBudgetNotSpent, "an update took a resource for gone before its attempts were used up",
        fmt::format("{} reads of {}", limits_.max_attempts, short_name(view.identity)), actual);
    return;
  }
  const suite::Submission* submission = request_of(it);
  const bool forced = submission != nullptr && submission->request.force;
  if (looked && !forced && !nothing_differed(it)) return;
  add(it, kRejectedWithoutDifference,
      forced ? "a forced update was rejected although its object is there"
             : "an update was rejected, and nothing had changed behind the engine's back",
      fmt::format("a read of {} that differs from the inventory, or NotFound",
                  short_name(view.identity)),
      actual);
}

void check(const suite::CaseRecord& record, const Evidence& evidence, std::vector<Violation>& out) {
  if (record.claims.empty()) return;
  Findings findings(kJustifiedOutcome, out);
  Judge judge(record, evidence, findings);
  for (const Claim& claim : record.claims) judge.judge(claim);
}

}  // namespace
}  // namespace justified_outcome

constinit const Invariant kJustifiedOutcome = {
    .id = "justified-outcome",
    .summary =
        "Each Success has its effect in the cloud's log, each Failed and Rejected its cause.",
    .promise = "docs/rules.md §6 and §7: what each answer leads to, and what fails with a producer",
    .kinds = justified_outcome::kKinds,
    .check_calls = justified_outcome::check,
};

}  // namespace squall::invariants
