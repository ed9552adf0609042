#include "invariants/attempts.h"

#include <algorithm>
#include <array>

namespace squall::invariants {

namespace {

// The failure an update or a sync's read had to act on. That there is no object is no failure of a
// delete, nor of a look that only wants to know.
std::optional<ErrorCode> failure_of(const cloud::Call& call, UpdateOperation operation) {
  const bool wants_none =
      operation == UpdateOperation::kDelete || operation == UpdateOperation::kRead;
  if (wants_none && heard_not_found(call)) return std::nullopt;
  return failure_heard(call);
}

bool is_final(const cloud::Call& call, UpdateOperation operation) {
  const std::optional<ErrorCode> code = failure_of(call, operation);
  return code && !is_recoverable(*code, call.request->kind == CallKind::kRead);
}

// The failed calls of one kind that follow one another at the end.
Calls last_run(Calls calls, UpdateOperation operation) {
  size_t start = calls.size();
  while (start > 0 && calls[start - 1]->request->kind == calls.back()->request->kind &&
         failure_of(*calls[start - 1], operation))
    --start;
  return calls.subspan(start);
}

Cause cause_in_life(Calls calls, UpdateOperation operation, int max_attempts) {
  std::array<int, kCallKinds> failed_writes{};
  const cloud::Call* last_write = nullptr;
  for (const cloud::Call* call : calls) {
    if (!is_mutation(call->request->kind)) continue;
    last_write = call;
    if (failure_of(*call, operation)) ++failed_writes.at(static_cast<size_t>(call->request->kind));
  }
  // After a write that failed for good, or for the last time, reads may follow: they try to learn
  // what became of it.
  if (last_write != nullptr && is_final(*last_write, operation)) return Cause::kEnough;
  if (std::ranges::any_of(failed_writes, [&](int count) { return count >= max_attempts; }))
    return Cause::kEnough;
  const Calls run = last_run(calls, operation);
  if (run.empty()) return Cause::kNone;
  if (is_final(*run.back(), operation)) return Cause::kEnough;
  return std::ssize(run) >= max_attempts ? Cause::kEnough : Cause::kUnspent;
}

bool may_be_of_an_earlier_life(const Attempts& life) {
  return life.doubtful > 0 &&
         std::ranges::none_of(life.calls, [](const auto* call) { return was_heard(*call); });
}

}  // namespace

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
                       int max_attempts) {
  Cause best = Cause::kNone;
  // The last life decides. If none of its calls had a hearer, all may be the last words of the life
  // before, and that one decides as well.
  for (auto life = lives.rbegin(); life != lives.rend(); ++life) {
    best = std::max(best, cause_in_life(life->calls, operation, max_attempts));
    if (!may_be_of_an_earlier_life(*life)) break;
  }
  return best;
}

Cause cause_in_resolving(const std::vector<Attempts>& lives, int max_attempts) {
  Cause best = Cause::kNone;
  for (const Attempts& life : lives) {
    int failures = 0;
    for (const cloud::Call* call : life.calls) {
      const std::optional<ErrorCode> code = failure_heard(*call);
      if (call->request->kind != CallKind::kRead || !code) continue;
      best = std::max(best, Cause::kUnspent);
      if (!is_recoverable(*code) || ++failures >= max_attempts) return Cause::kEnough;
    }
  }
  return best;
}

const cloud::Call* last_call(const std::vector<Attempts>& lives) {
  for (auto life = lives.rbegin(); life != lives.rend(); ++life) {
    const auto last = std::find_if(
        life->calls.rbegin(), life->calls.rend(),
        [&](const cloud::Call* call) { return life->doubtful == 0 || was_heard(*call); });
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
      if (!was_heard(*call)) ++operation.unheard;
      const size_t foreign = std::min(operation.unheard, life.doubtful);
      if (operation.calls.size() - foreign > static_cast<size_t>(max_attempts))
        return operation.calls;
      if (!is_mutation(kind) && !failure_heard(*call)) operation = {};
    }
  }
  return {};
}

}  // namespace squall::invariants
