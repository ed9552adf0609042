// Fault: a read within the consistency window of the object's last change answers what was there
// before: an older version, NotFound for what was just created, the object that was just deleted.
// After the window it does nothing.
#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace stale_read {
namespace {

Executed execute_stale(const FaultedCall& call) {
  Executed out = execute(call.truth, call.behaviours, call.request, call.now);
  const bool told_truth = out.reply.ok() || out.reply.error == ErrorCode::kNotFound;
  const ObjectRecord* object = call.truth.state.find(call.request.native_id);
  if (!told_truth || object == nullptr || object->schema->type != call.request.type) return out;
  const Duration age = call.now - object->history.back().time;
  if (age >= call.behaviours.consistency_window) return out;
  const size_t versions = object->history.size();
  const ObjectVersion* before = versions < 2 ? nullptr : &object->history[versions - 2];
  if (before != nullptr && before->properties != nullptr) {
    out.said = told(*object, *before, call.behaviours);
  } else {
    out.said =
        ProviderReply::failure(ErrorCode::kNotFound, words_of(ErrorCode::kNotFound, call.effect));
  }
  out.departed = true;
  return out;
}

}  // namespace
}  // namespace stale_read

const FaultKind& stale_read_fault() {
  static const FaultKind kKind = {
      .name = "stale-read",
      .summary = "A read within the consistency window shows what was there before.",
      .within_contract = true,
      .calls = {CallKind::kRead},
      .matters = Matters::kByExecution,
      .execute = stale_read::execute_stale,
      .needs = {.versions = true, .window = true},
  };
  return kKind;
}

}  // namespace squall::cloud
