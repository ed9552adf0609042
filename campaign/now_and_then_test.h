// An engine whose failures come and go.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "campaign/forwarding_test.h"

namespace squall::campaign {

// The reference engine, which has a planted bug in two of its cases, not in the third, and so on.
class NowAndThen final : public Forwarding {
 public:
  NowAndThen(std::unique_ptr<EngineUnderTest> well, std::unique_ptr<EngineUnderTest> ill)
      : Forwarding(well->traits()), well_(std::move(well)), ill_(std::move(ill)) {
    traits_.deterministic = false;
  }
  Result<void> reset(const EngineSetup& setup) override {
    is_ill_ = ++resets_ % 3 != 0;
    return Forwarding::reset(setup);
  }

 private:
  EngineUnderTest& used() const override { return is_ill_ ? *ill_ : *well_; }

  std::unique_ptr<EngineUnderTest> well_;
  std::unique_ptr<EngineUnderTest> ill_;
  uint64_t resets_ = 0;
  bool is_ill_ = false;
};

inline WorkerFactory now_and_then(const std::string& plant) {
  return [plant]() -> Result<Worker> {
    Worker worker;
    worker.cloud = std::make_unique<cloud::Cloud>(built_in_catalogue(), 0);
    TRY(const engine::Options planted, engines::sim_planted({plant}));
    worker.engine = std::make_unique<NowAndThen>(engines::make_sim_engine(*worker.cloud, {}),
                                                 engines::make_sim_engine(*worker.cloud, planted));
    return worker;
  };
}

}  // namespace squall::campaign
