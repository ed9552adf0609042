// The faults that change how a call is executed, or what is said of it.
#include <gtest/gtest.h>

#include "cloud/cloud.h"
#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using namespace std::chrono_literals;
using testing::array;
using testing::at_ms;
using testing::create_request;
using testing::delete_request;
using testing::kA;
using testing::kSetValue;
using testing::read_request;
using testing::request_for;
using testing::settle_request;
using testing::update_request;

class ExecutionFaultsTest : public ::testing::Test {
 protected:
  // Arrives, is executed as often as the Delivery says, and answered with what was said first.
  ProviderReply carry(const ProviderRequest& request, Instant now = at_ms(0)) {
    const Cloud::Arrival arrival = cloud.arrive(request, now);
    EXPECT_FALSE(arrival.delivery.answer_instead.has_value());
    std::optional<ProviderReply> said;
    for (const Duration after : arrival.delivery.execute_after) {
      ProviderReply reply = cloud.execute(arrival.call, now + after);
      if (!said) said = std::move(reply);
    }
    cloud.answered(arrival.call, *said, true, now);
    return *said;
  }
  // The same call, hit by a fault.
  ProviderReply carry_with(FaultEffect effect, const ProviderRequest& request,
                           Instant now = at_ms(0)) {
    FaultRule rule;
    rule.effect = std::move(effect);
    rule.call = request.kind;
    const Result<RuleId> injected = cloud.inject(rule);
    EXPECT_TRUE(injected.has_value()) << injected.error().message;
    return carry(request, now);
  }
  void expect_count(const std::string& fault, CallKind call, uint64_t fired, uint64_t mattered) {
    const FaultTable table = cloud.fault_table();
    const auto found = table.find({fault, call});
    const FaultCount count = found == table.end() ? FaultCount() : found->second;
    EXPECT_EQ(count.fired, fired) << fault;
    EXPECT_EQ(count.mattered, mattered) << fault;
  }
  ProviderRequest poll(const std::string& request_id) {
    ProviderRequest request = request_for(CallKind::kStatus, "");
    request.request_id = request_id;
    return request;
  }
  void behave(uint32_t polls, Duration window = 0ms) {
    Behaviours behaviours;
    behaviours.status_polls = polls;
    behaviours.consistency_window = window;
    ASSERT_TRUE(cloud.set_behaviours(behaviours).has_value());
  }
  const JsonObject& truth_of(const NativeId& id) { return *cloud.state().find(id)->properties(); }

  Cloud cloud{generic_types(), 1};
};

// Shows: a call delivered twice is executed twice, and has its effect once; the caller hears the
// first answer.
TEST_F(ExecutionFaultsTest, DuplicateDelivery) {
  const FaultEffect twice = {"duplicate-delivery", std::nullopt, 5ms};
  EXPECT_EQ(carry_with(twice, create_request(kA, "k")).native_id, "generic-1");
  EXPECT_EQ(cloud.view().size(), 1U);
  EXPECT_EQ(carry_with(twice, update_request("generic-1", kSetValue, 1)).version, 2);
  EXPECT_EQ(cloud.view()[0].version, 2);
  EXPECT_TRUE(carry_with(twice, delete_request("generic-1", 2)).ok());
  const std::vector<Call> calls = calls_of(cloud.records());
  ASSERT_EQ(calls.size(), 3U);
  for (const Call& call : calls) {
    ASSERT_EQ(call.executions.size(), 2U);
    EXPECT_NE(call.executions[0].change.effect, Effect::kNone);
    EXPECT_EQ(call.executions[1].change.effect, Effect::kNone);
  }
  EXPECT_EQ(calls[1].executions[1].reply->error, ErrorCode::kResourceConflict);
  expect_count("duplicate-delivery", CallKind::kCreate, 1, 1);
}

// Shows: a create applied in part leaves some properties, those it cannot be without among them;
// the same create again stores the rest, and once only.
TEST_F(ExecutionFaultsTest, PartialCreate) {
  const auto create = create_request(
      R"({"Name":"a","Value":"1","SetTags":["x"],"OrderedItems":["y"],"EntityTags":[]})", "k");
  const ProviderReply reply =
      carry_with({"partial-apply", ErrorCode::kInternalFailure, 0ms}, create);
  EXPECT_EQ(reply.error, ErrorCode::kInternalFailure);
  EXPECT_EQ(reply.message, "InternalFailure (fault partial-apply)");
  EXPECT_EQ(canonical(truth_of("generic-1")),
            R"({"Id":"generic-1","Name":"a","SetTags":["x"],"Value":"1"})");
  const ProviderReply again = carry(create);
  EXPECT_EQ(again.native_id, "generic-1");
  EXPECT_EQ(again.version, 2);
  EXPECT_EQ(again.properties.at("OrderedItems").as_array().size(), 1U);
  EXPECT_EQ(carry(create).version, 2);
  EXPECT_EQ(cloud.view().size(), 1U);
  expect_count("partial-apply", CallKind::kCreate, 1, 1);
}

// Shows: what was made in part and has changed since is left as it is by a late repetition.
TEST_F(ExecutionFaultsTest, PartialCreateYieldsToLaterChanges) {
  const auto create = create_request(R"({"Name":"a","Value":"1","SetTags":["x"]})", "k");
  carry_with({"partial-apply", ErrorCode::kInternalFailure, 0ms}, create);
  EXPECT_EQ(carry(settle_request("k")).native_id, "generic-1");
  EXPECT_TRUE(carry(update_request("generic-1", kSetValue, 1)).ok());
  EXPECT_EQ(carry(create).version, 2);
  EXPECT_EQ(canonical(truth_of("generic-1")), R"({"Id":"generic-1","Name":"a","Value":"2"})");
}

// Shows: an update applied in part applies the first half of its patch, or what of that makes
// sense by itself.
TEST_F(ExecutionFaultsTest, PartialUpdate) {
  const FaultEffect partly = {"partial-apply", ErrorCode::kNotStabilized, 0ms};
  carry(create_request(R"({"Name":"a","Value":"1"})"));
  const auto reply = carry_with(partly, update_request("generic-1", R"([
      {"op":"replace","path":"/Value","value":"2"},
      {"op":"add","path":"/SetTags","value":["x"]}])"));
  EXPECT_EQ(reply.error, ErrorCode::kNotStabilized);
  EXPECT_EQ(canonical(truth_of("generic-1")), R"({"Id":"generic-1","Name":"a","Value":"2"})");
  // The name must not go, not even for the time between two operations.
  carry_with(partly, update_request("generic-1", R"([
      {"op":"remove","path":"/Name"},{"op":"add","path":"/Name","value":"a"}])"));
  EXPECT_EQ(cloud.view()[0].version, 2);
  expect_count("partial-apply", CallKind::kUpdate, 2, 2);
  EXPECT_EQ(carry_with(partly, update_request("generic-9", kSetValue)).error, ErrorCode::kNotFound);
  expect_count("partial-apply", CallKind::kUpdate, 3, 2);
}

// Shows: within the window a read shows what was there before the last change: an older version,
// nothing where the object is new, the object where it is gone. After it, the truth.
TEST_F(ExecutionFaultsTest, StaleRead) {
  behave(0, 100ms);
  const FaultEffect stale = {"stale-read", std::nullopt, 0ms};
  const auto create = cloud.arrive(create_request(kA), at_ms(0));
  cloud.execute(create.call, at_ms(0));
  EXPECT_EQ(carry_with(stale, read_request("generic-1"), at_ms(99)).error, ErrorCode::kNotFound);
  EXPECT_TRUE(carry_with(stale, read_request("generic-1"), at_ms(100)).ok());
  expect_count("stale-read", CallKind::kRead, 2, 1);

  carry(update_request("generic-1", kSetValue), at_ms(200));
  const ProviderReply older = carry_with(stale, read_request("generic-1"), at_ms(250));
  EXPECT_EQ(older.version, 1);
  EXPECT_EQ(older.properties.at("Value").as_string(), "1");
  EXPECT_EQ(carry(read_request("generic-1"), at_ms(250)).version, 2) << "only where it is drawn";

  carry(delete_request("generic-1"), at_ms(400));
  EXPECT_EQ(carry_with(stale, read_request("generic-1"), at_ms(450)).version, 2);
  EXPECT_EQ(carry_with(stale, read_request("generic-1"), at_ms(500)).error, ErrorCode::kNotFound);
  EXPECT_EQ(carry_with(stale, read_request("generic-9"), at_ms(500)).error, ErrorCode::kNotFound);
  expect_count("stale-read", CallKind::kRead, 6, 3);
}

// Shows: the log has both, what was true and what was said.
TEST_F(ExecutionFaultsTest, TheLogKnowsTheTruthOfAStaleRead) {
  behave(0, 100ms);
  carry(create_request(kA));
  carry_with({"stale-read", std::nullopt, 0ms}, read_request("generic-1"));
  const Call read = calls_of(cloud.records()).back();
  EXPECT_TRUE(read.executions[0].reply->ok());
  EXPECT_EQ(read.answer->error, ErrorCode::kNotFound);
}

// Shows: each variant of a malformed answer lacks its part; the call is executed all the same.
TEST_F(ExecutionFaultsTest, MalformedReply) {
  FaultEffect garbled = {"malformed-reply", std::nullopt, 0ms};
  carry(create_request(kA, "k"));
  std::vector<ProviderReply> replies;
  for (garbled.variant = 0; garbled.variant < 5; ++garbled.variant) {
    replies.push_back(carry_with(garbled, read_request("generic-1")));
  }
  EXPECT_EQ(replies[0].native_id, "");
  EXPECT_EQ(replies[1].version, -1);
  EXPECT_TRUE(replies[2].properties.empty());
  EXPECT_EQ(replies[3].status, ReplyStatus::kInProgress);
  EXPECT_EQ(replies[3].request_id, "");
  EXPECT_EQ(replies[4].version, 0);
  EXPECT_EQ(replies[4].native_id, "generic-1");
  garbled.variant = 0;
  EXPECT_EQ(carry_with(garbled, settle_request("k")).native_id, "generic-1")
      << "none would be a lie";
  EXPECT_EQ(carry_with(garbled, settle_request("l")).version, -1);
  EXPECT_EQ(carry_with(garbled, update_request("generic-1", kSetValue)).native_id, "");
  EXPECT_EQ(cloud.view()[0].version, 2);
  EXPECT_EQ(carry_with(garbled, delete_request("generic-1")).status, ReplyStatus::kInProgress);
  EXPECT_TRUE(cloud.view().empty());
  EXPECT_EQ(carry_with(garbled, delete_request("generic-1")).error, ErrorCode::kNotFound);
  expect_count("malformed-reply", CallKind::kDelete, 2, 1);
  expect_count("malformed-reply", CallKind::kRead, 5, 5);
}

// Shows: an answer that is in progress can only lose its request id, and one of a cloud without
// versions cannot lose its version.
TEST_F(ExecutionFaultsTest, MalformedReplyFitsTheAnswer) {
  FaultEffect garbled = {"malformed-reply", std::nullopt, 0ms};
  behave(1);
  const ProviderReply reply = carry_with(garbled, create_request(kA));
  EXPECT_EQ(reply.status, ReplyStatus::kInProgress);
  EXPECT_EQ(reply.request_id, "");
  Behaviours plain;
  plain.versions = false;
  ASSERT_TRUE(cloud.set_behaviours(plain).has_value());
  garbled.variant = 4;
  EXPECT_EQ(carry_with(garbled, read_request("generic-1")).status, ReplyStatus::kInProgress);
}

// Shows: a request that sticks needs three polls more, and then tells what it would have.
TEST_F(ExecutionFaultsTest, StuckInProgress) {
  behave(1);
  const std::string id = carry(create_request(kA)).request_id;
  const FaultEffect stuck = {"stuck-in-progress", std::nullopt, 0ms};
  EXPECT_EQ(carry_with(stuck, poll(id)).status, ReplyStatus::kInProgress);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(carry(poll(id)).status, ReplyStatus::kInProgress);
  EXPECT_TRUE(carry(poll(id)).ok());
  EXPECT_TRUE(carry_with(stuck, poll(id)).ok()) << "what is done stays done";
  carry_with(stuck, poll("request-99"));
  expect_count("stuck-in-progress", CallKind::kStatus, 3, 1);
}

// Shows: a call that makes progress and then fails tells so to whoever polls, and has done nothing
// where the code is definite; where calls are synchronous it does nothing at all.
TEST_F(ExecutionFaultsTest, ProgressThenFailure) {
  const FaultEffect failing = {"progress-then-failure", ErrorCode::kDependencyFailure, 0ms};
  EXPECT_TRUE(carry_with(failing, create_request(kA, "k")).ok());
  expect_count("progress-then-failure", CallKind::kCreate, 1, 0);
  behave(2);
  const ProviderReply begun = carry_with(failing, update_request("generic-1", kSetValue));
  EXPECT_EQ(begun.status, ReplyStatus::kInProgress);
  EXPECT_EQ(carry(poll(begun.request_id)).status, ReplyStatus::kInProgress);
  const ProviderReply end = carry(poll(begun.request_id));
  EXPECT_EQ(end.error, ErrorCode::kDependencyFailure);
  EXPECT_EQ(end.message, "DependencyFailure (fault progress-then-failure)");
  EXPECT_EQ(cloud.view()[0].version, 1);
  EXPECT_EQ(calls_of(cloud.records())[1].executions[0].change.effect, Effect::kNone);
  expect_count("progress-then-failure", CallKind::kUpdate, 1, 1);
}

// Shows: a forgotten request is not known to any later poll; what it did stays, and the token still
// finds it.
TEST_F(ExecutionFaultsTest, RequestIdForgotten) {
  behave(2);
  const std::string id = carry(create_request(kA, "k")).request_id;
  const FaultEffect forget = {"request-id-forgotten", std::nullopt, 0ms};
  EXPECT_EQ(carry_with(forget, poll(id)).error, ErrorCode::kGeneralServiceException);
  EXPECT_EQ(carry(poll(id)).error, ErrorCode::kGeneralServiceException);
  EXPECT_EQ(carry(create_request(kA, "k")).native_id, "generic-1");
  carry_with(forget, poll(id));
  expect_count("request-id-forgotten", CallKind::kStatus, 2, 1);
}

// Shows: a wrong echo tells another value than was stored; where there is none to twist, it fired
// and did not matter.
TEST_F(ExecutionFaultsTest, WrongEcho) {
  const FaultEffect wrong = {"wrong-echo", std::nullopt, 0ms};
  const ProviderReply reply = carry_with(wrong, create_request(kA));
  EXPECT_EQ(reply.properties.at("Value").as_string(), "1-echo");
  EXPECT_EQ(truth_of("generic-1").at("Value").as_string(), "1");
  carry_with(wrong, create_request(R"({"Name":"b"})"));
  expect_count("wrong-echo", CallKind::kCreate, 2, 1);
}

// Shows: an object vanishes once its create has been answered, synchronous or by a poll; the log
// says whose doing it was.
TEST_F(ExecutionFaultsTest, SuccessThenVanished) {
  const FaultEffect vanish = {"success-then-vanished", std::nullopt, 0ms};
  EXPECT_TRUE(carry_with(vanish, create_request(kA)).ok());
  EXPECT_TRUE(cloud.view().empty());
  const LogRecord& last = cloud.records().back();
  EXPECT_EQ(last.phase, LogPhase::kChanged);
  EXPECT_EQ(last.fault, "success-then-vanished");
  EXPECT_EQ(last.change->effect, Effect::kDeleted);
  behave(1);
  const std::string id = carry_with(vanish, create_request(kA)).request_id;
  EXPECT_EQ(cloud.view().size(), 1U);
  EXPECT_TRUE(carry_with(vanish, poll(id)).ok());
  EXPECT_TRUE(cloud.view().empty());
  expect_count("success-then-vanished", CallKind::kCreate, 2, 1);
  expect_count("success-then-vanished", CallKind::kStatus, 1, 1);
}

// Shows: a version that runs backwards is one less than the truth, where there is an older one.
TEST_F(ExecutionFaultsTest, VersionRunsBackwards) {
  const FaultEffect back = {"version-runs-backwards", std::nullopt, 0ms};
  carry(create_request(kA));
  EXPECT_EQ(carry_with(back, read_request("generic-1")).version, 1);
  EXPECT_EQ(carry_with(back, update_request("generic-1", kSetValue)).version, 1);
  EXPECT_EQ(carry_with(back, read_request("generic-1")).version, 1);
  EXPECT_EQ(cloud.view()[0].version, 2);
  expect_count("version-runs-backwards", CallKind::kRead, 2, 1);
}

// Shows: a snapshot holds asynchronous requests too.
TEST_F(ExecutionFaultsTest, SnapshotsHoldRequests) {
  behave(1);
  const std::string id = carry(create_request(kA)).request_id;
  const auto snapshot = cloud.snapshot();
  carry_with({"request-id-forgotten", std::nullopt, 0ms}, poll(id));
  cloud.restore(snapshot);
  EXPECT_TRUE(carry(poll(id)).ok());
}

}  // namespace
}  // namespace squall::cloud
