// interpreter-agreement: while nothing goes wrong and no two commands overlap, the engine answers
// as the naive interpreter of the specification does, and has the rows that this one has.
#include "invariants/interpreter_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/interpreter.h"
#include "spec/masked.h"
#include "spec/normalise.h"

namespace squall::invariants {

namespace interpreter_agreement {
namespace {

constexpr std::string_view kOtherAnswer = "other-answer";
constexpr std::string_view kOtherInventory = "other-inventory";
constexpr std::array kKinds = {kOtherAnswer, kOtherInventory};

// What the cloud makes up when it creates an object: nobody but the cloud can know.
class MadeUp {
 public:
  explicit MadeUp(const suite::CaseRecord& record) : record_(record) {
    for (const cloud::Call& call : record.calls)
      for (const cloud::Execution& execution : call.executions)
        if (execution.change.effect == cloud::Effect::kCreated && execution.change.after != nullptr)
          objects_[{call.request->type, call.resource_name}].push_back(
              execution.change.after.get());
  }

  // The properties of the next object of that identity. What was asked for is not taken from it.
  JsonObject next(const ResourceIdentity& identity, const JsonObject& properties) {
    JsonObject out = properties;
    const auto made = objects_.find({identity.type, identity.label});
    if (made == objects_.end() || made->second.empty()) return out;
    const Schema& schema = *find_schema(record_.schemas, identity.type);
    for (const auto& entry : *made->second.front()) {
      const bool is_its_own =
          !schema.is_field(entry.key()) || schema.hint(entry.key()).has_provider_default;
      if (is_its_own && !out.contains(entry.key())) out[entry.key()] = entry.value();
    }
    made->second.pop_front();
    return out;
  }

 private:
  const suite::CaseRecord& record_;
  std::map<std::pair<std::string_view, std::string_view>, std::deque<const JsonObject*>> objects_;
};

// A cloud that refuses what is asked for, or keeps it in other words, is more than the naive
// interpreter knows.
bool is_plain(const cloud::Behaviours& behaviours) {
  return behaviours.rate_per_second == 0 && behaviours.quota == 0 &&
         !behaviours.referential_integrity && !behaviours.normalises;
}

bool is_plain(const suite::Operation& operation) {
  constexpr std::array<std::string_view, 5> kPlain = {"apply", "destroy", "sync", "wait", "verify"};
  return operation.faults.empty() && operation.crashes.empty() && operation.store_faults.empty() &&
         !operation.disk_full && std::ranges::find(kPlain, operation.kind) != kPlain.end();
}

// How many operations, from the first one on, meet nothing and leave nothing running.
size_t plain_operations(const suite::CaseRecord& record) {
  // The interpreter knows the rules of control planes alone.
  if (record.traits.dialect != Dialect::kControlPlane) return 0;
  if (!is_plain(record.test_case.world.behaviours)) return 0;
  std::set<size_t> quiet;
  for (const suite::Checkpoint& checkpoint : record.checkpoints) quiet.insert(checkpoint.operation);
  const std::vector<suite::Operation>& operations = record.test_case.operations;
  size_t count = 0;
  while (count < operations.size() && is_plain(operations[count]) && quiet.contains(count)) ++count;
  return count;
}

std::vector<UpdateKey> keys_of(const spec::Plan& plan) {
  std::vector<UpdateKey> out;
  for (const spec::PlannedUpdate& update : plan.updates) out.push_back(update.key());
  std::ranges::sort(out);
  return out;
}

std::vector<UpdateKey> keys_of(const std::vector<ResourceUpdateView>& updates) {
  std::vector<UpdateKey> out;
  for (const ResourceUpdateView& update : updates) out.push_back(update.key());
  std::ranges::sort(out);
  return out;
}

std::string words(const std::vector<UpdateKey>& keys) {
  std::vector<std::string> parts;
  for (const UpdateKey& key : keys)
    parts.push_back(fmt::format("{} {}", to_string(key.operation), short_name(key.identity)));
  return in_a_row(parts);
}

std::string words(const spec::Verdict& verdict) {
  if (const auto* refused = std::get_if<spec::Refused>(&verdict))
    return fmt::format("rejected with {}", to_string(refused->type));
  if (std::holds_alternative<spec::NothingPlanned>(verdict)) return "nothing to do";
  if (const auto* would_do = std::get_if<spec::WouldDo>(&verdict))
    return "simulated: " + words(keys_of(would_do->plan));
  return "accepted: " + words(keys_of(std::get<spec::Plan>(verdict)));
}

// In the words of the one above, so that the same words mean the same answer.
std::string words(const suite::CaseRecord& record, const CommandReply& reply) {
  if (const auto* rejection = std::get_if<Rejection>(&reply))
    return fmt::format("rejected with {}", to_string(rejection->type));
  if (std::holds_alternative<NothingToDo>(reply)) return "nothing to do";
  if (const auto* simulated = std::get_if<Simulated>(&reply))
    return "simulated: " + words(keys_of(simulated->updates));
  const suite::CommandHistory* command = find_command(record, std::get<Accepted>(reply).command_id);
  return "accepted: " + (command == nullptr ? "" : words(keys_of(command->last.updates)));
}

class Comparison {
 public:
  Comparison(const suite::CaseRecord& record, std::vector<Violation>& out)
      : record_(record),
        out_(out),
        findings_(kInterpreterAgreement, out),
        made_up_(record),
        interpreter_(record.schemas,
                     [this](const ResourceIdentity& identity, const JsonObject& properties) {
                       return made_up_.next(identity, properties);
                     }) {}

  // False: from here on the two may go different ways.
  bool answer(const suite::Submission& submission);
  void rows(const suite::Checkpoint& checkpoint);

 private:
  void row(const suite::Checkpoint& checkpoint, const InventoryRow& shown,
           const spec::BelievedRow& row);
  void add(const suite::Checkpoint& checkpoint, const ResourceIdentity& identity,
           const std::string& expected, const std::string& actual);

  const suite::CaseRecord& record_;
  std::vector<Violation>& out_;
  Findings findings_;
  MadeUp made_up_;
  spec::Interpreter interpreter_;
};

bool Comparison::answer(const suite::Submission& submission) {
  if (submission.request.kind == CommandKind::kSync) return true;  // nothing has drifted
  if (!submission.reply) return false;
  const spec::Verdict verdict = interpreter_.submit(submission.request);
  const std::string expected = words(verdict);
  const std::string actual = words(record_, *submission.reply);
  // Which wait of a circle is dropped is the engine's choice, and what comes of it.
  const auto* plan = std::get_if<spec::Plan>(&verdict);
  if (expected == actual) return plan == nullptr || plan->circular.empty();
  const bool explained = std::ranges::any_of(
      out_, [&](const Violation& other) { return other.operation <= submission.operation; });
  if (!explained)
    findings_.add(
        kOtherAnswer, submission.operation, std::nullopt,
        {"a request is answered otherwise than by the naive interpreter", expected, actual});
  return false;
}

void Comparison::add(const suite::Checkpoint& checkpoint, const ResourceIdentity& identity,
                     const std::string& expected, const std::string& actual) {
  if (findings_.is_explained(identity, checkpoint.operation)) return;
  findings_.add(kOtherInventory, checkpoint.operation, identity,
                {"the inventory is not as the naive interpreter leaves it",
                 fmt::format("{}: {} ({})", short_name(identity), expected, checkpoint.where),
                 fmt::format("the inventory: {}", actual)},
                effects_on(record_, identity.type, identity.label, checkpoint.log_end));
}

void Comparison::row(const suite::Checkpoint& checkpoint, const InventoryRow& shown,
                     const spec::BelievedRow& row) {
  if (shown.target != row.target)
    add(checkpoint, shown.identity, fmt::format("in target \"{}\"", row.target),
        fmt::format("in target \"{}\"", shown.target));
  const Schema* schema = find_schema(record_.schemas, shown.identity.type);
  if (schema == nullptr) return;
  const Document properties = with_values(shown.properties);
  if (same(properties, row.actual)) return;
  const JsonObject expected = spec::masked(row.actual, *schema);
  if (spec::same_fields(properties, expected, *schema)) return;
  const std::array<const JsonObject*, 2> both = {&expected, &*properties};
  add(checkpoint, shown.identity, differing_fields(expected, both, *schema),
      differing_fields(properties, both, *schema));
}

void Comparison::rows(const suite::Checkpoint& checkpoint) {
  std::set<ResourceIdentity> seen;
  for (const InventoryRow& shown : checkpoint.inventory) {
    if (!shown.managed) continue;
    seen.insert(shown.identity);
    const spec::BelievedRow* expected = spec::find_row(interpreter_.rows(), shown.identity);
    if (expected != nullptr) {
      row(checkpoint, shown, *expected);
    } else {
      add(checkpoint, shown.identity, "no row", "a row");
    }
  }
  for (const auto& [identity, expected] : interpreter_.rows())
    if (!seen.contains(identity)) add(checkpoint, identity, "a row", "no row");
}

// A second opinion, made in another way than the prediction: by carrying the requests out.
void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  const size_t count = interpreter_agreement::plain_operations(record);
  if (count == 0) return;
  Comparison comparison(record, out);
  auto submission = record.submissions.begin();
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    if (checkpoint.operation >= count) return;
    for (; submission != record.submissions.end() && submission->operation <= checkpoint.operation;
         ++submission)
      if (!comparison.answer(*submission)) return;
    comparison.rows(checkpoint);
  }
}

}  // namespace
}  // namespace interpreter_agreement

bool is_followed_by_interpreter(const suite::CaseRecord& record) {
  const size_t count = interpreter_agreement::plain_operations(record);
  return std::ranges::any_of(record.submissions, [&](const suite::Submission& submission) {
    return submission.operation < count && submission.request.kind != CommandKind::kSync;
  });
}

constinit const Invariant kInterpreterAgreement = {
    .id = "interpreter-agreement",
    .summary = "Where nothing goes wrong, all is as the naive interpreter of the rules leaves it.",
    .promise = "docs/rules.md §2 to §6: what a request is answered with, and what becomes of it",
    .kinds = interpreter_agreement::kKinds,
    .check = interpreter_agreement::check,
};

}  // namespace squall::invariants
