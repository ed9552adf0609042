// Watches the simulation for SimEngine: carries out armed crashes and counts rare situations.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine_under_test/engine_under_test.h"
#include "simulation/executor.h"
#include "simulation/observer.h"

namespace squall::engines {

// The crash points that are armed, each with its own count.
class ArmedCrashes {
 public:
  // incarnation: the one that lives, or lived last.
  void arm(const CrashPoint& point, simulation::Incarnation incarnation);
  void disarm() { armed_.clear(); }
  bool empty() const { return armed_.empty(); }

  // One more such moment came. True: a crash strikes; its point is spent, the others stay armed.
  bool count(CrashMoment moment, simulation::Incarnation incarnation);

 private:
  struct Armed {
    CrashPoint point;
    simulation::Incarnation armed_in = 0;
    uint32_t seen = 0;
  };
  std::vector<Armed> armed_;
};

class Watch final : public simulation::Observer {
 public:
  // executor must outlive the watch.
  explicit Watch(simulation::Executor& executor) : executor_(executor) {}

  void reset();

  void arm(const CrashPoint& point) { armed_.arm(point, executor_.incarnation()); }
  void disarm();
  bool armed() const { return !armed_.empty(); }
  // An answer that a crash waits for was delivered: once the engine has acted on it, that is, when
  // its ready queue is empty, it must be doomed.
  bool strikes_when_idle() const { return strikes_when_idle_; }
  // What strikes the provider, now that the event is over that it came with; once.
  std::optional<CrashMoment> take_provider_blow() {
    return std::exchange(provider_blow_, std::nullopt);
  }

  // What was the case when an incarnation died; call it just before its end.
  struct Death {
    bool call_applied_unanswered = false;
    bool inside_commit = false;
    bool during_recovery = false;
  };
  void died(const Death& death);

  std::vector<std::pair<std::string, uint64_t>> marks() const;

  // Observer
  void call_sent(uint64_t in_flight) override;
  void before_call_applied(const simulation::CallFacts& call) override;
  bool loses_call(const simulation::CallFacts& call) override;
  void after_call_applied(const simulation::CallFacts& call, bool changed_something) override;
  void answer_delivered(const simulation::CallFacts& call, const ProviderReply& reply) override;
  void commit_begun(uint64_t number) override;
  void commit_before_durable(uint64_t number) override;
  bool commit_fails(uint64_t number) override;
  void commit_refused(uint64_t number) override;
  void commit_after_durable(uint64_t number) override;
  void marked(std::string_view name) override;

 private:
  void forget_incarnation();
  bool count(CrashMoment moment);
  void count_and_strike(CrashMoment moment);
  bool count_for_provider(CrashMoment moment);

  simulation::Executor& executor_;
  ArmedCrashes armed_;
  bool strikes_when_idle_ = false;
  std::optional<CrashMoment> provider_blow_;
  std::map<std::string, uint64_t, std::less<>> marks_;

  // Mutations answered with success to this incarnation: so far; of those, the ones that a durable
  // commit begun after them may have recorded; and how many there were when each commit that is
  // not durable yet was begun.
  uint64_t answers_ = 0;
  uint64_t answers_committed_ = 0;
  std::deque<uint64_t> answers_at_begin_;
};

}  // namespace squall::engines
