// The control interface over gRPC, as a controller in any language meets it.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <thread>

#include "proto/squall/controller/v1/controller.grpc.pb.h"
#include "provider/cloud_server/served_cloud_test.h"

namespace squall::controller::v1 {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class ControllerServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = world.server->listen_for_controllers();
    ASSERT_TRUE(path) << path.error().message;
    stub = Controller::NewStub(
        grpc::CreateChannel("unix:" + *path, grpc::InsecureChannelCredentials()));
    provider = world.connect(world.listen());
  }

  // Calls a procedure that succeeds.
  template <class Request, class Response>
  Response ask(grpc::Status (Controller::Stub::*procedure)(grpc::ClientContext*, const Request&,
                                                           Response*),
               const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (*stub.*procedure)(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // Calls one that is refused, and gives the reason.
  template <class Request, class Response>
  std::string refused(grpc::Status (Controller::Stub::*procedure)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                      const Request& request) {
    const uint64_t digest = ask(&Controller::Stub::Digest, DigestRequest()).digest();
    const uint64_t end = ask(&Controller::Stub::LogEnd, LogEndRequest()).sequence();
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (*stub.*procedure)(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_EQ(ask(&Controller::Stub::Digest, DigestRequest()).digest(), digest);
    EXPECT_EQ(ask(&Controller::Stub::LogEnd, LogEndRequest()).sequence(), end);
    return status.error_message();
  }

  std::vector<LogRecord> log(uint64_t after = 0) {
    grpc::ClientContext context;
    ReadLogRequest request;
    request.set_after(after);
    const auto reader = stub->ReadLog(&context, request);
    std::vector<LogRecord> out;
    for (LogRecord record; reader->Read(&record);) out.push_back(record);
    EXPECT_TRUE(reader->Finish().ok());
    return out;
  }
  std::vector<CloudObject> view() {
    grpc::ClientContext context;
    const auto reader = stub->View(&context, {});
    std::vector<CloudObject> out;
    for (CloudObject object; reader->Read(&object);) out.push_back(object);
    EXPECT_TRUE(reader->Finish().ok());
    return out;
  }
  std::string put(const std::string& name) {
    PutRequest request;
    request.set_type(std::string(kGenericResource));
    request.set_target("default");
    request.set_properties(R"({"Name":")" + name + R"("})");
    return ask(&Controller::Stub::Put, request).native_id();
  }
  ProviderReply create(const std::string& name) const {
    return provider->call(create_request(name), {});
  }
  // A rule that needs no more than it has.
  static InjectRequest rule_of(const std::string& kind = "error") {
    InjectRequest out;
    out.mutable_rule()->set_label("a");
    out.mutable_rule()->set_call(CALL_KIND_CREATE);
    out.mutable_rule()->mutable_effect()->set_kind(kind);
    if (kind == "error") {
      out.mutable_rule()->mutable_effect()->set_code(provider::v1::ERROR_CODE_ACCESS_DENIED);
    }
    return out;
  }

  ServedCloud world;
  std::unique_ptr<Controller::Stub> stub;
  std::shared_ptr<CloudAccess> provider;
};

// Shows: an injected rule hits the calls it describes, the table counts it, and once cleared it
// hits nothing.
TEST_F(ControllerServiceTest, Rules) {
  InjectRequest second = rule_of();
  second.mutable_rule()->set_nth(2);
  second.mutable_rule()->set_count(2);
  second.mutable_rule()->set_type(std::string(kGenericResource));
  EXPECT_GT(ask(&Controller::Stub::Inject, second).rule(), 0U);
  EXPECT_TRUE(create("a").ok());
  EXPECT_EQ(create("a").error, ErrorCode::kAccessDenied);
  EXPECT_EQ(create("a").error, ErrorCode::kAccessDenied);
  EXPECT_TRUE(create("a").ok());
  const FaultTableResponse table = ask(&Controller::Stub::FaultTable, FaultTableRequest());
  ASSERT_EQ(table.counts_size(), 1);
  EXPECT_EQ(table.counts(0).fault(), "error");
  EXPECT_EQ(table.counts(0).call(), CALL_KIND_CREATE);
  EXPECT_EQ(table.counts(0).fired(), 2U);
  InjectRequest always = rule_of();
  always.mutable_rule()->set_permille(1000);
  ask(&Controller::Stub::Inject, always);
  EXPECT_FALSE(create("a").ok());
  ask(&Controller::Stub::ClearRules, ClearRulesRequest());
  EXPECT_TRUE(create("a").ok());
}

// Shows: a rule that makes no sense is refused with what is wrong.
TEST_F(ControllerServiceTest, BadRules) {
  const auto why = [this](auto change) {
    InjectRequest request = rule_of();
    change(*request.mutable_rule());
    return refused(&Controller::Stub::Inject, request);
  };
  EXPECT_THAT(why([](FaultRule& rule) { rule.Clear(); }), HasSubstr("there is no fault \"\""));
  EXPECT_THAT(why([](FaultRule& rule) { rule.mutable_effect()->set_kind("storm"); }),
              HasSubstr("there is no fault \"storm\"; known are error"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_type("No::Such::Type"); }),
              HasSubstr("knows no type \"No::Such::Type\""));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_nth(0); }), HasSubstr("nth is 0"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_nth(-3); }), HasSubstr("nth is -3"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_count(-1); }), HasSubstr("count is -1"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_count(1LL << 40); }), HasSubstr("count is"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_permille(1001); }), HasSubstr("permille"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_permille(-1); }), HasSubstr("permille is -1"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_call(CALL_KIND_UNSPECIFIED); }),
              HasSubstr("the kind of call is not set"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.set_call(static_cast<CallKind>(99)); }),
              HasSubstr("the kind of call is 99"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.mutable_effect()->clear_code(); }),
              HasSubstr("needs an error code"));
  EXPECT_THAT(why([](FaultRule& rule) {
                rule.mutable_effect()->set_code(static_cast<provider::v1::ErrorCode>(77));
              }),
              HasSubstr("the code is 77"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.mutable_effect()->set_delay_us(5); }),
              HasSubstr("takes no delay"));
  EXPECT_THAT(why([](FaultRule& rule) { rule.mutable_effect()->set_variant(-1); }),
              HasSubstr("the variant is -1"));
  EXPECT_TRUE(create("a").ok());
}

// Shows: programmed responses are used in order, and what is withdrawn is not.
TEST_F(ControllerServiceTest, ProgrammedResponses) {
  ProgramRequest program;
  program.set_label("a");
  program.set_call(CALL_KIND_CREATE);
  program.set_code(provider::v1::ERROR_CODE_THROTTLING);
  ask(&Controller::Stub::Program, program);
  program.clear_code();
  ask(&Controller::Stub::Program, program);
  program.set_code(provider::v1::ERROR_CODE_GONE);
  ask(&Controller::Stub::Program, program);
  ask(&Controller::Stub::Program, program);
  EXPECT_EQ(create("a").error, ErrorCode::kThrottling);
  EXPECT_TRUE(create("a").ok());
  EXPECT_EQ(create("a").error, ErrorCode::kGone);
  WithdrawRequest withdraw;
  withdraw.set_label("a");
  withdraw.set_call(CALL_KIND_CREATE);
  EXPECT_EQ(ask(&Controller::Stub::Withdraw, withdraw).withdrawn(), 1U);
  EXPECT_TRUE(create("a").ok());

  EXPECT_THAT(refused(&Controller::Stub::Withdraw, WithdrawRequest()), HasSubstr("kind of call"));
  program.set_call(static_cast<CallKind>(-1));
  EXPECT_THAT(refused(&Controller::Stub::Program, program), HasSubstr("the kind of call is -1"));
  program.set_call(CALL_KIND_READ);
  program.set_code(provider::v1::ERROR_CODE_UNSPECIFIED);
  EXPECT_THAT(refused(&Controller::Stub::Program, program), HasSubstr("the code is not set"));
  program.clear_label();
  EXPECT_THAT(refused(&Controller::Stub::Program, program), HasSubstr("the label is empty"));
}

// Shows: objects appear, change and go behind everybody's back, and are seen as they are.
TEST_F(ControllerServiceTest, Drift) {
  EXPECT_EQ(put("x"), "generic-1");
  EXPECT_TRUE(create("a").ok());
  PatchRequest patch;
  patch.set_native_id("generic-1");
  patch.set_patch(R"([{"op":"add","path":"/Value","value":"y"}])");
  ask(&Controller::Stub::Patch, patch);
  std::vector<CloudObject> objects = view();
  ASSERT_THAT(objects, SizeIs(2));
  EXPECT_EQ(objects[0].native_id(), "generic-1");
  EXPECT_EQ(objects[0].type(), kGenericResource);
  EXPECT_EQ(objects[0].target(), "default");
  EXPECT_EQ(objects[0].name(), "x");
  EXPECT_EQ(objects[0].version(), 2);
  EXPECT_FALSE(objects[0].made_by_engine());
  EXPECT_EQ(canonical(*parse_json(objects[0].properties())),
            R"({"Id":"generic-1","Name":"x","Value":"y"})");
  EXPECT_TRUE(objects[1].made_by_engine());
  RemoveRequest remove;
  remove.set_native_id("generic-1");
  ask(&Controller::Stub::Remove, remove);
  EXPECT_THAT(view(), SizeIs(1));
}

// Shows: drift that makes no sense is refused, and nothing has changed.
TEST_F(ControllerServiceTest, BadDrift) {
  put("x");
  PutRequest request;
  request.set_type("No::Such::Type");
  EXPECT_THAT(refused(&Controller::Stub::Put, request), HasSubstr("No::Such::Type"));
  request.set_type(std::string(kGenericResource));
  for (const char* text : {"{", "[]", "7", R"({"Name":"x"} x)", R"({"NoField":1})"}) {
    request.set_properties(text);
    EXPECT_THAT(refused(&Controller::Stub::Put, request), HasSubstr("cannot put an object"));
  }
  PatchRequest patch;
  patch.set_native_id("generic-1");
  for (const char* text : {"", "{}", R"([{"op":"jump"}])", R"([{"op":"remove","path":"/Id"}])"}) {
    patch.set_patch(text);
    EXPECT_THAT(refused(&Controller::Stub::Patch, patch), HasSubstr("cannot patch \"generic-1\""));
  }
  patch.set_native_id("generic-2");
  patch.set_patch("[]");
  EXPECT_THAT(refused(&Controller::Stub::Patch, patch), HasSubstr("no such object"));
  RemoveRequest remove;
  remove.set_native_id("generic-2");
  EXPECT_THAT(refused(&Controller::Stub::Remove, remove), HasSubstr("generic-2"));
}

// Shows: a snapshot is the state to go back to, any number of times, until it is forgotten.
TEST_F(ControllerServiceTest, Snapshots) {
  put("x");
  const uint64_t digest = ask(&Controller::Stub::Digest, DigestRequest()).digest();
  const uint64_t kept = ask(&Controller::Stub::Snapshot, SnapshotRequest()).snapshot();
  RestoreRequest restore;
  restore.set_snapshot(kept);
  for (int i = 0; i < 2; ++i) {
    put("y");
    EXPECT_NE(ask(&Controller::Stub::Digest, DigestRequest()).digest(), digest);
    ask(&Controller::Stub::Restore, restore);
    EXPECT_EQ(ask(&Controller::Stub::Digest, DigestRequest()).digest(), digest);
  }
  ask(&Controller::Stub::Reset, ResetRequest());
  ask(&Controller::Stub::Restore, restore);
  EXPECT_THAT(view(), SizeIs(1)) << "a reset forgets none";
  ForgetRequest forget;
  forget.set_snapshot(kept);
  ask(&Controller::Stub::Forget, forget);
  EXPECT_THAT(refused(&Controller::Stub::Restore, restore), HasSubstr("there is no snapshot"));
  EXPECT_THAT(refused(&Controller::Stub::Forget, forget), HasSubstr("there is no snapshot"));
}

// Shows: more snapshots than are of any use are refused.
TEST_F(ControllerServiceTest, TooManySnapshots) {
  for (int i = 0; i < 1000; ++i) ask(&Controller::Stub::Snapshot, SnapshotRequest());
  EXPECT_THAT(refused(&Controller::Stub::Snapshot, SnapshotRequest()), HasSubstr("forget some"));
}

// Shows: the log tells of calls and of drift, with all that a record has, from any position on.
TEST_F(ControllerServiceTest, Log) {
  ask(&Controller::Stub::Inject, rule_of());
  put("x");
  create("a");
  create("b");
  const std::vector<LogRecord> records = log();
  ASSERT_THAT(records, SizeIs(6));
  EXPECT_EQ(records[0].sequence(), 1U);
  EXPECT_EQ(records[0].phase(), LOG_PHASE_CHANGED);
  EXPECT_EQ(records[0].call(), 0U);
  EXPECT_FALSE(records[0].has_request());
  EXPECT_EQ(records[0].change().effect(), EFFECT_CREATED);
  EXPECT_EQ(records[0].change().native_id(), "generic-1");
  EXPECT_EQ(records[0].change().version_after(), 1);
  EXPECT_FALSE(records[0].change().has_before());
  EXPECT_TRUE(records[0].change().has_after());
  EXPECT_EQ(records[1].phase(), LOG_PHASE_ARRIVED);
  EXPECT_EQ(records[1].call(), 1U);
  EXPECT_EQ(records[1].fault(), "error");
  EXPECT_EQ(records[1].resource_name(), "a");
  const Request& request = records[1].request();
  EXPECT_EQ(request.kind(), CALL_KIND_CREATE);
  EXPECT_EQ(request.subject().type(), kGenericResource);
  EXPECT_EQ(request.subject().label(), "a");
  EXPECT_EQ(request.connection(), 1U);
  EXPECT_EQ(request.token(), "token-a");
  EXPECT_EQ(request.properties(), R"({"Name":"a"})");
  EXPECT_FALSE(request.has_if_version());
  EXPECT_EQ(records[2].phase(), LOG_PHASE_ANSWERED);
  EXPECT_EQ(records[2].answer().answer().error(), provider::v1::ERROR_CODE_ACCESS_DENIED);
  EXPECT_EQ(records[4].phase(), LOG_PHASE_EXECUTED);
  EXPECT_EQ(records[4].change().native_id(), "generic-2");
  EXPECT_EQ(records[4].answer().answer().native_id(), "generic-2");
  EXPECT_GE(records[5].time_us(), records[0].time_us());

  EXPECT_EQ(ask(&Controller::Stub::LogEnd, LogEndRequest()).sequence(), 6U);
  EXPECT_THAT(log(5), SizeIs(1));
  EXPECT_THAT(log(6), SizeIs(0));
  EXPECT_THAT(log(1'000'000), SizeIs(0));
}

// Shows: a log of thousands of records is read as a whole.
TEST_F(ControllerServiceTest, LongLog) {
  world.shared.locked([](cloud::Cloud& each) {
    for (int i = 0; i < 5000; ++i) {
      ASSERT_TRUE(
          each.put(std::string(kGenericResource), "default", {{"Name", std::to_string(i)}}));
    }
  });
  const std::vector<LogRecord> records = log();
  ASSERT_THAT(records, SizeIs(5000));
  EXPECT_EQ(records.back().sequence(), 5000U);
}

// Shows: a closed gate keeps calls until it is opened.
TEST_F(ControllerServiceTest, Gate) {
  SetGateRequest gate;
  ask(&Controller::Stub::SetGate, gate);
  std::jthread opener([&] {
    while (world.shared.pending() == 0) std::this_thread::yield();
    gate.set_open(true);
    ask(&Controller::Stub::SetGate, gate);
  });
  EXPECT_TRUE(create("a").ok());
}

// Shows: behaviours are set all at once; what is not set is as in a new cloud.
TEST_F(ControllerServiceTest, Behaviours) {
  const auto behaviours = [this] {
    cloud::Behaviours out;
    world.shared.locked([&](cloud::Cloud& each) { out = each.behaviours(); });
    return out;
  };
  SetBehavioursRequest request;
  class Behaviours& all = *request.mutable_behaviours();
  all.set_create_tokens(false);
  all.set_versions(false);
  all.set_rate_per_second(200);
  all.set_status_polls(2);
  all.set_consistency_window_us(1000);
  all.set_quota(7);
  all.set_referential_integrity(true);
  all.set_unique_names(true);
  all.set_normalises(true);
  all.mutable_latency()->set_kind(LATENCY_KIND_LONG_TAIL);
  all.mutable_latency()->set_typical_us(50);
  ask(&Controller::Stub::SetBehaviours, request);
  cloud::Behaviours expected;
  expected.create_tokens = false;
  expected.versions = false;
  expected.rate_per_second = 200;
  expected.status_polls = 2;
  expected.consistency_window = std::chrono::milliseconds(1);
  expected.quota = 7;
  expected.referential_integrity = true;
  expected.unique_names = true;
  expected.normalises = true;
  expected.latency = {.kind = cloud::LatencyModel::Kind::kLongTail, .typical = Duration(50)};
  EXPECT_TRUE(behaviours() == expected);
  ask(&Controller::Stub::SetBehaviours, SetBehavioursRequest());
  EXPECT_TRUE(behaviours() == cloud::Behaviours());
}

// Shows: behaviours that make no sense are refused as a whole.
TEST_F(ControllerServiceTest, BadBehaviours) {
  const auto why = [this](auto change) {
    SetBehavioursRequest request;
    request.mutable_behaviours()->set_normalises(true);
    change(*request.mutable_behaviours());
    const std::string out = refused(&Controller::Stub::SetBehaviours, request);
    EXPECT_FALSE(world.shared.traits().normalises);
    return out;
  };
  using Message = v1::Behaviours;
  EXPECT_THAT(why([](Message& m) { m.set_rate_per_second(-1); }),
              HasSubstr("rate_per_second is -1"));
  EXPECT_THAT(why([](Message& m) { m.set_status_polls(-1); }), HasSubstr("status_polls is -1"));
  EXPECT_THAT(why([](Message& m) { m.set_status_polls(1 << 30); }), HasSubstr("status polls"));
  EXPECT_THAT(why([](Message& m) { m.set_quota(1LL << 33); }), HasSubstr("the quota is"));
  EXPECT_THAT(why([](Message& m) { m.set_consistency_window_us(-1); }),
              HasSubstr("the consistency window"));
  EXPECT_THAT(why([](Message& m) { m.mutable_latency()->set_typical_us(5); }),
              HasSubstr("the kind of latency is not set"));
  EXPECT_THAT(why([](Message& m) {
                m.mutable_latency()->set_kind(LATENCY_KIND_CONSTANT);
                m.mutable_latency()->set_typical_us(-5);
              }),
              HasSubstr("the typical latency"));
}

// Shows: ids go on from the counter, which goes back behind no id that was given out.
TEST_F(ControllerServiceTest, IdCounter) {
  SetIdCounterRequest request;
  request.set_next(100);
  ask(&Controller::Stub::SetIdCounter, request);
  EXPECT_EQ(put("x"), "generic-100");
  EXPECT_THAT(refused(&Controller::Stub::SetIdCounter, request), HasSubstr("have been given out"));
  request.set_next(UINT64_MAX);
  EXPECT_THAT(refused(&Controller::Stub::SetIdCounter, request), HasSubstr("at most"));
}

// Shows: after a reset the cloud is new; a call that was on its way is of the old one, and neither
// gets an answer nor does anything to the new one.
TEST_F(ControllerServiceTest, Reset) {
  put("x");
  ask(&Controller::Stub::SetBehaviours, [] {
    SetBehavioursRequest request;
    request.mutable_behaviours()->set_versions(false);
    return request;
  }());
  ask(&Controller::Stub::SetGate, SetGateRequest());
  Patience patience;
  patience.deadline = std::chrono::minutes(10);
  std::stop_source killed;
  patience.killed = killed.get_token();
  std::jthread caller([&] {
    EXPECT_EQ(provider->call(create_request("a"), patience).error, ErrorCode::kDeadlineExceeded);
  });
  while (world.shared.pending() == 0) std::this_thread::yield();
  ask(&Controller::Stub::Reset, ResetRequest());
  EXPECT_EQ(world.shared.pending(), 0U);
  EXPECT_EQ(ask(&Controller::Stub::LogEnd, LogEndRequest()).sequence(), 0U);
  EXPECT_THAT(view(), SizeIs(0));
  EXPECT_EQ(put("y"), "generic-1");
  EXPECT_TRUE(world.shared.traits().versions);
  EXPECT_TRUE(create("b").ok()) << "the gate of a new cloud is open";
  killed.request_stop();
}

}  // namespace
}  // namespace squall::controller::v1
