#include "simulation/link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/world_test.h"

namespace squall::simulation {
namespace {

using cloud::LogPhase;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

ProviderRequest create(const std::string& name) {
  ProviderRequest request;
  request.kind = CallKind::kCreate;
  request.type = kGenericResource;
  request.target = "target";
  request.label = name;
  request.token = "token-" + name;
  request.properties.set("Name", Json(name));
  return request;
}

struct Answer {
  ProviderReply reply;
  Duration after = Duration(0);
};

Task<void> call(World* world, ProviderRequest request, Duration deadline,
                std::vector<Answer>* answers) {
  Task<ProviderReply> calling =
      world->env->call(std::make_unique<ProviderRequest>(std::move(request)), deadline);
  ProviderReply reply = co_await std::move(calling);
  answers->push_back({.reply = std::move(reply), .after = world->elapsed()});
}

class LinkTest : public testing::Test {
 protected:
  void send(const std::string& name, Duration deadline = seconds(2)) {
    world.env->spawn(call(&world, create(name), deadline, &answers));
  }
  void inject(const std::string& fault, std::optional<ErrorCode> code, Duration delay) {
    cloud::FaultRule rule;
    rule.call = CallKind::kCreate;
    rule.effect = {.kind = fault, .code = code, .delay = delay};
    const auto injected = world.cloud.inject(rule);
    ASSERT_TRUE(injected) << injected.error().message;
  }
  std::vector<LogPhase> phases() const {
    std::vector<LogPhase> out;
    for (const cloud::LogRecord& record : world.cloud.records()) out.push_back(record.phase);
    return out;
  }

  World world;
  std::vector<Answer> answers;
};

// Shows: a call takes both legs and the service time, is executed once, and its true answer comes.
TEST_F(LinkTest, ACallGoesThereAndBack) {
  world.begin();
  send("a");
  EXPECT_TRUE(world.run());
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].reply.ok());
  EXPECT_EQ(answers[0].after, milliseconds(5));
  EXPECT_EQ(world.elapsed(), milliseconds(5)) << "its deadline must not be waited for";
  EXPECT_THAT(phases(), ElementsAre(LogPhase::kArrived, LogPhase::kExecuted, LogPhase::kAnswered));
  EXPECT_EQ(world.cloud.records()[0].time - kStartOfTime, milliseconds(2));
  EXPECT_EQ(world.cloud.records()[1].time - kStartOfTime, milliseconds(3));
  EXPECT_EQ(world.cloud.records()[2].time - kStartOfTime, milliseconds(5));
  EXPECT_THAT(world.observer.moments, ElementsAre("sent", "before-call", "changed", "answer"));
  EXPECT_EQ(world.link.messages(), 0U);
}

// Shows: calls in flight are counted, and the most at one time is remembered.
TEST_F(LinkTest, CallsInFlightAreCounted) {
  world.begin();
  send("a");
  send("b");
  send("c");
  while (world.executor.has_ready()) world.executor.step();
  EXPECT_EQ(world.link.in_flight(), 3U);
  world.run();
  EXPECT_EQ(answers.size(), 3U);
  send("d");
  world.run();
  EXPECT_EQ(world.link.in_flight(), 0U);
  EXPECT_EQ(world.link.peak_in_flight(), 3U);
}

// Shows: a call whose answer is late gets DeadlineExceeded at its deadline; the answer that comes
// afterwards is logged as undelivered.
TEST_F(LinkTest, TheDeadlineEndsTheWait) {
  inject("latency", std::nullopt, seconds(3));
  world.begin();
  send("a");
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].reply.status, ReplyStatus::kFailure);
  EXPECT_EQ(answers[0].reply.error, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(answers[0].after, seconds(2));
  EXPECT_EQ(world.elapsed(), seconds(3) + milliseconds(5));
  EXPECT_THAT(phases(), ElementsAre(LogPhase::kArrived, LogPhase::kExecuted, LogPhase::kAnswered,
                                    LogPhase::kUndelivered));
  EXPECT_EQ(world.observer.last_call.caller, CallerState::kGaveUp);
  EXPECT_EQ(world.cloud.view().size(), 1U) << "it took effect all the same";
  EXPECT_EQ(world.link.messages(), 0U);
}

// Shows: a lost reply is executed, and the caller hears something else.
TEST_F(LinkTest, ALostReplyIsAppliedAndNotTold) {
  inject("lost-reply", ErrorCode::kServiceTimeout, Duration(0));
  world.begin();
  send("a");
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].reply.error, ErrorCode::kServiceTimeout);
  EXPECT_FALSE(answers[0].reply.message.empty());
  EXPECT_EQ(world.cloud.view().size(), 1U);
}

// Shows: a reply lost in silence ends at the deadline, and nothing more happens after it.
TEST_F(LinkTest, ASilentlyLostReplyEndsAtTheDeadline) {
  inject("lost-reply", std::nullopt, Duration(0));
  world.begin();
  send("a", milliseconds(50));
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].reply.error, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(world.elapsed(), milliseconds(50));
  EXPECT_EQ(world.cloud.view().size(), 1U);
  EXPECT_THAT(phases(), ElementsAre(LogPhase::kArrived, LogPhase::kExecuted));
  EXPECT_EQ(world.link.messages(), 0U);
}

// Shows: a late delivery is executed after its caller was told that it failed.
TEST_F(LinkTest, ALateDeliveryIsExecutedAfterItsAnswer) {
  inject("late-delivery", ErrorCode::kNetworkFailure, milliseconds(100));
  world.begin();
  send("a");
  while (answers.empty()) ASSERT_TRUE(world.executor.step());
  EXPECT_EQ(answers[0].reply.error, ErrorCode::kNetworkFailure);
  EXPECT_THAT(world.cloud.view(), IsEmpty());
  world.run();
  EXPECT_EQ(world.cloud.view().size(), 1U);
  EXPECT_EQ(world.elapsed(), milliseconds(103));
  EXPECT_EQ(world.observer.last_call.caller, CallerState::kAnswered);
  EXPECT_TRUE(world.observer.last_call.told_otherwise);
}

// Shows: a duplicate is executed twice, the second time after its caller was answered, and
// answered once.
TEST_F(LinkTest, ADuplicateIsExecutedTwiceAndAnsweredOnce) {
  inject("duplicate-delivery", std::nullopt, milliseconds(20));
  world.begin();
  send("a");
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].reply.ok());
  EXPECT_EQ(answers[0].after, milliseconds(5));
  EXPECT_EQ(world.cloud.view().size(), 1U);
  EXPECT_THAT(phases(), ElementsAre(LogPhase::kArrived, LogPhase::kExecuted, LogPhase::kAnswered,
                                    LogPhase::kExecuted));
  EXPECT_EQ(world.elapsed(), milliseconds(23));
  EXPECT_EQ(world.link.messages(), 0U);
}

// Shows: what a fault says in place of the truth is what the caller hears.
TEST_F(LinkTest, AGarbledAnswerArrivesAsItWasSaid) {
  inject("malformed-reply", std::nullopt, Duration(0));
  world.begin();
  send("a");
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].reply.ok());
  EXPECT_EQ(answers[0].reply.native_id, "");
  EXPECT_FALSE(world.cloud.records()[1].reply->native_id.empty());
}

// Shows: an object that vanishes does so when its create has been answered.
TEST_F(LinkTest, AnObjectVanishesAfterItsAnswer) {
  inject("success-then-vanished", std::nullopt, Duration(0));
  world.begin();
  send("a");
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].reply.ok());
  EXPECT_THAT(world.cloud.view(), IsEmpty());
  EXPECT_THAT(phases(), ElementsAre(LogPhase::kArrived, LogPhase::kExecuted, LogPhase::kAnswered,
                                    LogPhase::kChanged));
}

// Shows: an error leaves the call unexecuted.
TEST_F(LinkTest, AnInjectedErrorIsAnsweredWithoutExecution) {
  inject("error", ErrorCode::kAccessDenied, Duration(0));
  world.begin();
  send("a");
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].reply.error, ErrorCode::kAccessDenied);
  EXPECT_THAT(world.cloud.view(), IsEmpty());
}

// Shows: a closed gate keeps calls, in order, until it is opened; a caller's deadline passes
// meanwhile, and its call is still carried out.
TEST_F(LinkTest, AClosedGateKeepsCallsUntilItOpens) {
  world.cloud.set_gate(false);
  world.begin();
  send("a", milliseconds(50));
  send("b", seconds(2));
  while (*world.executor.next_time() <= kStartOfTime + milliseconds(50)) world.executor.step();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].reply.error, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(world.cloud.records().empty());
  EXPECT_EQ(world.link.in_flight(), 1U);

  world.cloud.set_gate(true);
  world.cloud.set_gate(false);  // closed again before they passed: they are kept again
  world.executor.step();
  world.executor.step();
  EXPECT_TRUE(world.cloud.records().empty());
  world.cloud.set_gate(true);
  world.run();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[1].reply.ok());
  const cloud::CloudView view = world.cloud.view();
  ASSERT_EQ(view.size(), 2U);
  EXPECT_EQ(view[0].name, "a");
  EXPECT_EQ(view[1].name, "b");
  EXPECT_EQ(world.link.messages(), 0U);
}

// Shows: a call in flight at a crash is carried out all the same; its answer reaches nobody, not
// even the next incarnation's call of the same number, and is logged so.
TEST_F(LinkTest, CallsInFlightSurviveACrash) {
  world.begin();
  send("a");
  world.doom_at("before-call");
  EXPECT_FALSE(world.run());
  EXPECT_EQ(world.link.in_flight(), 0U);
  EXPECT_EQ(world.link.messages(), 1U);
  EXPECT_THAT(world.cloud.view(), IsEmpty());

  world.observer.at_moment = nullptr;
  world.begin();
  send("b");
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].reply.properties.at("Name"), "b");
  EXPECT_EQ(world.cloud.view().size(), 2U);
  const std::vector<cloud::Call> calls = cloud::calls_of(world.cloud.records());
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_FALSE(calls[0].delivered);
  EXPECT_TRUE(calls[1].delivered);
}

// Shows: struck after a call was applied, the engine is gone before the answer, and the link knows
// that there was such a call.
TEST_F(LinkTest, ACallAppliedAndUnansweredIsKnown) {
  world.begin();
  send("a");
  size_t applied = 0;
  world.observer.at_moment = [&](std::string_view moment) {
    if (moment != "changed") return;
    applied = world.link.applied_and_unanswered();
    world.executor.doom();
  };
  EXPECT_FALSE(world.run());
  EXPECT_EQ(applied, 1U);
  EXPECT_EQ(world.link.applied_and_unanswered(), 0U);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(world.cloud.view().size(), 1U);
}

Task<void> call_and_drop(World* world, std::vector<Answer>* answers) {
  Task<void> dropped = call(world, create("dropped"), seconds(2), answers);
  dropped.start();
  Task<void> rest = world->env->sleep(milliseconds(1));
  co_await std::move(rest);
}

// Shows: when the provider dies everybody who waits hears NetworkFailure at once, wherever their
// messages are; those are carried out all the same, and their answers reach nobody.
TEST_F(LinkTest, AProviderThatDiesAnswersNobody) {
  world.begin();
  send("a");
  world.observer.at_moment = [this](std::string_view now) {
    if (now == "changed" && answers.empty() && world.link.in_flight() == 1) send("b");
  };
  // "a" was executed, its answer is under way; "b" was sent, and has not arrived.
  while (world.link.in_flight() < 2) ASSERT_TRUE(world.executor.step());
  world.observer.at_moment = nullptr;
  world.link.provider_dies(milliseconds(60));
  world.run();
  ASSERT_EQ(answers.size(), 2U);
  for (const Answer& each : answers) {
    EXPECT_EQ(each.reply.error, ErrorCode::kNetworkFailure);
    EXPECT_EQ(each.after, milliseconds(3));
  }
  EXPECT_THAT(phases(),
              ElementsAre(LogPhase::kArrived, LogPhase::kExecuted, LogPhase::kArrived,
                          LogPhase::kExecuted, LogPhase::kAnswered, LogPhase::kUndelivered,
                          LogPhase::kAnswered, LogPhase::kUndelivered));
  EXPECT_EQ(world.cloud.records()[2].time - kStartOfTime, milliseconds(3))
      << "what the engine has called is on record before it can say so";
  EXPECT_EQ(world.cloud.view().size(), 2U);
  EXPECT_EQ(world.link.messages(), 0U);
}

// Shows: what is sent while there is no provider waits for the next one; its deadline does not.
TEST_F(LinkTest, CallsWaitForTheNextProvider) {
  world.begin();
  world.link.provider_dies(milliseconds(60));
  send("a");
  send("b", milliseconds(40));
  world.run();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].reply.error, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(answers[0].after, milliseconds(40));
  EXPECT_TRUE(answers[1].reply.ok());
  EXPECT_EQ(answers[1].after, milliseconds(65));
}

// Shows: a provider that dies again takes nothing along that waits for the next one.
TEST_F(LinkTest, WhatWaitsForAProviderIsNotLostWithTheLastOne) {
  world.begin();
  world.link.provider_dies(milliseconds(60));
  send("a");
  while (world.link.in_flight() == 0) ASSERT_TRUE(world.executor.step());
  world.link.provider_dies(milliseconds(10));
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].reply.ok());
}

// Shows: a call that is lost is on record, and never carried out nor answered.
TEST_F(LinkTest, ALostCallIsOnRecordOnly) {
  world.observer.loses_next_call = true;
  world.begin();
  send("a");
  world.run();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].reply.error, ErrorCode::kDeadlineExceeded);
  EXPECT_THAT(phases(), ElementsAre(LogPhase::kArrived));
  EXPECT_THAT(world.cloud.view(), IsEmpty());
  EXPECT_EQ(world.link.messages(), 0U);
}

// Shows: through a provider that hangs nothing gets, neither way; then all of it does, in order.
TEST_F(LinkTest, AProviderThatHangsDelaysBothWays) {
  world.begin();
  send("a");
  while (world.cloud.records().size() < 2) ASSERT_TRUE(world.executor.step());
  send("b");
  world.link.provider_hangs(milliseconds(300));
  world.run();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].reply.ok());
  EXPECT_EQ(answers[0].after, milliseconds(303));
  EXPECT_EQ(answers[1].after, milliseconds(306));
}

// Shows: dropping the coroutine of a call is giving up: it no longer counts, and is carried out.
TEST_F(LinkTest, ADroppedCallIsGivenUp) {
  world.begin();
  world.env->spawn(call_and_drop(&world, &answers));
  world.run();
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(world.link.in_flight(), 0U);
  EXPECT_EQ(world.link.messages(), 0U);
  EXPECT_EQ(world.observer.last_call.caller, CallerState::kGaveUp);
  EXPECT_EQ(world.cloud.view().size(), 1U);
}

// Shows: a deviation named by kind of event and resource delays that resource's call only.
TEST_F(LinkTest, DeviationsDelayTheCallsOfOneResource) {
  world.executor.set_deviations({{.entity = entity(EventKind::kRequestArrives, "a"),
                                  .ordinal = 1,
                                  .extra_delay = milliseconds(10)}});
  world.begin();
  send("a");
  send("b");
  world.run();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].reply.properties.at("Name"), "b");
  EXPECT_EQ(answers[1].after, milliseconds(15));
}

}  // namespace
}  // namespace squall::simulation
