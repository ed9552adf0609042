// For the tests of this folder: everything that outlives an incarnation, and an observer that
// dooms the living one at a moment of the test's choice.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/cloud.h"
#include "documents/generic_types.h"
#include "engine/records.h"
#include "simulation/executor.h"
#include "simulation/link.h"
#include "simulation/observer.h"
#include "simulation/simulated_env.h"
#include "simulation/store.h"
#include "simulation/vault.h"

namespace squall::simulation {

// Notes every moment by name and calls at_moment with it.
class NotingObserver final : public Observer {
 public:
  void call_sent(uint64_t) override { note("sent"); }
  void before_call_applied(const CallFacts&) override { note("before-call"); }
  bool loses_call(const CallFacts&) override { return std::exchange(loses_next_call, false); }
  void after_call_applied(const CallFacts& call, bool changed) override {
    last_call = call;
    note(changed ? "changed" : "executed");
  }
  void answer_delivered(const CallFacts&, const ProviderReply&) override { note("answer"); }
  void commit_begun(uint64_t) override { note("begun"); }
  void commit_before_durable(uint64_t) override { note("before-durable"); }
  void commit_after_durable(uint64_t) override { note("after-durable"); }
  bool commit_fails(uint64_t number) override { return number == failing_commit; }
  void commit_refused(uint64_t) override { note("refused"); }
  void marked(std::string_view name) override { note(name); }

  std::vector<std::string> moments;
  CallFacts last_call;
  uint64_t failing_commit = 0;
  bool loses_next_call = false;
  std::function<void(std::string_view)> at_moment;

 private:
  void note(std::string_view moment) {
    moments.emplace_back(moment);
    if (at_moment) at_moment(moment);
  }
};

struct World {
  ~World() { end(); }

  // The next incarnation.
  SimulatedEnv& begin() {
    end();
    env = std::make_unique<SimulatedEnv>(SimulatedEnv::World{.executor = executor,
                                                             .store = store,
                                                             .link = link,
                                                             .vault = vault,
                                                             .observer = observer,
                                                             .provider = provider,
                                                             .seed = 7});
    return *env;
  }
  // Ends the incarnation, if one lives, as a crash does.
  void end() { env.reset(); }

  // Runs until nothing is due, or the incarnation is doomed, which is then ended. True: it lives.
  bool run() {
    while (!executor.doomed() && executor.step()) {
    }
    if (executor.doomed()) end();
    return env != nullptr;
  }
  Duration elapsed() const { return executor.now() - kStartOfTime; }

  void doom_at(std::string moment) {
    observer.at_moment = [this, moment = std::move(moment)](std::string_view now) {
      if (now == moment) executor.doom();
    };
  }

  cloud::Cloud cloud{generic_types(), 1};
  Executor executor;
  NotingObserver observer;
  Store store{executor, observer};
  Link link{executor, cloud, observer};
  Vault vault;
  engine::ProviderAnnouncement provider;
  std::unique_ptr<SimulatedEnv> env;
};

inline engine::Write write(const std::string& key, std::string id) {
  engine::IdempotencyKey value{.key = std::move(id), .command = ""};
  return {.key = key, .record = std::make_shared<engine::Record>(std::move(value))};
}
inline engine::Write deletion(const std::string& key) { return {.key = key, .record = nullptr}; }

// "key=value" of every durable record, in key order.
inline std::vector<std::string> contents(const Store& store) {
  std::vector<std::string> out;
  for (const auto& [key, record] : store.records())
    out.push_back(key + "=" + std::get<engine::IdempotencyKey>(record->value).key);
  return out;
}

}  // namespace squall::simulation
