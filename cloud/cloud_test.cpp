#include "cloud/cloud.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using namespace std::chrono_literals;
using testing::array;
using testing::at_ms;
using testing::create_request;
using testing::delete_request;
using testing::kA;
using testing::object;
using testing::read_request;
using testing::settle_request;
using testing::update_request;

class CloudTest : public ::testing::Test {
 protected:
  // Carries one call as its Delivery says, one execution at most, and returns what the caller
  // hears; nullopt: nothing.
  std::optional<ProviderReply> carry(const ProviderRequest& request, Instant now = at_ms(0)) {
    const Cloud::Arrival arrival = cloud.arrive(request, now);
    const Delivery& delivery = arrival.delivery;
    std::optional<ProviderReply> answer;
    if (delivery.answer_instead) {
      answer = ProviderReply::failure(*delivery.answer_instead, delivery.words);
      cloud.answered(arrival.call, *answer, true, now + *delivery.answer_after);
    }
    if (!delivery.execute_after.empty()) {
      const Instant then = now + delivery.execute_after.front();
      const ProviderReply truth = cloud.execute(arrival.call, then);
      if (!delivery.answer_instead && delivery.answer_after) {
        answer = truth;
        cloud.answered(arrival.call, truth, true, now + *delivery.answer_after);
      }
    }
    return answer;
  }
  NativeId make(std::string_view properties, std::string token = "") {
    const auto reply = carry(create_request(properties, std::move(token)));
    EXPECT_TRUE(reply && reply->ok());
    return reply->native_id;
  }
  void inject(FaultEffect effect, std::optional<CallKind> call = std::nullopt,
              std::string label = "") {
    FaultRule rule;
    rule.effect = std::move(effect);
    rule.call = call;
    rule.label = std::move(label);
    const Result<RuleId> injected = cloud.inject(rule);
    EXPECT_TRUE(injected.has_value()) << injected.error().message;
  }
  FaultCount count(const std::string& fault, CallKind call) {
    const FaultTable table = cloud.fault_table();
    const auto found = table.find({fault, call});
    return found == table.end() ? FaultCount() : found->second;
  }
  void expect_count(const std::string& fault, CallKind call, uint64_t fired, uint64_t mattered) {
    EXPECT_EQ(count(fault, call).fired, fired) << fault;
    EXPECT_EQ(count(fault, call).mattered, mattered) << fault;
  }
  std::vector<Call> calls() { return calls_of(cloud.records()); }

  Cloud cloud{generic_types(), 1};
};

// Shows: a call without a fault is executed and answered at once, and its records say everything.
TEST_F(CloudTest, LogsACallFromArrivalToAnswer) {
  const Cloud::Arrival arrival = cloud.arrive(create_request(kA, "k"), at_ms(5));
  EXPECT_EQ(arrival.call, 1U);
  EXPECT_EQ(arrival.delivery.execute_after, std::vector<Duration>{0ms});
  EXPECT_EQ(arrival.delivery.answer_after, Duration(0));
  EXPECT_FALSE(arrival.delivery.answer_instead.has_value());
  const ProviderReply reply = cloud.execute(arrival.call, at_ms(6));
  cloud.answered(arrival.call, reply, true, at_ms(7));

  const std::vector<LogRecord> log = cloud.log(0);
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log[0].phase, LogPhase::kArrived);
  EXPECT_EQ(log[0].request->token, "k");
  EXPECT_EQ(log[0].resource_name, "a");
  EXPECT_EQ(log[1].phase, LogPhase::kExecuted);
  EXPECT_EQ(log[1].change->effect, Effect::kCreated);
  EXPECT_EQ(log[1].request, log[0].request);
  EXPECT_EQ(log[2].phase, LogPhase::kAnswered);
  EXPECT_EQ(log[2].reply->native_id, "generic-1");
  EXPECT_EQ(log[2].time, at_ms(7));
  EXPECT_EQ(log[2].resource_name, "a");
  EXPECT_EQ(cloud.log_end(), 3U);
  EXPECT_EQ(cloud.log(2).size(), 1U);
}

// Shows: an answer to a caller that is gone is written twice: said, and not delivered.
TEST_F(CloudTest, LogsAnUndeliveredAnswer) {
  const Cloud::Arrival arrival = cloud.arrive(create_request(kA), at_ms(0));
  cloud.answered(arrival.call, cloud.execute(arrival.call, at_ms(0)), false, at_ms(1));
  EXPECT_EQ(cloud.log(0).back().phase, LogPhase::kUndelivered);
  EXPECT_TRUE(calls()[0].answered_sequence.has_value());
  EXPECT_FALSE(calls()[0].delivered);
}

// Shows: the carriers' way without copies leaves the same log as the plain one.
TEST_F(CloudTest, SharedCallsLogTheSame) {
  Cloud other(catalogue_of(generic_types()), 1);
  const auto arrival = other.arrive_shared(
      std::make_shared<const ProviderRequest>(create_request(kA, "k")), at_ms(0));
  const auto reply = other.execute_shared(arrival.call, at_ms(0));
  other.answered_shared(arrival.call, reply, true, at_ms(0));
  carry(create_request(kA, "k"));
  LogHash a;
  LogHash b;
  for (const LogRecord& record : cloud.records()) a.add(record);
  for (const LogRecord& record : other.records()) b.add(record);
  EXPECT_EQ(a.value(), b.value());
  EXPECT_EQ(other.records()[2].reply, other.records()[1].reply);
}

// Shows: a create executed after its token was settled as unused is refused: no late orphan.
TEST_F(CloudTest, LateCreateIsRefusedAfterSettle) {
  inject({"late-delivery", ErrorCode::kServiceTimeout, 100ms}, CallKind::kCreate);
  const Cloud::Arrival late = cloud.arrive(create_request(kA, "k"), at_ms(0));
  ASSERT_EQ(late.delivery.execute_after, std::vector<Duration>{100ms});
  const auto settled = carry(settle_request("k"), at_ms(10));
  ASSERT_TRUE(settled && settled->ok());
  EXPECT_EQ(settled->native_id, "");
  const ProviderReply truth = cloud.execute(late.call, at_ms(100));
  EXPECT_EQ(truth.error, ErrorCode::kInvalidRequest);
  EXPECT_TRUE(cloud.view().empty());
  expect_count("late-delivery", CallKind::kCreate, 1, 1);
}

// Shows: a create whose reply was lost has made its object; the retry with its token finds it.
TEST_F(CloudTest, LostReplyLeavesTheObject) {
  inject({"lost-reply", ErrorCode::kNetworkFailure, 0ms}, CallKind::kCreate, "a");
  const auto first = carry(create_request(kA, "k"));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->error, ErrorCode::kNetworkFailure);
  const auto second = carry(create_request(kA, "k"));
  ASSERT_TRUE(second && second->ok());
  EXPECT_EQ(second->native_id, "generic-1");
  EXPECT_EQ(cloud.view().size(), 1U);
  EXPECT_EQ(calls()[0].fault, "lost-reply");
  EXPECT_EQ(calls()[0].executions[0].change.effect, Effect::kCreated);
  EXPECT_EQ(calls()[0].answer->error, ErrorCode::kNetworkFailure);
}

// Shows: a silent lost reply executes and never answers.
TEST_F(CloudTest, SilentLostReplyNeverAnswers) {
  inject({"lost-reply", std::nullopt, 0ms}, CallKind::kCreate);
  EXPECT_FALSE(carry(create_request(kA)).has_value());
  EXPECT_EQ(cloud.view().size(), 1U);
  EXPECT_FALSE(calls()[0].answered_sequence.has_value());
}

// Shows: error, throttling and hang leave the truth alone.
TEST_F(CloudTest, FaultsWithoutExecutionChangeNothing) {
  inject({"error", ErrorCode::kInternalFailure, 0ms});
  inject({"hang", std::nullopt, 0ms});
  FaultRule throttling;
  throttling.nth = 3;
  throttling.effect = {"throttling", std::nullopt, 0ms};
  ASSERT_TRUE(cloud.inject(throttling).has_value());
  EXPECT_EQ(carry(create_request(kA))->error, ErrorCode::kInternalFailure);
  EXPECT_TRUE(carry(create_request(kA))->ok()) << "the hang counted the first call as its own";
  EXPECT_EQ(carry(create_request(kA))->error, ErrorCode::kThrottling);
  EXPECT_EQ(cloud.view().size(), 1U);
  inject({"hang", std::nullopt, 0ms});
  EXPECT_FALSE(carry(create_request(kA)).has_value());
  EXPECT_EQ(cloud.view().size(), 1U);
}

// Shows: a fault mattered where the call would have succeeded, and fired either way.
TEST_F(CloudTest, CountsFaultsThatMattered) {
  const NativeId id = make(kA);
  const std::vector<FaultEffect> effects = {{"error", ErrorCode::kAccessDenied, 0ms},
                                            {"throttling", std::nullopt, 0ms},
                                            {"hang", std::nullopt, 0ms},
                                            {"lost-reply", std::nullopt, 0ms},
                                            {"late-delivery", std::nullopt, 1ms}};
  for (const FaultEffect& effect : effects) {
    inject(effect, CallKind::kUpdate);
    cloud.arrive(update_request("generic-99", "[]"), at_ms(0));
    expect_count(effect.kind, CallKind::kUpdate, 1, 0);
    inject(effect, CallKind::kUpdate);
    cloud.arrive(update_request(id, R"([{"op":"remove","path":"/Value"}])"), at_ms(0));
    expect_count(effect.kind, CallKind::kUpdate, 2, 1);
    expect_count(effect.kind, CallKind::kDelete, 0, 0);
  }
  EXPECT_EQ(cloud.view()[0].version, 1) << "counting must not execute anything";
}

// Shows: the dry run of a fault takes nothing from the rate limit.
TEST_F(CloudTest, CountingCostsNoRate) {
  Behaviours slow;
  slow.rate_per_second = 1;
  ASSERT_TRUE(cloud.set_behaviours(slow).has_value());
  inject({"hang", std::nullopt, 0ms});
  cloud.arrive(create_request(kA), at_ms(0));
  EXPECT_TRUE(carry(create_request(kA))->ok());
}

// Shows: latency mattered where something else was written to the log before the execution.
TEST_F(CloudTest, LatencyMattersByOrder) {
  inject({"latency", std::nullopt, 20ms});
  EXPECT_TRUE(carry(create_request(kA))->ok());
  expect_count("latency", CallKind::kCreate, 1, 0);
  inject({"latency", std::nullopt, 20ms});
  const Cloud::Arrival slow = cloud.arrive(create_request(kA), at_ms(50));
  ASSERT_TRUE(cloud.put(std::string(kGenericResource), "t", object(kA)).has_value());
  cloud.execute(slow.call, at_ms(70));
  expect_count("latency", CallKind::kCreate, 2, 1);
  cloud.execute(slow.call, at_ms(71));
  expect_count("latency", CallKind::kCreate, 2, 1);
}

// Shows: a programmed response comes before the rules, is used once, and changes nothing; one
// without a code lets its call pass.
TEST_F(CloudTest, AnswersAsProgrammed) {
  const NativeId id = make(kA);
  cloud.program({"a", CallKind::kDelete, std::nullopt});
  cloud.program({"a", CallKind::kUpdate, std::nullopt});
  cloud.program({"a", CallKind::kUpdate, ErrorCode::kThrottling});
  const std::string_view patch = R"([{"op":"replace","path":"/Value","value":"2"}])";
  EXPECT_TRUE(carry(update_request(id, patch))->ok());
  const auto second = carry(update_request(id, patch));
  EXPECT_EQ(second->error, ErrorCode::kThrottling);
  EXPECT_EQ(second->message, "Throttling (programmed response)");
  EXPECT_TRUE(carry(update_request(id, patch))->ok());
  EXPECT_EQ(calls()[2].fault, "programmed-response");
  EXPECT_TRUE(calls()[2].executions.empty());
  expect_count("programmed-response", CallKind::kUpdate, 1, 1);
  EXPECT_EQ(cloud.withdraw("a", CallKind::kDelete), 1U);
  EXPECT_EQ(cloud.withdraw("a", CallKind::kDelete), 0U);
}

// Shows: a rule counts a call that a programmed response takes, so its place does not shift.
TEST_F(CloudTest, RulesCountProgrammedCalls) {
  FaultRule rule;
  rule.nth = 2;
  rule.effect = {"hang", std::nullopt, 0ms};
  ASSERT_TRUE(cloud.inject(rule).has_value());
  cloud.program({"a", CallKind::kCreate, ErrorCode::kThrottling});
  EXPECT_EQ(carry(create_request(kA))->error, ErrorCode::kThrottling);
  EXPECT_FALSE(carry(create_request(kA)).has_value());
}

// Shows: a bad rule is refused, and nothing of the cloud changes.
TEST_F(CloudTest, RefusesBadRules) {
  FaultRule rule;
  rule.effect = {"gremlins", std::nullopt, 0ms};
  EXPECT_FALSE(cloud.inject(rule).has_value());
  rule.effect = {"error", std::nullopt, 0ms};
  EXPECT_FALSE(cloud.inject(rule).has_value());
  EXPECT_TRUE(carry(create_request(kA))->ok());
  EXPECT_TRUE(cloud.fault_table().empty());
}

// Shows: cleared rules hit nothing more; what they did stays counted.
TEST_F(CloudTest, ClearsRules) {
  FaultRule rule;
  rule.count = 5;
  rule.effect = {"throttling", std::nullopt, 0ms};
  ASSERT_TRUE(cloud.inject(rule).has_value());
  EXPECT_FALSE(carry(create_request(kA))->ok());
  cloud.clear_rules();
  EXPECT_TRUE(carry(create_request(kA))->ok());
  expect_count("throttling", CallKind::kCreate, 1, 1);
}

// Shows: the carrier hears of every opening of the gate, once.
TEST_F(CloudTest, GateTellsWhenItOpens) {
  int opened = 0;
  cloud.on_gate_opened([&] { ++opened; });
  EXPECT_TRUE(cloud.gate_open());
  cloud.set_gate(true);
  EXPECT_EQ(opened, 0);
  cloud.set_gate(false);
  EXPECT_FALSE(cloud.gate_open());
  cloud.set_gate(true);
  EXPECT_TRUE(cloud.gate_open());
  EXPECT_EQ(opened, 1);
}

// Shows: a call that comes through a closed gate is a mistake of the carrier's, and caught.
TEST_F(CloudTest, ArrivalNeedsAnOpenGate) {
  cloud.set_gate(false);
  EXPECT_DEATH(cloud.arrive(create_request(kA), at_ms(0)), "gate_is_open");
}

// Shows: a call that never arrived cannot be executed.
TEST_F(CloudTest, ExecutionNeedsAnArrival) {
  EXPECT_DEATH(cloud.execute(1, at_ms(0)), "calls.size");
}

// Shows: drift is in the log as a change of nobody's call, with time, name, before and after.
TEST_F(CloudTest, DriftIsLogged) {
  cloud.set_time(at_ms(9));
  const Result<NativeId> id = cloud.put(std::string(kGenericResource), "t", object(kA));
  ASSERT_TRUE(id.has_value());
  ASSERT_TRUE(cloud.patch(*id, array(R"([{"op":"remove","path":"/Value"}])")).has_value());
  ASSERT_TRUE(cloud.patch(*id, JsonArray()).has_value());
  ASSERT_TRUE(cloud.remove(*id).has_value());
  EXPECT_FALSE(cloud.remove(*id).has_value());
  const std::vector<LogRecord> log = cloud.log(0);
  ASSERT_EQ(log.size(), 3U) << "a patch that changes nothing is no drift";
  for (const LogRecord& record : log) {
    EXPECT_EQ(record.phase, LogPhase::kChanged);
    EXPECT_EQ(record.call, 0U);
    EXPECT_EQ(record.request, nullptr);
    EXPECT_EQ(record.resource_name, "a");
    EXPECT_EQ(record.time, at_ms(9));
  }
  EXPECT_EQ(log[1].change->effect, Effect::kUpdated);
  EXPECT_EQ(log[2].change->effect, Effect::kDeleted);
  EXPECT_EQ(log[2].change->version_before, 2);
}

// Shows: the view tells every live object, who made it, and in which order.
TEST_F(CloudTest, ViewShowsLiveObjects) {
  make(kA);
  ASSERT_TRUE(cloud.put(std::string(kGenericResource), "u", object(R"({"Name":"b"})")).has_value());
  make(R"({"Name":"c"})");
  ASSERT_TRUE(carry(delete_request("generic-3"))->ok());
  const CloudView view = cloud.view();
  ASSERT_EQ(view.size(), 2U);
  EXPECT_EQ(view[0].native_id, "generic-1");
  EXPECT_EQ(view[0].type, kGenericResource);
  EXPECT_EQ(view[0].target, "t");
  EXPECT_EQ(view[0].name, "a");
  EXPECT_EQ(view[0].version, 1);
  EXPECT_TRUE(view[0].made_by_engine);
  EXPECT_FALSE(view[1].made_by_engine);
  EXPECT_EQ(view[1].properties.at("Id").as_string(), "generic-2");
}

// Shows: restoring brings back objects, versions, tokens and the counter; the log goes on.
TEST_F(CloudTest, RestoresASnapshot) {
  make(kA, "k");
  const auto snapshot = cloud.snapshot();
  const uint64_t digest = cloud.digest();
  carry(update_request("generic-1", R"([{"op":"remove","path":"/Value"}])"));
  make(R"({"Name":"b"})", "l");
  carry(settle_request("m"));
  carry(delete_request("generic-1"));
  EXPECT_NE(cloud.digest(), digest);
  const uint64_t end = cloud.log_end();

  cloud.restore(snapshot);
  EXPECT_EQ(cloud.digest(), digest);
  EXPECT_EQ(cloud.log_end(), end);
  const CloudView view = cloud.view();
  ASSERT_EQ(view.size(), 1U);
  EXPECT_EQ(view[0].version, 1);
  EXPECT_EQ(make(kA, "k"), "generic-1") << "the token is bound again";
  EXPECT_EQ(make(R"({"Name":"x"})", "m"), "generic-2") << "neither void nor counted";
  cloud.restore(snapshot);
  EXPECT_EQ(cloud.digest(), digest) << "a snapshot can be restored more than once";
}

// Shows: a reset cloud is as new, also its standing rules' seed; the carrier stays connected.
TEST_F(CloudTest, ResetsToNew) {
  int opened = 0;
  cloud.on_gate_opened([&] { ++opened; });
  make(kA, "k");
  FaultRule rule;
  rule.permille = 1000;
  rule.effect = {"hang", std::nullopt, 0ms};
  ASSERT_TRUE(cloud.inject(rule).has_value());
  carry(read_request("generic-1"));
  cloud.program({"a", CallKind::kCreate, ErrorCode::kGone});
  Behaviours other;
  other.create_tokens = other.versions = false;
  ASSERT_TRUE(cloud.set_behaviours(other).has_value());
  cloud.set_gate(false);

  cloud.reset();
  EXPECT_EQ(opened, 1) << "the gate opened";
  EXPECT_TRUE(cloud.gate_open());
  EXPECT_TRUE(cloud.view().empty());
  EXPECT_EQ(cloud.log_end(), 0U);
  EXPECT_TRUE(cloud.fault_table().empty());
  EXPECT_EQ(cloud.behaviours(), Behaviours());
  EXPECT_EQ(make(R"({"Name":"a"})", "k"), "generic-1");
  EXPECT_EQ(calls()[0].id, 1U);
}

// Shows: behaviours that make no sense are refused, and the old ones stay.
TEST_F(CloudTest, RefusesBadBehaviours) {
  Behaviours negative;
  negative.consistency_window = -1ms;
  Behaviours slow;
  slow.latency.typical = std::chrono::hours(1);
  Behaviours patient;
  patient.status_polls = 1001;
  for (const Behaviours& bad : {negative, slow, patient}) {
    const Result<void> set = cloud.set_behaviours(bad);
    ASSERT_FALSE(set.has_value());
    EXPECT_TRUE(set.error().message.starts_with("cannot set the behaviours"));
    EXPECT_EQ(cloud.behaviours(), Behaviours());
  }
}

// Shows: a call that no fault delays takes the time of the cloud's latency, answers that a fault
// gives too; one that a fault delays takes that time.
TEST_F(CloudTest, CallsTakeTheirTime) {
  Behaviours slow;
  slow.latency.typical = 7ms;
  ASSERT_TRUE(cloud.set_behaviours(slow).has_value());
  const Delivery plain = cloud.arrive(create_request(kA), at_ms(0)).delivery;
  EXPECT_EQ(plain.execute_after, std::vector<Duration>{7ms});
  EXPECT_EQ(plain.answer_after, Duration(7ms));
  inject({"error", ErrorCode::kAccessDenied, 0ms});
  EXPECT_EQ(cloud.arrive(create_request(kA), at_ms(0)).delivery.answer_after, Duration(7ms));
  inject({"latency", std::nullopt, 20ms});
  EXPECT_EQ(cloud.arrive(create_request(kA), at_ms(0)).delivery.answer_after, Duration(20ms));
}

// Shows: the counter of ids can be set, and refuses what would give an id twice.
TEST_F(CloudTest, SetsTheIdCounter) {
  ASSERT_TRUE(cloud.set_id_counter(10).has_value());
  EXPECT_EQ(make(kA), "generic-10");
  const Result<void> back = cloud.set_id_counter(10);
  ASSERT_FALSE(back.has_value());
  EXPECT_NE(back.error().message.find("10"), std::string::npos);
}

}  // namespace
}  // namespace squall::cloud
