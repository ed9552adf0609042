// A campaign: many cases of a profile on an engine, judged, counted; what fails is shrunk,
// confirmed and saved. What earlier runs saved is replayed first. The same engine, profile, plants,
// types, seed, number of cases and shard give the same result, whatever the number of jobs; only a
// time limit, a stop flag, saved failures and the clock readings break that.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "campaign/attempt.h"
#include "campaign/engine_factory.h"
#include "campaign/finding.h"
#include "campaign/health.h"
#include "campaign/known.h"
#include "campaign/statistics.h"

namespace squall::campaign {

struct CampaignOptions {
  static constexpr uint64_t kDefaultCases = 1000;
  static constexpr uint32_t kDefaultMaxFailures = 5;

  std::string engine = "sim";
  std::string profile = "failures";  // name or alias
  std::vector<std::string> plants;
  std::string binary;                       // of the engine, where it has one: a path or a name
  std::vector<std::string> later_binaries;  // those that cases go on to, in this order
  std::string store;               // of the agent: sqlite or postgresql; empty: its default
  std::vector<std::string> types;  // files of resource types, beside the built-in ones
  // Also draw faults that no engine can be expected to come through (FaultKind::within_contract).
  bool beyond = false;
  // Neither: kDefaultCases. Only a time: as many cases as it takes.
  std::optional<uint64_t> cases;
  std::optional<Duration> time;  // real time for the search; shrinking comes on top
  uint64_t seed = 1;
  uint32_t jobs = 0;  // threads; 0: one per core
  // The search ends with that many kinds of failure, known ones not counted; 0: never.
  uint32_t max_failures = kDefaultMaxFailures;
  // Of the cases 0, 1, 2, … those with index % shard_count == shard_index.
  uint64_t shard_index = 0;
  uint64_t shard_count = 1;
  CaseLimits case_limits;
  std::vector<KnownRule> known;  // of any engines and versions
  bool strict = false;           // what the engine has not promised counts as well (Weight::remark)
  // Empty: nothing is saved, and nothing that was saved is replayed.
  std::filesystem::path failures_dir = ".squall";
  bool shrink = true;
  uint64_t shrink_tries = 20000;  // for one failure
  std::optional<Duration> shrink_time;
  uint32_t confirm_runs = 10;
  const std::atomic<bool>* stop = nullptr;  // set from outside to end early; may be null
};

struct Progress {
  uint64_t cases = 0;
  uint64_t failing_cases = 0;
  size_t failures = 0;  // kinds of failure
  Duration elapsed = Duration(0);
};

// What became of a failure that an earlier run saved.
struct SavedOutcome {
  enum class State : uint8_t {
    still_fails,
    fails_otherwise,  // no longer in the way that was saved
    known,            // reported in the meantime
    remark,           // nobody has promised otherwise
    mended,           // every invariant holds
    not_replayed,     // see `problem`
  };
  State state = State::mended;
  std::string signature;  // as saved
  std::filesystem::path folder;
  std::string problem;
};
std::string_view words_of(SavedOutcome::State state);  // "still fails", "no longer fails", …

// Told what happens while it happens, never by two threads at a time, on_hang apart.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_saved(const SavedOutcome& /*outcome*/) {}
  virtual void on_progress(const Progress& /*progress*/) {}
  virtual void on_failure(uint64_t /*case_index*/, std::string_view /*signature*/) {}
  virtual void on_attempt(const Attempt& /*attempt*/) {}
  // A case did not come to an end in twice its time, and perhaps never will: the thread it runs in
  // cannot be stopped, only the process. Called from a thread of its own while others go on; the
  // finding is saved. Where this returns, the run goes on too, if the case ever ends.
  virtual void on_hang(const Finding& /*finding*/) {}
};

// The harness could not do its work on one case.
struct HarnessError {
  uint64_t case_index = 0;
  std::string message;
  std::filesystem::path scenario;  // where that case was saved; empty: it was not
};

// A failure that a rule of `known` covers.
struct KnownFailure {
  std::string signature;
  std::string link;
  uint64_t cases = 0;  // that showed it
  uint64_t first_case = 0;
};

// What an invariant asks, and the engine has not promised (Weight::remark). It is neither shrunk
// nor saved: who wants that asks for CampaignOptions::strict.
struct Remark {
  std::string signature;
  invariants::Violation violation;  // as the first case shows it
  uint64_t cases = 0;               // that showed it
  uint64_t first_case = 0;
};

struct CampaignResult {
  std::string engine;
  std::string engine_version;
  std::string profile;  // its full name
  std::vector<std::string> plants;
  std::vector<std::string> types;  // as in the options
  bool beyond = false;
  bool strict = false;
  uint64_t seed = 0;
  uint32_t jobs = 0;
  uint64_t shard_index = 0;
  uint64_t shard_count = 1;

  std::vector<SavedOutcome> saved;
  Statistics statistics;
  uint64_t failing_cases = 0;
  std::vector<Finding> findings;  // in order of their first case
  std::vector<KnownFailure> known;
  std::vector<Remark> remarks;
  // Rules of `known` whose scenario shows their failure no longer, in words.
  std::vector<std::string> expired;
  // Signatures that shrinking came across beyond max_failures: not looked into.
  std::vector<std::string> also_seen;
  Health health;
  std::optional<HarnessError> harness_error;
  uint64_t trace_hash = 0;
  Duration elapsed = Duration(0);  // of the search, without shrinking
  bool interrupted = false;        // by the stop flag
  bool out_of_time = false;
};

// Exit codes of verdicts.md: 0 nothing new (a known failure is nothing new, a remark no failure), 1
// something new and confirmed, 2 harness, interrupted or not worth believing, 3 something new that
// did not show every time.
int exit_code(const CampaignResult& result);

// Errors are those of usage: an unknown engine, profile or plant, types that cannot be loaded, a
// shard that there is not, a profile without faults that is to draw those beyond the contract, a
// folder that cannot hold failures, a known failure whose scenario cannot be replayed.
Result<CampaignResult> run_campaign(const CampaignOptions& options, Observer& observer);

// The same with an engine of the caller's making, which brings its cloud and the types of that; the
// files of options.types are named in what is reported, and not read.
Result<CampaignResult> run_campaign(const CampaignOptions& options, const WorkerFactory& factory,
                                    Observer& observer);

}  // namespace squall::campaign
