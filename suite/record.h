// CaseRecord: everything that one run of a case produced and that a checker may look at: what was
// asked and predicted, what the engine claimed and showed, what the cloud knows happened.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/operation_log.h"
#include "documents/command.h"
#include "engine_under_test/engine_under_test.h"
#include "spec/admit.h"
#include "spec/snapshot.h"
#include "suite/case.h"
#include "suite/outputs.h"

namespace squall::suite {

// One request and what became of it.
struct Submission {
  // Index into Case::operations; the epilogue's own requests have case.operations.size() and more.
  size_t operation = 0;
  std::string phase;  // "operation", "sync", "reconcile", "again", "destroy"
  CommandRequest request;
  spec::Verdict predicted;            // by the spec, on the belief of that moment
  std::optional<CommandReply> reply;  // nullopt: none ever came
  // The answer was allowed to be one of two things, and was (overlap that could not be told apart).
  bool either = false;
  // The answer that the client never heard, before it asked again with the same key.
  std::optional<CommandReply> lost_reply;
  // Where the store failed once all was done, so that the answer is that: what was done.
  std::optional<spec::Verdict> done_all_the_same;
  // The submission that made the plan which this one carries out.
  std::optional<size_t> plan_of = {};
  bool disk_full = false;   // the engine's disk was, when it was sent
  uint64_t log_before = 0;  // cloud's log_end when it was sent
  uint64_t log_after = 0;   // … when its command was seen terminal (or its reply came)
  Instant at;
};

// A command of any source, followed over the case.
struct CommandHistory {
  std::string id;
  std::optional<size_t> submission;
  CommandView last;                  // the latest view of it
  std::vector<CommandState> states;  // each new one, as seen
  bool forgotten = false;            // known once, unknown later, while it should be known
  // Something for which it had nothing to do demands what did not hold, once all was done.
  bool demands_in_vain = false;
  // A terminal state that was seen, and after a restart was another: it had not been durable.
  std::optional<CommandState> undone;
};

// Why an identity may differ from the truth at a checkpoint, from the cloud's log.
enum class ExcuseReason {
  kUnsettled,   // an ambiguous answer that nothing has settled yet
  kLateEffect,  // a call took effect after the engine's last look at the object
  kDrift,       // it was changed behind the engine's back, since the engine's last look
};
struct Excuse {
  ExcuseReason reason = ExcuseReason::kUnsettled;
  cloud::CallId call = 0;
};

// What the engine showed and what the cloud held at one moment of quiescence, beside what was to be
// expected.
struct Checkpoint {
  std::string where;     // "after operation 3", "drained", "after sync", …
  size_t operation = 0;  // as in Submission
  bool faults_off = false;
  bool settled = false;  // faults off and synced: nothing may be excused any more
  Instant at;
  uint64_t log_end = 0;
  std::vector<InventoryRow> inventory;
  std::vector<std::string> stacks;
  cloud::CloudView cloud;  // but for what was forgotten
  // What the engine was told to forget, and its object; nullopt: the object is gone.
  struct Forgotten {
    NativeId native_id;
    std::optional<cloud::CloudObject> object;
  };
  std::map<ResourceIdentity, Forgotten> forgotten;
  std::map<ResourceIdentity, spec::BelievedRow> belief;
  std::map<ResourceIdentity, Excuse> excuses;
  OutputsView outputs;
  std::optional<ExpectedOutputs> expected_outputs;  // nullopt: the engine has none
  std::vector<CommandView> unfinished;  // commands not terminal although nothing is left to happen
};

// A claim of the engine about one update, judged against the log when it was first seen terminal.
struct Claim {
  std::string command;
  ResourceUpdateView view;
  std::optional<spec::PlannedUpdate> planned;  // nullopt: nobody planned it
  uint64_t log_end = 0;                        // the log when the claim was first seen
  // Where the judge's fold disagrees with it: kind of disagreement and words. Empty: justified.
  std::string problem_kind;
  std::string problem;
};

struct CrashRecord {
  Instant at;
  uint64_t log_end = 0;
  // A command that an earlier crash had cut short had not been seen terminal yet.
  bool during_recovery = false;
};

// What the epilogue did, for the invariants that need more to be done at the end.
struct Epilogue {
  bool reached = false;            // false: the case stopped before (a harness error, a dead end)
  std::vector<size_t> reconciles;  // submissions, in order
  bool converged = false;          // the last reconcile ended Success, or had nothing to do
  std::optional<size_t> again;     // the submission of the same reconcile once more
  std::vector<size_t> destroys;
  std::optional<size_t> teardown_checkpoint;
  std::optional<size_t> converged_checkpoint;
};

struct CaseRecord {
  Case test_case;
  Traits traits;
  std::vector<Schema> schemas;
  std::vector<Submission> submissions;
  std::map<std::string, CommandHistory, std::less<>> commands;
  std::vector<Claim> claims;  // in the order in which they were seen
  std::vector<Checkpoint> checkpoints;
  std::vector<CrashRecord> crashes;
  // Made as the engine or its provider died, before the one could tell the other, or save it:
  // removed from the cloud, so that the case could go on.
  uint64_t lost_objects = 0;
  Epilogue epilogue;
  std::vector<cloud::LogRecord> log;
  std::vector<cloud::Call> calls;       // the same log, by call
  std::vector<ProviderAnswer> answers;  // what a provider of ours told the engine, in order
  // What was asked of a store that is not the engine's own, in order; and the runs that were
  // killed.
  struct AskedOfStore {
    size_t operation = 0;  // as in Submission
    StoreCall call;
  };
  std::vector<AskedOfStore> store_calls;
  std::set<std::string> killed_runs;
  struct Rival {
    size_t operation = 0;  // as in Submission
    RivalRun run;
  };
  std::vector<Rival> rivals;
  struct Damage {
    size_t operation = 0;  // as in Submission
    uint64_t log_end = 0;
    StoreFinding found;
  };
  std::vector<Damage> store_damages;
  cloud::FaultTable faults;
  std::vector<std::pair<std::string, uint64_t>> marks;
  uint64_t engine_runs = 0;  // as EngineUnderTest::runs()
  uint64_t peak_calls_in_flight = 0;
  uint64_t trace_hash = 0;
  std::vector<std::string> secrets;      // texts that must not be seen in clear
  std::vector<std::string> store_leaks;  // places of the engine's store that held one
  // The last checkpoint of the same case without its crash: where that is all that befell it.
  std::optional<Checkpoint> without_crash;
  // The case ended early: nothing that the engine shows tells in which of two states it is.
  bool undecided = false;
  size_t skipped_operations = 0;   // made no sense where they landed
  std::vector<std::string> stuck;  // deadlines that passed: what was waited for
  // Ends of the engine's process that nobody had a part in, in words.
  struct OwnEnd {
    size_t operation = 0;  // as in Submission
    std::string how;
  };
  std::vector<OwnEnd> own_ends;
  std::string harness_error;  // not empty: ours, nothing is judged
};

// What the store kept the run of that id from; nullopt: nothing.
std::optional<StoreTrouble> store_trouble_of(const CaseRecord& record, std::string_view run);

// The words for an operation index of a Submission or Checkpoint: "operation 3", "the epilogue".
std::string place(const CaseRecord& record, size_t operation);

}  // namespace squall::suite
