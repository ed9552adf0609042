// lock-discipline: who writes a store that others use too holds its lock while writing, and gives
// it back.
//
// The evidence is what the store was asked, run by run, and what it answered: who is told that the
// lock is another's, or never hears that it has it, does not have it.
#include <fmt/format.h>

#include <array>
#include <map>

#include "invariants/checkers.h"
#include "invariants/findings.h"

namespace squall::invariants {

namespace lock_discipline {
namespace {

constexpr std::string_view kWrittenWithoutLock = "written-without-lock";
constexpr std::string_view kWrittenAfterUnlock = "written-after-unlock";
constexpr std::string_view kNeverUnlocked = "never-unlocked";
constexpr std::string_view kTwoHolders = "two-holders";
constexpr std::string_view kReadBeforeLock = "read-before-lock";
constexpr std::string_view kUnlockedWithoutId = "unlocked-without-id";
constexpr std::array kKinds = {kWrittenWithoutLock, kWrittenAfterUnlock, kNeverUnlocked,
                               kTwoHolders,         kReadBeforeLock,     kUnlockedWithoutId};

// "lock, read no-state, write failed, unlock": all that a run asked, and what came of it.
std::string story_of(const suite::CaseRecord& record, std::string_view run) {
  std::string out;
  for (const suite::CaseRecord::AskedOfStore& each : record.store_calls) {
    const StoreCall& call = each.call;
    if (call.run != run) continue;
    if (!out.empty()) out += ", ";
    out += to_string(call.call);
    if (call.outcome != StoreOutcome::kDone) out += fmt::format(" {}", to_string(call.outcome));
    if (!call.replied) out += " (reply lost)";
  }
  return out;
}

// One run, as far as the store knows of it.
struct Run {
  size_t operation = 0;
  std::string id{};
  std::string lock{};  // the id it holds it by, and knows that it does; empty: it does not
  bool has_read = false;
  bool has_unlocked = false;
};

class Check {
 public:
  Check(const suite::CaseRecord& record, Findings& findings)
      : record_(record), findings_(findings) {}
  void run();

 private:
  void lock(const StoreCall& call, Run& run);
  void unlock(const StoreCall& call, Run& run);
  void write(const StoreCall& call, const Run& run);
  void add(std::string_view kind, const Run& run, std::string headline, std::string expected,
           std::string_view actual);

  const suite::CaseRecord& record_;
  Findings& findings_;
  std::map<std::string, Run> runs_;
  std::string holder_;  // the run that the store has given its lock; empty: none
};

void Check::add(std::string_view kind, const Run& run, std::string headline, std::string expected,
                std::string_view actual) {
  findings_.add(kind, run.operation, std::nullopt,
                {std::move(headline), std::move(expected),
                 fmt::format("{} ({}: {})", actual, run.id, story_of(record_, run.id))});
}

void Check::lock(const StoreCall& call, Run& run) {
  if (run.has_read)
    add(kReadBeforeLock, run, "the engine read its store before it had the lock",
        fmt::format("{} asks for the lock first", call.run), "it had read before it asked");
  if (call.outcome != StoreOutcome::kDone) return;
  if (!holder_.empty() && holder_ != call.run)
    add(kTwoHolders, run, "two runs held the lock of one store at one time",
        fmt::format("one of {} and {}", holder_, call.run), "the second was given it as well");
  holder_ = call.run;
  if (call.replied) run.lock = call.lock_id;
}

// Who unlocks without having locked does it for another, as people do by hand; all the more must
// the id say which lock is meant.
void Check::unlock(const StoreCall& call, Run& run) {
  run.has_unlocked = true;
  run.lock.clear();
  if (call.lock_id.empty())
    add(kUnlockedWithoutId, run, "the engine freed the lock of its store without saying which",
        fmt::format("{} names the lock that it means, so that no other is freed", call.run),
        "an unlock that whoever holds the lock is hit by");
  if (call.outcome == StoreOutcome::kDone) holder_.clear();
}

void Check::write(const StoreCall& call, const Run& run) {
  if (!run.lock.empty() && call.lock_id == run.lock) return;
  const std::string with =
      call.lock_id.empty() ? "no lock" : fmt::format("the lock id {}", call.lock_id);
  if (run.has_unlocked) {
    add(kWrittenAfterUnlock, run, "the engine wrote its store after it had unlocked it",
        "no write after the unlock", fmt::format("{} wrote with {}", call.run, with));
    return;
  }
  add(kWrittenWithoutLock, run, "the engine wrote a store whose lock it did not hold",
      fmt::format("{} holds the lock while it writes", call.run),
      fmt::format("it wrote with {}", with));
}

void Check::run() {
  for (const suite::CaseRecord::AskedOfStore& each : record_.store_calls) {
    const StoreCall& call = each.call;
    Run& run =
        runs_.try_emplace(call.run, Run{.operation = each.operation, .id = call.run}).first->second;
    switch (call.call) {
      case StoreOperation::kLock:
        lock(call, run);
        break;
      case StoreOperation::kUnlock:
        unlock(call, run);
        break;
      case StoreOperation::kRead:
        run.has_read = true;
        break;
      case StoreOperation::kWrite:
      case StoreOperation::kDelete:
        write(call, run);
        break;
    }
  }
  for (const auto& [id, run] : runs_) {
    if (run.lock.empty() || record_.killed_runs.contains(id)) continue;
    add(kNeverUnlocked, run, "the engine ended with the lock of its store held",
        fmt::format("{} unlocks before it ends", id),
        fmt::format("the lock {} was never given back", run.lock));
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kLockDiscipline, out);
  Check(record, findings).run();
}

}  // namespace
}  // namespace lock_discipline

constinit const Invariant kLockDiscipline = {
    .id = "lock-discipline",
    .summary = "Who writes a store that others use holds its lock meanwhile, and gives it back.",
    .promise = "docs/terraform.md §5: locked, read, saved, unlocked",
    .kinds = lock_discipline::kKinds,
    .check = lock_discipline::check,
};

}  // namespace squall::invariants
