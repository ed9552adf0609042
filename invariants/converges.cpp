// converges: once faults have stopped, the engine makes what is wanted, within the number of
// reconciles it states.
#include <fmt/format.h>

#include <array>
#include <map>
#include <variant>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/after.h"
#include "spec/normalise.h"

namespace squall::invariants {

namespace converges {
namespace {

constexpr std::string_view kNotConverged = "not-converged";
constexpr std::string_view kResourceMissing = "resource-missing";
constexpr std::string_view kResourceDiffers = "resource-differs";
constexpr std::string_view kEpilogueNotReached = "epilogue-not-reached";
constexpr std::array kKinds = {kNotConverged, kResourceMissing, kResourceDiffers,
                               kEpilogueNotReached};

std::string outcome_words(const suite::CaseRecord& record, const suite::Submission& submission) {
  if (!submission.reply) return "no answer";
  if (const auto* rejection = std::get_if<Rejection>(&*submission.reply))
    return fmt::format("rejected with {}", to_string(rejection->type));
  const auto* accepted = std::get_if<Accepted>(&*submission.reply);
  if (accepted == nullptr) return "nothing to do";
  const suite::CommandHistory* command = find_command(record, accepted->command_id);
  if (command == nullptr) return "accepted";
  std::string out(to_string(command->last.state));
  for (const ResourceUpdateView& update : command->last.updates)
    if (update.state != UpdateState::kSuccess)
      return fmt::format("{} ({} of {} {}: {})", out, to_string(update.operation),
                         short_name(update.identity), to_string(update.state), update.error);
  return out;
}

// The cloud's object for an identity: by type and name, as its name is its label.
using ObjectsByName =
    std::map<std::pair<std::string_view, std::string_view>, const cloud::CloudObject*>;

void check_resource(const suite::CaseRecord& record, const suite::Checkpoint& checkpoint,
                    const ObjectsByName& objects, const DeclaredResource& wanted,
                    Findings& findings) {
  const ResourceIdentity& identity = wanted.identity;
  if (findings.is_explained(identity, checkpoint.operation)) return;
  const auto found = objects.find({identity.type, identity.label});
  if (found == objects.end()) {
    findings.add(kResourceMissing, checkpoint.operation, identity,
                 {"a resource that was asked for is not in the cloud, with all faults over",
                  fmt::format("an object for {} ({})", short_name(identity), checkpoint.where),
                  "there is none"},
                 effects_on(record, identity.type, identity.label, checkpoint.log_end));
    return;
  }
  const Schema* schema = find_schema(record.schemas, identity.type);
  if (schema == nullptr) return;
  const JsonObject desired = with_references_replaced(
      wanted.properties, [&](const Reference& reference) -> std::optional<Json> {
        const auto producer = objects.find({reference.producer.type, reference.producer.label});
        if (producer == objects.end()) return Json();
        const Json* value = producer->second->properties.if_contains(reference.property);
        return value == nullptr ? Json() : *value;
      });
  const JsonObject& actual = found->second->properties;
  // Nobody sees what becomes of WriteOnly values. How a cloud keeps values that does so in its own
  // way is property-agreement's business.
  if (record.test_case.world.behaviours.normalises ||
      spec::difference_is_empty(actual, desired, desired, Mode::kReconcile, *schema))
    return;
  // What was declared so before, and stood as it does now when it was, is left as it is.
  const auto believed = checkpoint.belief.find(identity);
  if (believed != checkpoint.belief.end() &&
      spec::same_fields(believed->second.echo, actual, *schema))
    return;
  const JsonObject right = spec::after(actual, desired, Mode::kReconcile, *schema);
  const std::array<const JsonObject*, 2> both = {&right, &actual};
  findings.add(kResourceDiffers, checkpoint.operation, identity,
               {"a resource is not as it was asked for, with all faults over",
                fmt::format("{} with {} ({})", short_name(identity),
                            differing_fields(right, both, *schema), checkpoint.where),
                fmt::format("{} with {}", found->second->native_id,
                            differing_fields(actual, both, *schema))},
               effects_on(record, identity.type, identity.label, checkpoint.log_end));
}

void check_outcome(const suite::CaseRecord& record, const suite::Submission& last,
                   Findings& findings) {
  const suite::Epilogue& epilogue = record.epilogue;
  if (!epilogue.converged) {
    // An answer that the specification rules out ends the case there, and is admission's to report.
    if (!epilogue.converged_checkpoint || failed_by_rate_limit(record, last)) return;
    findings.add(kNotConverged, last.operation, std::nullopt,
                 {"the engine does not reach what is wanted, with all faults over",
                  fmt::format("Success within {} reconciles", record.traits.converges_within),
                  fmt::format("the last of {}: {}", epilogue.reconciles.size(),
                              outcome_words(record, last))});
    return;
  }
  if (!epilogue.converged_checkpoint || *epilogue.converged_checkpoint >= record.checkpoints.size())
    return;
  const suite::Checkpoint& checkpoint = record.checkpoints[*epilogue.converged_checkpoint];
  ObjectsByName objects;
  for (const cloud::CloudObject& object : checkpoint.cloud)
    objects.emplace(std::pair<std::string_view, std::string_view>(object.type, object.name),
                    &object);
  for (const DeclaredResource& wanted : last.request.forma.resources)
    check_resource(record, checkpoint, objects, wanted, findings);
}

// Speaks last: a case that another invariant stopped needs no second reason for not going on.
void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  const bool unexplained = out.empty();
  Findings findings(kConverges, out);
  const suite::Epilogue& epilogue = record.epilogue;
  if (!epilogue.reached) {
    if (unexplained && !record.undecided)
      findings.add(kEpilogueNotReached, record.test_case.operations.size(), std::nullopt,
                   {"the case came to no end, and nothing says why",
                    "the epilogue, with all faults over", "the case stopped before it"});
    return;
  }
  if (epilogue.reconciles.empty() || epilogue.reconciles.back() >= record.submissions.size())
    return;
  check_outcome(record, record.submissions[epilogue.reconciles.back()], findings);
}

}  // namespace
}  // namespace converges

constinit const Invariant kConverges = {
    .id = "converges",
    .summary = "Once faults have stopped, what is wanted is made within the stated reconciles.",
    .promise = "docs/rules.md §4 and §7; how often it takes: the engine's trait converges_within",
    .kinds = converges::kKinds,
    .check = converges::check,
};

}  // namespace squall::invariants
