#include "invariants/attempts.h"

#include <algorithm>
#include <array>

namespace squall::invariants {

namespace {

// The failure an update or a sync's read had to act on. That there is no object is no failure of a
// delete, nor of a look that only wants to know; unless it may be a stale answer.
std::optional<ErrorCode> failure_of(const cloud::Call& call, UpdateOperation operation,
                                    const Limits& limits) {
  const bool is_read = call.request->kind == CallKind::kRead;
  if (is_read && limits.reads_may_be_stale && (is_stale(call) || heard_not_found(call)))
    return ErrorCode::kNotStabilized;
  const bool wants_none =
      operation == UpdateOperation::kDelete || operation == UpdateOperation::kRead;
  if (wants_none && heard_not_found(call)) return std::nullopt;
  return failure_heard(call);
}

bool is_final(const cloud::Call& call, UpdateOperation operation, const Limits& limits) {
  const std::optional<ErrorCode> code = failure_of(call, operation, limits);
  return code && !is_recoverable(*code, call.request->kind == CallKind::kRead);
}

// The failed calls of one kind that follow one another at the end.
Calls last_run(Calls calls, UpdateOperation operation, const Limits& limits) {
  size_t start = calls.size();
  while (start > 0 && calls[start - 1]->request->kind == calls.back()->request->kind &&
         failure_of(*calls[start - 1], operation, limits))
    --start;
  return calls.subspan(start);
}

bool is_in_progress(const cloud::Call& call) {
  return call.request->kind == CallKind::kStatus && heard_in_progress(call);
}

// Polled until the overall deadline of the operation: something kept it from ever being done.
bool ran_out_of_time(Calls calls) {
  return is_in_progress(*calls.back()) && std::ranges::any_of(calls, [](const cloud::Call* call) {
           const CallKind kind = call->request->kind;
           return (is_mutation(kind) || kind == CallKind::kStatus) && !call->fault.empty();
         });
}

Cause cause_in_life(Calls calls, UpdateOperation operation, const Limits& limits) {
  // Polls too: one that reports progress gives no attempt back.
  std::array<int, kCallKinds> failed{};
  const cloud::Call* last_write = nullptr;
  for (const cloud::Call* call : calls) {
    const CallKind kind = call->request->kind;
    if (is_mutation(kind)) last_write = call;
    if (!is_mutation(kind) && kind != CallKind::kStatus) continue;
    if (failure_of(*call, operation, limits)) ++failed.at(static_cast<size_t>(kind));
  }
  // After a write that failed for good, or for the last time, reads may follow: they try to learn
  // what became of it.
  if (last_write != nullptr && is_final(*last_write, operation, limits)) return Cause::kEnough;
  if (std::ranges::any_of(failed, [&](int count) { return count >= limits.max_attempts; }))
    return Cause::kEnough;
  if (ran_out_of_time(calls)) return Cause::kEnough;
  const Calls run = last_run(calls, operation, limits);
  if (run.empty()) return Cause::kNone;
  if (is_final(*run.back(), operation, limits)) return Cause::kEnough;
  return std::ssize(run) >= limits.max_attempts ? Cause::kEnough : Cause::kUnspent;
}

bool may_be_of_an_earlier_life(const Attempts& life) {
  return life.doubtful > 0 &&
         std::ranges::none_of(life.calls, [](const auto* call) { return heard(*call); });
}

}  // namespace

Limits limits_of(const suite::CaseRecord& record) {
  return {.max_attempts = record.traits.max_attempts,
          .reads_may_be_stale = record.test_case.world.behaviours.consistency_window > Duration(0)};
}

std::vector<Attempts> attempts_of(const Evidence& evidence, Calls calls, uint64_t until) {
  std::vector<Attempts> out;
  for (const cloud::Call* call : calls) {
    if (call->arrived_sequence > until) break;
    const size_t incarnation = evidence.incarnation_of(*call);
    auto life = std::ranges::find(out, incarnation, &Attempts::incarnation);
    if (life == out.end()) life = out.insert(out.end(), Attempts{incarnation, {}, 0});
    life->calls.push_back(call);
    if (call->request->connection == 0) life->doubtful = incarnation;
  }
  std::ranges::sort(out, {}, &Attempts::incarnation);
  return out;
}

Cause cause_of_failure(const std::vector<Attempts>& lives, UpdateOperation operation,
                       const Limits& limits) {
  Cause best = Cause::kNone;
  // The last life decides. If none of its calls had a hearer, all may be the last words of the life
  // before, and that one decides as well.
  for (auto life = lives.rbegin(); life != lives.rend(); ++life) {
    best = std::max(best, cause_in_life(life->calls, operation, limits));
    if (!may_be_of_an_earlier_life(*life)) break;
  }
  return best;
}

Cause cause_in_resolving(const std::vector<Attempts>& lives, const Limits& limits) {
  Cause best = Cause::kNone;
  for (const Attempts& life : lives) {
    int failures = 0;
    for (const cloud::Call* call : life.calls) {
      // What a read of somebody else's resource may fail of is what a create's would.
      const std::optional<ErrorCode> code = failure_of(*call, UpdateOperation::kCreate, limits);
      if (call->request->kind != CallKind::kRead || !code) continue;
      // Stale or not: whether it was taken for an answer nobody can tell.
      if (heard_not_found(*call)) return Cause::kEnough;
      best = std::max(best, Cause::kUnspent);
      // Once no window is open any more, it is believed.
      if (heard_not_found(*call)) return Cause::kEnough;
      if (!is_recoverable(*code) || ++failures >= limits.max_attempts) return Cause::kEnough;
    }
  }
  return best;
}

const cloud::Call* last_call(const std::vector<Attempts>& lives) {
  for (auto life = lives.rbegin(); life != lives.rend(); ++life) {
    const auto last =
        std::find_if(life->calls.rbegin(), life->calls.rend(),
                     [&](const cloud::Call* call) { return life->doubtful == 0 || heard(*call); });
    if (last != life->calls.rend()) return *last;
  }
  return nullptr;
}

std::vector<cloud::CallId> over_budget(const std::vector<Attempts>& lives, int max_attempts) {
  for (const Attempts& life : lives) {
    struct Operation {
      std::vector<cloud::CallId> calls;
      size_t unheard = 0;
    };
    std::array<Operation, kCallKinds> by_kind{};
    CallKind previous = CallKind::kStatus;
    for (const cloud::Call* call : life.calls) {
      const CallKind kind = call->request->kind;
      Operation& operation = by_kind.at(static_cast<size_t>(kind));
      // All writes of an update share one budget. A look is an operation of its own each time: it
      // begins anew after another kind of call.
      if (!is_mutation(kind) && kind != previous) operation = {};
      previous = kind;
      operation.calls.push_back(call->id);
      if (!heard(*call)) ++operation.unheard;
      const size_t foreign = std::min(operation.unheard, life.doubtful);
      if (operation.calls.size() - foreign > static_cast<size_t>(max_attempts))
        return operation.calls;
      if (!is_mutation(kind) && !failure_heard(*call)) operation = {};
    }
  }
  return {};
}

}  // namespace squall::invariants
