#include "provider/shared_cloud.h"

#include <gtest/gtest.h>

#include <thread>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"

namespace squall {
namespace {

using namespace std::chrono_literals;

ProviderRequest create(const std::string& name) {
  ProviderRequest request;
  request.kind = CallKind::kCreate;
  request.type = kGenericResource;
  request.label = name;
  request.token = "token-" + name;
  request.properties.set("Name", Json(name));
  return request;
}

class SharedCloudTest : public testing::Test {
 protected:
  void inject(const std::string& kind, std::optional<ErrorCode> code, Duration delay = 0us) {
    shared.locked([&](cloud::Cloud& each) {
      cloud::FaultRule rule;
      rule.call = CallKind::kCreate;
      rule.effect = {.kind = kind, .code = code, .delay = delay};
      const auto injected = each.inject(rule);
      ASSERT_TRUE(injected) << injected.error().message;
    });
  }
  size_t objects() {
    size_t count = 0;
    shared.locked([&](cloud::Cloud& each) { count = each.view().size(); });
    return count;
  }
  size_t records(cloud::LogPhase phase) {
    size_t count = 0;
    shared.locked([&](cloud::Cloud& each) {
      for (const cloud::LogRecord& record : each.records()) count += record.phase == phase ? 1 : 0;
    });
    return count;
  }
  static Patience patient_for(Duration deadline) {
    Patience out;
    out.deadline = deadline;
    return out;
  }

  cloud::Cloud cloud = cloud::Cloud(cloud::built_in_types(), 1);
  SharedCloud shared = SharedCloud(cloud);
};

// Shows: a plain call is answered with the truth, and its time is that of the clock.
TEST_F(SharedCloudTest, PlainCall) {
  const Instant before = shared.now();
  const ProviderReply reply = shared.call(create("a"), {});
  EXPECT_TRUE(reply.ok());
  EXPECT_EQ(records(cloud::LogPhase::kAnswered), 1U);
  EXPECT_EQ(records(cloud::LogPhase::kUndelivered), 0U);
  shared.locked([&](cloud::Cloud& each) {
    EXPECT_GE(each.records()[0].time, before);
    EXPECT_LE(each.records()[2].time, shared.now());
  });
}

// Shows: latency takes its time, in real time.
TEST_F(SharedCloudTest, Latency) {
  inject("latency", std::nullopt, 30ms);
  const auto started = std::chrono::steady_clock::now();
  EXPECT_TRUE(shared.call(create("a"), {}).ok());
  EXPECT_GE(std::chrono::steady_clock::now() - started, 30ms);
}

// Shows: a lost reply is told as such although the call was carried out.
TEST_F(SharedCloudTest, LostReply) {
  inject("lost-reply", ErrorCode::kServiceTimeout);
  EXPECT_EQ(shared.call(create("a"), {}).error, ErrorCode::kServiceTimeout);
  EXPECT_EQ(objects(), 1U);
}

// Shows: a hanging call ends at its caller's deadline, and did nothing.
TEST_F(SharedCloudTest, HangEndsAtTheDeadline) {
  inject("hang", std::nullopt);
  EXPECT_EQ(shared.call(create("a"), patient_for(20ms)).error, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(objects(), 0U);
  EXPECT_EQ(shared.pending(), 0U);
}

// Shows: a late delivery is carried out after its caller has heard that it is not known.
TEST_F(SharedCloudTest, LateDelivery) {
  inject("late-delivery", std::nullopt, 100ms);
  EXPECT_EQ(shared.call(create("a"), patient_for(10ms)).error, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(objects(), 0U);
  EXPECT_EQ(shared.pending(), 1U);
  EXPECT_TRUE(shared.wait_until_idle(10s));
  EXPECT_EQ(objects(), 1U);
}

// Shows: a request that is delivered twice is carried out twice, and answered once.
TEST_F(SharedCloudTest, DuplicateDelivery) {
  inject("duplicate-delivery", std::nullopt, 20ms);
  EXPECT_TRUE(shared.call(create("a"), {}).ok());
  EXPECT_TRUE(shared.wait_until_idle(10s));
  EXPECT_EQ(records(cloud::LogPhase::kExecuted), 2U);
  EXPECT_EQ(records(cloud::LogPhase::kAnswered), 1U);
  EXPECT_EQ(objects(), 1U) << "the same token";
}

// Shows: a caller that dies does not wait, and the answer that comes after it is logged as such.
TEST_F(SharedCloudTest, ACallerThatDies) {
  inject("latency", std::nullopt, 200ms);
  std::stop_source killed;
  Patience patience = patient_for(60s);
  patience.killed = killed.get_token();
  std::jthread killer([&] {
    while (records(cloud::LogPhase::kArrived) == 0) std::this_thread::yield();
    killed.request_stop();
  });
  EXPECT_EQ(shared.call(create("a"), patience).error, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(shared.wait_until_idle(10s));
  EXPECT_EQ(records(cloud::LogPhase::kUndelivered), 1U);
}

// Shows: who is asked to stop waits for the grace and no longer.
TEST_F(SharedCloudTest, StopLeavesTheGrace) {
  inject("hang", std::nullopt);
  std::stop_source stop;
  stop.request_stop();
  Patience patience = patient_for(60s);
  patience.stop = stop.get_token();
  patience.grace = 10ms;
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(shared.call(create("a"), patience).error, ErrorCode::kDeadlineExceeded);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 30s);
}

// Shows: at a closed gate calls wait, also those whose callers gave up; open, it lets them all in.
TEST_F(SharedCloudTest, Gate) {
  shared.locked([](cloud::Cloud& each) { each.set_gate(false); });
  EXPECT_EQ(shared.call(create("a"), patient_for(10ms)).error, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(records(cloud::LogPhase::kArrived), 0U);
  std::jthread opener([&] {
    while (shared.pending() < 2) std::this_thread::yield();
    shared.locked([](cloud::Cloud& each) { each.set_gate(true); });
  });
  EXPECT_TRUE(shared.call(create("b"), {}).ok());
  EXPECT_EQ(objects(), 2U);
}

// Shows: after a reset nothing of before happens any more: a late delivery, a call at the gate, an
// answer; who waits for it gives up at its deadline.
TEST_F(SharedCloudTest, Reset) {
  inject("late-delivery", std::nullopt, 1s);
  EXPECT_EQ(shared.call(create("a"), patient_for(1ms)).error, ErrorCode::kDeadlineExceeded);
  shared.locked([](cloud::Cloud& each) { each.set_gate(false); });
  EXPECT_EQ(shared.call(create("b"), patient_for(1ms)).error, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(shared.pending(), 2U);
  shared.reset();
  EXPECT_EQ(shared.pending(), 0U);
  EXPECT_TRUE(shared.call(create("c"), {}).ok());
  EXPECT_EQ(objects(), 1U);
  EXPECT_EQ(records(cloud::LogPhase::kArrived), 1U);
}

// Shows: many threads at once lose no call.
TEST_F(SharedCloudTest, ManyThreads) {
  shared.locked([](cloud::Cloud& each) {
    cloud::Behaviours behaviours;
    behaviours.latency = {.kind = cloud::LatencyModel::Kind::kUniform, .typical = 1ms};
    ASSERT_TRUE(each.set_behaviours(behaviours));
  });
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([this, i] {
        for (int j = 0; j < 10; ++j) {
          EXPECT_TRUE(shared.call(create(std::to_string(i) + "-" + std::to_string(j)), {}).ok());
        }
      });
    }
  }
  EXPECT_EQ(objects(), 200U);
}

}  // namespace
}  // namespace squall
