#include "engines/agent/strikes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace squall::engines {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr auto kPatience = 20s;
constexpr auto kLongEnough = 500ms;  // for calls to have been lost
constexpr auto kMoment = 10ms;       // what does not happen in it would have happened at once

class StrikesTest : public testing::Test {
 protected:
  // A life that has begun, and time that passes.
  void begin(uint64_t life) {
    strikes_.begin_life(life);
    strikes_.release();
    strikes_.open();
  }
  bool comes(CallStage stage, uint64_t life = 1) {
    ProviderRequest request;
    request.connection = life;
    return strikes_.on_call(stage, request);
  }
  std::future<bool> comes_elsewhere(CallStage stage, uint64_t life = 1) {
    return std::async(std::launch::async, [this, stage, life] { return comes(stage, life); });
  }
  static bool waits(const std::future<bool>& call) {
    return call.wait_for(kMoment) == std::future_status::timeout;
  }
  static bool returns(std::future<bool>& call) {
    EXPECT_EQ(call.wait_for(kPatience), std::future_status::ready);
    return call.get();
  }

  std::atomic<int> engine_kills_ = 0;
  // Until it has nothing to do any more.
  void pass() {
    const auto begun = std::chrono::steady_clock::now();
    while (strikes_.is_busy() && std::chrono::steady_clock::now() - begun < kPatience) {
      strikes_.pass();
      std::this_thread::sleep_for(1ms);
    }
    EXPECT_FALSE(strikes_.is_busy());
  }

  std::atomic<int> provider_kills_ = 0;
  std::atomic<int> provider_stops_ = 0;
  std::atomic<int> provider_wakes_ = 0;
  std::atomic<bool> in_step_ = true;
  std::atomic<int> lost_ = 0;
  Strikes strikes_{{.kill_engine = [this] { ++engine_kills_; },
                    .kill_provider = [this] { ++provider_kills_; },
                    .stop_provider = [this] { ++provider_stops_; },
                    .wake_provider = [this] { ++provider_wakes_; },
                    .is_in_step = [this] { return in_step_.load(); },
                    .lose_track = [this] { ++lost_; }},
                   kLongEnough};
};

// Shows: the moments that the cloud can see are known, those inside of the engine are not.
TEST_F(StrikesTest, KnowsWhatTheCloudSees) {
  for (const CrashMoment moment :
       {CrashMoment::kBeforeCallApplied, CrashMoment::kAfterCallApplied, CrashMoment::kAfterAnswer,
        CrashMoment::kDuringRecovery, CrashMoment::kProviderDies, CrashMoment::kProviderLosesCall,
        CrashMoment::kProviderHangs, CrashMoment::kProviderStartsSlowly})
    EXPECT_TRUE(Strikes::knows(moment)) << to_string(moment);
  for (const CrashMoment moment : {CrashMoment::kBeforeCommit, CrashMoment::kAfterCommit,
                                   CrashMoment::kCommitFails, CrashMoment::kInterrupted})
    EXPECT_FALSE(Strikes::knows(moment)) << to_string(moment);
}

// Shows: before a call is applied means: as the nth arrives, which is carried out all the same.
TEST_F(StrikesTest, StrikesAsTheNthCallArrives) {
  begin(1);
  strikes_.arm({CrashMoment::kBeforeCallApplied, 2});
  EXPECT_TRUE(comes(CallStage::kArrived));
  EXPECT_TRUE(comes(CallStage::kExecuted));
  EXPECT_EQ(engine_kills_, 0);
  EXPECT_TRUE(comes(CallStage::kArrived));
  EXPECT_EQ(engine_kills_, 1);
  EXPECT_TRUE(comes(CallStage::kArrived));  // once struck, it is over
  EXPECT_EQ(engine_kills_, 1);
  EXPECT_THAT(strikes_.struck(), ElementsAre(Pair(CrashMoment::kBeforeCallApplied, 1)));
}

// Shows: after a call was applied means: its answer never leaves.
TEST_F(StrikesTest, StrikesWhenTheNthCallIsExecuted) {
  begin(1);
  strikes_.arm({CrashMoment::kAfterCallApplied, 2});
  EXPECT_TRUE(comes(CallStage::kExecuted));
  EXPECT_TRUE(comes(CallStage::kArrived));
  EXPECT_FALSE(comes(CallStage::kExecuted));
  EXPECT_EQ(engine_kills_, 1);
}

// Shows: after an answer means: the answer leaves, has time to get there, and then it strikes,
// while time passes.
TEST_F(StrikesTest, StrikesAfterTheNthAnswer) {
  begin(1);
  strikes_.arm({CrashMoment::kAfterAnswer, 2});
  EXPECT_TRUE(comes(CallStage::kAnswered));
  strikes_.pass();
  EXPECT_TRUE(comes(CallStage::kAnswered));
  EXPECT_EQ(engine_kills_, 0);
  const auto begun = std::chrono::steady_clock::now();
  while (engine_kills_ == 0 && std::chrono::steady_clock::now() - begun < kPatience)
    strikes_.pass();
  EXPECT_EQ(engine_kills_, 1);
  strikes_.pass();
  EXPECT_EQ(engine_kills_, 1);
}

// Shows: what is armed for the recovery counts the calls of the next life alone.
TEST_F(StrikesTest, StrikesDuringTheNextLife) {
  begin(1);
  strikes_.arm({CrashMoment::kDuringRecovery, 2});
  for (int call = 0; call < 3; ++call) EXPECT_TRUE(comes(CallStage::kArrived, 1));
  EXPECT_EQ(engine_kills_, 0);
  strikes_.end_life();
  begin(2);
  EXPECT_TRUE(comes(CallStage::kArrived, 2));
  EXPECT_TRUE(comes(CallStage::kArrived, 1));  // a message of the first life says nothing
  EXPECT_EQ(engine_kills_, 0);
  EXPECT_TRUE(comes(CallStage::kArrived, 2));
  EXPECT_EQ(engine_kills_, 1);
}

// Shows: a provider dies alone, once no call comes any more; until then no answer leaves. The next
// one's leave once all is in step.
TEST_F(StrikesTest, StrikesTheProvider) {
  begin(1);
  strikes_.arm({CrashMoment::kProviderDies, 1});
  EXPECT_TRUE(comes(CallStage::kArrived));
  std::future<bool> struck = comes_elsewhere(CallStage::kExecuted);
  EXPECT_TRUE(waits(struck));
  std::future<bool> other = comes_elsewhere(CallStage::kExecuted);
  EXPECT_TRUE(waits(other));
  EXPECT_EQ(provider_kills_, 0);
  pass();
  EXPECT_TRUE(returns(struck));
  EXPECT_TRUE(returns(other));
  EXPECT_EQ(provider_kills_, 1);
  EXPECT_EQ(engine_kills_, 0);
  std::future<bool> next = comes_elsewhere(CallStage::kExecuted);
  EXPECT_TRUE(waits(next));
  EXPECT_TRUE(comes(CallStage::kArrived));
  pass();
  EXPECT_TRUE(returns(next));
  EXPECT_EQ(lost_, 0);
  EXPECT_THAT(strikes_.struck(), ElementsAre(Pair(CrashMoment::kProviderDies, 1)));
}

// Shows: where all does not come to be in step after a provider's death, that is said.
TEST_F(StrikesTest, SaysWhatGotLost) {
  begin(1);
  strikes_.arm({CrashMoment::kProviderLosesCall, 1});
  EXPECT_FALSE(comes(CallStage::kArrived));
  pass();
  EXPECT_EQ(provider_kills_, 1);
  in_step_ = false;
  EXPECT_TRUE(comes(CallStage::kArrived));
  pass();
  EXPECT_EQ(lost_, 1);
  EXPECT_TRUE(comes(CallStage::kExecuted));
}

// Shows: so is it where the next provider comes so late that answers may come too late.
TEST_F(StrikesTest, SaysThatAnswersMayBeLate) {
  begin(1);
  strikes_.arm({CrashMoment::kProviderLosesCall, 1});
  EXPECT_FALSE(comes(CallStage::kArrived));
  pass();
  std::this_thread::sleep_for(kLongEnough);
  EXPECT_TRUE(comes(CallStage::kArrived));
  pass();
  EXPECT_EQ(lost_, 1);
  EXPECT_TRUE(comes(CallStage::kExecuted));
}

// Shows: while calls come, the provider lives.
TEST_F(StrikesTest, StrikesTheProviderInAQuietMoment) {
  begin(1);
  strikes_.arm({CrashMoment::kProviderHangs, 1});
  EXPECT_TRUE(comes(CallStage::kArrived));
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < 50ms) {
    EXPECT_TRUE(comes(CallStage::kArrived));
    strikes_.pass();
  }
  EXPECT_EQ(provider_stops_, 0);
  pass();
  EXPECT_EQ(provider_stops_, 1);
}

// Shows: while nobody can say what has got through the provider lives; after a while for good.
TEST_F(StrikesTest, StrikesTheProviderWhenItIsClearWhatGotThrough) {
  begin(1);
  in_step_ = false;
  strikes_.arm({CrashMoment::kProviderHangs, 1});
  EXPECT_TRUE(comes(CallStage::kArrived));
  std::future<bool> answer = comes_elsewhere(CallStage::kExecuted);
  pass();
  EXPECT_TRUE(returns(answer));
  EXPECT_EQ(provider_stops_, 0);
}

// Shows: a call may be lost with its provider.
TEST_F(StrikesTest, LosesTheNthCall) {
  begin(1);
  strikes_.arm({CrashMoment::kProviderLosesCall, 2});
  EXPECT_TRUE(comes(CallStage::kArrived));
  EXPECT_FALSE(comes(CallStage::kArrived));
  EXPECT_TRUE(comes(CallStage::kArrived));
  pass();
  EXPECT_EQ(provider_kills_, 1);
}

// Shows: a provider that hangs is stopped, and goes on after its time; no answer leaves meanwhile.
TEST_F(StrikesTest, StopsTheProvider) {
  begin(1);
  strikes_.arm({CrashMoment::kProviderHangs, 1});
  EXPECT_TRUE(comes(CallStage::kArrived));
  std::future<bool> answer = comes_elsewhere(CallStage::kExecuted);
  const auto begun = std::chrono::steady_clock::now();
  pass();
  EXPECT_GE(std::chrono::steady_clock::now() - begun, kProviderHang);
  EXPECT_TRUE(returns(answer));
  EXPECT_EQ(provider_stops_, 1);
  EXPECT_EQ(provider_wakes_, 1);
  EXPECT_EQ(provider_kills_, 0);
  EXPECT_EQ(lost_, 0);
}

// Shows: after some deaths the next provider takes its time.
TEST_F(StrikesTest, LetsTheNextProviderStartSlowly) {
  begin(1);
  strikes_.arm({CrashMoment::kProviderStartsSlowly, 1});
  std::future<bool> struck = comes_elsewhere(CallStage::kExecuted);
  EXPECT_TRUE(waits(struck));
  const auto begun = std::chrono::steady_clock::now();
  pass();
  strikes_.on_start(1);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, kProviderSlowStart);
  EXPECT_TRUE(returns(struck));
}

// Shows: what is to befall a provider ends with the life of its engine.
TEST_F(StrikesTest, ForgetsTheProviderWithItsEngine) {
  begin(1);
  strikes_.arm({CrashMoment::kProviderDies, 1});
  std::future<bool> struck = comes_elsewhere(CallStage::kExecuted);
  EXPECT_TRUE(waits(struck));
  strikes_.end_life();
  EXPECT_TRUE(returns(struck));
  begin(2);
  pass();
  strikes_.on_start(2);
  EXPECT_EQ(provider_kills_, 0);
}

// Shows: while the suite looks nothing strikes: the call that would waits until time passes.
TEST_F(StrikesTest, StrikesNothingWhileClosed) {
  begin(1);
  strikes_.close();
  strikes_.arm({CrashMoment::kBeforeCallApplied, 1});
  std::future<bool> call = comes_elsewhere(CallStage::kArrived);
  EXPECT_TRUE(waits(call));
  EXPECT_EQ(engine_kills_, 0);
  strikes_.open();
  EXPECT_TRUE(returns(call));
  EXPECT_EQ(engine_kills_, 1);
}

// Shows: disarming lets the call that waits go on, and nothing strikes any more.
TEST_F(StrikesTest, StrikesNothingOnceDisarmed) {
  begin(1);
  strikes_.close();
  strikes_.arm({CrashMoment::kAfterCallApplied, 1});
  std::future<bool> call = comes_elsewhere(CallStage::kExecuted);
  EXPECT_TRUE(waits(call));
  strikes_.disarm();
  EXPECT_TRUE(returns(call));
  strikes_.open();
  EXPECT_TRUE(comes(CallStage::kExecuted));
  EXPECT_EQ(engine_kills_, 0);
}

// Shows: a new life's calls get no further than their arrival until time passes for the first time.
TEST_F(StrikesTest, HoldsANewLifeUntilItWasLookedAt) {
  strikes_.begin_life(1);
  std::future<bool> call = comes_elsewhere(CallStage::kArrived);
  EXPECT_TRUE(waits(call));
  strikes_.release();
  EXPECT_TRUE(returns(call));
}

// Shows: with its life a call's waiting ends, whatever it waits for, and it strikes nobody.
TEST_F(StrikesTest, FreesWhoWaitsWhenTheLifeEnds) {
  strikes_.begin_life(1);
  strikes_.arm({CrashMoment::kBeforeCallApplied, 1});
  std::future<bool> strikes = comes_elsewhere(CallStage::kArrived);
  EXPECT_TRUE(waits(strikes));
  std::future<bool> held = comes_elsewhere(CallStage::kExecuted);
  EXPECT_TRUE(waits(held));
  strikes_.end_life();
  EXPECT_TRUE(returns(strikes));
  EXPECT_TRUE(returns(held));
  strikes_.open();
  EXPECT_EQ(engine_kills_, 0);
  EXPECT_THAT(strikes_.struck(), IsEmpty());
}

// Shows: who dies so long after its provider that calls may have waited in vain for the next one
// has taken along what became of them.
TEST_F(StrikesTest, SaysWhatGotLostWithTheEngine) {
  for (const bool in_vain : {false, true}) {
    begin(1);
    strikes_.arm({CrashMoment::kProviderLosesCall, 1});
    EXPECT_FALSE(comes(CallStage::kArrived));
    pass();
    if (in_vain) std::this_thread::sleep_for(kLongEnough);
    strikes_.end_life();
    EXPECT_EQ(lost_, in_vain ? 1 : 0);
  }
}

// Shows: a blow that is under way when its life ends, or all is reset, strikes nobody after it.
TEST_F(StrikesTest, ForgetsWhatIsUnderWay) {
  begin(1);
  strikes_.arm({CrashMoment::kAfterAnswer, 1});
  EXPECT_TRUE(comes(CallStage::kAnswered));
  EXPECT_THAT(strikes_.struck(), ElementsAre(Pair(CrashMoment::kAfterAnswer, 1)));
  strikes_.end_life();
  begin(2);
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < kMoment) strikes_.pass();
  EXPECT_EQ(engine_kills_, 0);
  strikes_.reset();
  EXPECT_THAT(strikes_.struck(), IsEmpty());
}

}  // namespace
}  // namespace squall::engines
