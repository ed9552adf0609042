// What a cloud does beyond the plain calls of calls_test.cpp, with the types of the catalogue.
#include <gtest/gtest.h>

#include "cloud/calls.h"
#include "cloud/drift.h"
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
using testing::list_request;
using testing::object;
using testing::read_request;
using testing::request_for;
using testing::settle_request;
using testing::update_request;

ProviderRequest of_type(std::string_view kind, ProviderRequest request) {
  request.type = "Test::Network::" + std::string(kind);
  return request;
}

class BehavioursTest : public ::testing::Test {
 protected:
  ProviderReply call(const ProviderRequest& request, const Departure& departure = {}) {
    return execute(truth, behaviours, request, at_ms(0), departure).reply;
  }
  void expect_error(const ProviderRequest& request, ErrorCode code) {
    const uint64_t before = truth.state.digest();
    const ProviderReply reply = call(request);
    ASSERT_EQ(reply.status, ReplyStatus::kFailure);
    EXPECT_EQ(to_string(reply.error), to_string(code)) << reply.message;
    EXPECT_EQ(truth.state.digest(), before);
  }
  ProviderReply make(std::string_view kind, std::string_view properties) {
    const ProviderReply reply = call(of_type(kind, create_request(properties)));
    EXPECT_TRUE(reply.ok()) << reply.message;
    return reply;
  }
  ProviderReply poll(const std::string& request_id) {
    ProviderRequest request = request_for(CallKind::kStatus, "");
    request.request_id = request_id;
    return call(request);
  }
  // Begins a call and returns its request id.
  std::string begin(const ProviderRequest& request, const Departure& departure = {}) {
    const ProviderReply reply = call(request, departure);
    EXPECT_EQ(reply.status, ReplyStatus::kInProgress) << reply.message;
    EXPECT_FALSE(reply.request_id.empty());
    return reply.request_id;
  }
  static Departure failing_with(ErrorCode code) {
    return {Departure::Kind::kFailedLater, code, "as drawn"};
  }

  Truth truth{CloudState(catalogue_of(built_in_types())), {}, {}};
  Behaviours behaviours;
};

// Shows: an asynchronous create has its effect at once, and tells its object's id at the poll that
// the cloud was told to answer; later polls say the same again.
TEST_F(BehavioursTest, AsynchronousCreateTellsItsIdAtTheEnd) {
  behaviours.status_polls = 2;
  const ProviderReply begun = call(create_request(kA, "k"));
  EXPECT_EQ(begun.status, ReplyStatus::kInProgress);
  EXPECT_EQ(begun.native_id, "");
  EXPECT_EQ(truth.state.live_count(), 1U);
  const ProviderReply first = poll(begun.request_id);
  EXPECT_EQ(first.status, ReplyStatus::kInProgress);
  EXPECT_EQ(first.request_id, begun.request_id);
  for (int i = 0; i < 2; ++i) {
    const ProviderReply done = poll(begun.request_id);
    ASSERT_TRUE(done.ok());
    EXPECT_EQ(done.native_id, "generic-1");
    EXPECT_EQ(done.version, 1);
    EXPECT_EQ(done.properties.at("Name").as_string(), "a");
  }
}

// Shows: a repeated create with the same token gets the same request while it is in progress, and
// the object afterwards; Settle finds the object either way.
TEST_F(BehavioursTest, AsynchronousCreateIsKnownByItsToken) {
  behaviours.status_polls = 1;
  const std::string id = begin(create_request(kA, "k"));
  EXPECT_EQ(begin(create_request(kA, "k")), id);
  EXPECT_EQ(call(settle_request("k")).native_id, "generic-1");
  EXPECT_TRUE(poll(id).ok());
  EXPECT_EQ(call(create_request(kA, "k")).native_id, "generic-1");
  EXPECT_EQ(truth.state.live_count(), 1U);
}

// Shows: asynchronous updates and deletes are done at once, too, and their polls tell; what is
// refused is refused synchronously.
TEST_F(BehavioursTest, UpdatesAndDeletesAreAsynchronousToo) {
  const NativeId id = call(create_request(kA)).native_id;
  behaviours.status_polls = 1;
  const ProviderReply updating = call(update_request(id, kSetValue, 1));
  EXPECT_EQ(updating.status, ReplyStatus::kInProgress);
  EXPECT_EQ(updating.native_id, id);
  EXPECT_EQ(truth.state.find(id)->version(), 2);
  EXPECT_EQ(poll(updating.request_id).version, 2);
  expect_error(update_request(id, kSetValue, 1), ErrorCode::kResourceConflict);
  const std::string deleting = begin(delete_request(id, 2));
  EXPECT_EQ(truth.state.find_alive(id), nullptr);
  EXPECT_TRUE(poll(deleting).ok());
}

// Shows: a poll is known by the name of the object its request is about.
TEST_F(BehavioursTest, PollsAreKnownByName) {
  behaviours.status_polls = 1;
  ProviderRequest request = request_for(CallKind::kStatus, "");
  request.request_id = begin(create_request(kA));
  request.label = "label";
  EXPECT_EQ(resource_name(truth, request), "a");
  request.request_id = "request-99";
  EXPECT_EQ(resource_name(truth, request), "label");
  expect_error(request, ErrorCode::kGeneralServiceException);
}

// Shows: a call that fails with a definite code after some progress has done nothing: the token of
// a create is free again, but while it lasts the same create gets the same request.
TEST_F(BehavioursTest, DefiniteFailureAfterProgressDoesNothing) {
  behaviours.status_polls = 1;
  const std::string id =
      begin(create_request(kA, "k"), failing_with(ErrorCode::kServiceLimitExceeded));
  EXPECT_EQ(begin(create_request(kA, "k")), id);
  EXPECT_EQ(truth.state.live_count(), 0U);
  EXPECT_EQ(poll(id).error, ErrorCode::kServiceLimitExceeded);
  EXPECT_EQ(poll(id).message, "as drawn");
  EXPECT_TRUE(poll(begin(create_request(kA, "k"))).ok());

  const NativeId object = "generic-1";
  begin(update_request(object, kSetValue), failing_with(ErrorCode::kAccessDenied));
  begin(delete_request(object), failing_with(ErrorCode::kAccessDenied));
  EXPECT_EQ(truth.state.find_alive(object)->version(), 1);
}

// Shows: Settle voids the token of a create that is going to fail.
TEST_F(BehavioursTest, SettleVoidsADoomedCreate) {
  behaviours.status_polls = 3;
  begin(create_request(kA, "k"), failing_with(ErrorCode::kAccessDenied));
  const ProviderReply settled = call(settle_request("k"));
  EXPECT_TRUE(settled.ok());
  EXPECT_EQ(settled.native_id, "");
  expect_error(create_request(kA, "k"), ErrorCode::kInvalidRequest);
}

// Shows: a call that fails with an ambiguous code after some progress has done all of it; where
// calls are synchronous, none fails later.
TEST_F(BehavioursTest, AmbiguousFailureAfterProgressHasDoneIt) {
  behaviours.status_polls = 1;
  const std::string id = begin(create_request(kA, "k"), failing_with(ErrorCode::kInternalFailure));
  EXPECT_EQ(poll(id).error, ErrorCode::kInternalFailure);
  EXPECT_EQ(call(create_request(kA, "k")).native_id, "generic-1");
  behaviours.status_polls = 0;
  EXPECT_TRUE(call(create_request(kA), failing_with(ErrorCode::kInternalFailure)).ok());
}

// Shows: the quota counts live objects of one type and target, and a token comes before it.
TEST_F(BehavioursTest, QuotaLimitsCreates) {
  behaviours.quota = 1;
  const NativeId id = call(create_request(kA, "k")).native_id;
  EXPECT_EQ(call(create_request(kA, "k")).native_id, id);
  expect_error(create_request(kA, "l"), ErrorCode::kServiceLimitExceeded);
  ProviderRequest elsewhere = create_request(kA);
  elsewhere.target = "u";
  EXPECT_TRUE(call(elsewhere).ok());
  EXPECT_TRUE(call(delete_request(id)).ok());
  EXPECT_TRUE(call(create_request(kA, "l")).ok());
}

// Shows: a name is unique per type among what is alive, and a token comes before that.
TEST_F(BehavioursTest, NamesCanBeUnique) {
  EXPECT_TRUE(call(create_request(kA)).ok());
  EXPECT_TRUE(call(create_request(kA, "k")).ok()) << "names need not be unique";
  behaviours.unique_names = true;
  expect_error(create_request(kA, "l"), ErrorCode::kAlreadyExists);
  EXPECT_TRUE(call(create_request(kA, "k")).ok());
  ProviderRequest child = create_request(R"({"Name":"a","ParentId":"a"})");
  child.type = kGenericChild;
  EXPECT_TRUE(call(child).ok());
}

// Shows: where integrity is kept, an object needs the parents it names, and a parent stays while it
// has children; without, neither.
TEST_F(BehavioursTest, IntegrityTiesChildrenToParents) {
  ProviderRequest child = create_request(R"({"Name":"c","ParentId":"a"})", "k");
  child.type = kGenericChild;
  behaviours.referential_integrity = true;
  expect_error(child, ErrorCode::kInvalidRequest);
  const NativeId parent = call(create_request(kA)).native_id;
  const NativeId child_id = call(child).native_id;
  expect_error(delete_request(parent), ErrorCode::kResourceConflict);
  EXPECT_TRUE(call(request_for(CallKind::kDelete, child_id, kGenericChild)).ok());
  EXPECT_TRUE(call(delete_request(parent)).ok());
  EXPECT_EQ(call(child).error, ErrorCode::kGone) << "the token comes first";
  behaviours.referential_integrity = false;
  child.token = "l";
  EXPECT_TRUE(call(child).ok());
}

// Shows: integrity looks at CreateOnly references alone, by the property they refer to; a reference
// that attaches lets its producer go first.
TEST_F(BehavioursTest, IntegrityFollowsTheCatalogue) {
  behaviours.referential_integrity = true;
  constexpr std::string_view kNetwork =
      R"({"Name":"n","CidrBlock":"10/8","Settings":{"Zone":"z"}})";
  make("Network", kNetwork);
  make("Gateway", R"({"Name":"g","NetworkId":"network-1"})");
  make("Gateway", R"({"Name":"h","NetworkId":"network-99"})");
  expect_error(of_type("Subnet", create_request(R"({"Name":"s","NetworkId":"n"})")),
               ErrorCode::kInvalidRequest);
  make("Subnet", R"({"Name":"s","NetworkId":"network-1","RouteTableId":"nowhere"})");
  expect_error(of_type("Network", delete_request("network-1")), ErrorCode::kResourceConflict);
  EXPECT_TRUE(call(of_type("Subnet", delete_request("subnet-4"))).ok());
  EXPECT_TRUE(call(of_type("Network", delete_request("network-1"))).ok());
}

// Shows: a cloud that normalises keeps values the way the catalogue says, on create and update;
// one that does not keeps them as they came.
TEST_F(BehavioursTest, NormalisesAsTheCatalogueSays) {
  constexpr std::string_view kProperties = R"({"Name":"N","CidrBlock":"AB","DnsSuffix":"COM",
      "Settings":{"Zone":"Z"},"Tags":["b","C","a"]})";
  const ProviderReply plain = make("Network", kProperties);
  EXPECT_EQ(plain.properties.at("DnsSuffix").as_string(), "COM");
  EXPECT_EQ(canonical(plain.properties.at("Tags")), R"(["b","C","a"])");
  behaviours.normalises = true;
  const ProviderReply made = make("Network", kProperties);
  EXPECT_EQ(made.properties.at("DnsSuffix").as_string(), "com");
  EXPECT_EQ(made.properties.at("Name").as_string(), "N");
  EXPECT_EQ(canonical(made.properties.at("Tags")), R"(["C","a","b"])");
  const ProviderReply updated = call(of_type(
      "Network", update_request(made.native_id, R"([{"op":"add","path":"/Tags/-","value":"B"},
                 {"op":"replace","path":"/DnsSuffix","value":"ORG"}])")));
  EXPECT_EQ(updated.properties.at("DnsSuffix").as_string(), "org");
  EXPECT_EQ(canonical(updated.properties.at("Tags")), R"(["B","C","a","b"])");
}

// Shows: the provider fills in its default at creation, where the field is absent or null, and
// only then.
TEST_F(BehavioursTest, FillsInDefaultsAtCreation) {
  const auto size = [](const ProviderReply& reply) { return text_of(reply.properties, "Size"); };
  const ProviderReply made = make("LoadBalancer", R"({"Name":"a","SubnetIds":["x"]})");
  EXPECT_EQ(size(made), "small");
  EXPECT_EQ(size(make("LoadBalancer", R"({"Name":"b","SubnetIds":["x"],"Size":null})")), "small");
  EXPECT_EQ(size(make("LoadBalancer", R"({"Name":"c","SubnetIds":["x"],"Size":"big"})")), "big");
  EXPECT_EQ(
      size(call(of_type("LoadBalancer",
                        update_request(made.native_id, R"([{"op":"remove","path":"/Size"}])")))),
      "");
}

// Shows: a computed property is there after the create, new each time, survives updates, and is
// nothing a caller may set.
TEST_F(BehavioursTest, ComputesProperties) {
  constexpr std::string_view kProperties = R"({"Name":"a","SubnetIds":["x"]})";
  const ProviderReply one = make("LoadBalancer", kProperties);
  const ProviderReply two = make("LoadBalancer", kProperties);
  EXPECT_EQ(one.properties.at("Endpoint").as_string(), "endpoint-1");
  EXPECT_NE(one.properties.at("Endpoint"), two.properties.at("Endpoint"));
  const ProviderReply updated = call(
      of_type("LoadBalancer",
              update_request(one.native_id, R"([{"op":"add","path":"/Size","value":"big"}])")));
  EXPECT_EQ(updated.properties.at("Endpoint"), one.properties.at("Endpoint"));
  expect_error(of_type("LoadBalancer",
                       create_request(R"({"Name":"a","SubnetIds":["x"],"Endpoint":"mine"})")),
               ErrorCode::kInvalidRequest);
}

// Shows: a WriteOnly value is kept, can be patched, and stands in no answer of any kind.
TEST_F(BehavioursTest, WriteOnlyValuesAreNeverShown) {
  const ProviderRequest create =
      of_type("Secret", create_request(R"({"Name":"s","Password":"sesame","Token":"t"})", "k"));
  const NativeId id = call(create).native_id;
  EXPECT_EQ(truth.state.find(id)->properties()->at("Password").as_string(), "sesame");
  const ProviderReply updated = call(of_type(
      "Secret", update_request(id, R"([{"op":"replace","path":"/Password","value":"x"}])")));
  EXPECT_EQ(updated.version, 2);
  EXPECT_EQ(truth.state.find(id)->properties()->at("Password").as_string(), "x");
  for (const ProviderReply& reply :
       {call(create), updated, call(of_type("Secret", read_request(id))),
        call(of_type("Secret", settle_request("k")))}) {
    ASSERT_TRUE(reply.ok()) << reply.message;
    EXPECT_EQ(canonical(reply.properties), R"({"Id":"secret-1","Name":"s","Token":"t"})");
  }
}

// Shows: WriteOnly values stand in no list either.
TEST(WriteOnly, IsNotListed) {
  Schema schema;
  schema.type = "A::B::Vault";
  schema.fields = {"Name", "Inner"};
  schema.hints["Inner.Key"].write_only = true;
  schema.discoverable = true;
  Truth truth{CloudState(catalogue_of(std::vector<Schema>{schema})), {}, {}};
  ProviderRequest create = create_request(R"({"Name":"v","Inner":{"Key":"k","Size":1}})");
  create.type = schema.type;
  execute(truth, {}, create, at_ms(0));
  const ProviderReply listed = execute(truth, {}, list_request(schema.type), at_ms(0)).reply;
  ASSERT_EQ(listed.listed.size(), 1U);
  EXPECT_EQ(canonical(listed.listed[0].properties), R"({"Inner":{"Size":1},"Name":"v"})");
}

// Shows: objects of a type that cannot be updated cannot, not even by a patch that changes nothing.
TEST_F(BehavioursTest, SomeTypesCannotBeUpdated) {
  make("Record", R"({"Name":"www","Target":"x","Lifetime":1})");
  for (const std::string_view patch :
       {"[]", R"([{"op":"replace","path":"/Lifetime","value":2}])"}) {
    expect_error(of_type("Record", update_request("www", patch)), ErrorCode::kNotUpdatable);
  }
  expect_error(of_type("Record", update_request("www", "[]", 7)), ErrorCode::kResourceConflict);
}

// Shows: where the native id is the name, a name is taken while its object lives; a second object
// goes on with the versions of the first, and is none of the first one's token's business.
TEST_F(BehavioursTest, NamesCanBeIds) {
  constexpr std::string_view kRecord = R"({"Name":"www","Target":"x","Lifetime":1})";
  const auto create = [&](std::string token) {
    return of_type("Record", create_request(kRecord, std::move(token)));
  };
  EXPECT_EQ(call(create("k")).native_id, "www");
  EXPECT_EQ(call(create("k")).native_id, "www");
  expect_error(create("l"), ErrorCode::kAlreadyExists);
  expect_error(of_type("Record", create_request(R"({"Name":"","Target":"x","Lifetime":1})")),
               ErrorCode::kInvalidRequest);
  EXPECT_TRUE(call(of_type("Record", delete_request("www", 1))).ok());
  const ProviderReply second = call(create("l"));
  EXPECT_EQ(second.native_id, "www");
  EXPECT_EQ(second.version, 3);
  expect_error(create("k"), ErrorCode::kGone);
  EXPECT_EQ(call(of_type("Record", settle_request("k"))).native_id, "");
  EXPECT_EQ(call(of_type("Record", settle_request("l"))).native_id, "www");
  expect_error(of_type("Record", delete_request("www", 1)), ErrorCode::kResourceConflict);
}

// Shows: drift, too, keeps the names of such a type apart.
TEST_F(BehavioursTest, DriftKeepsIdsApart) {
  const JsonObject properties = object(R"({"Name":"www","Target":"x","Lifetime":1})");
  const std::string type = "Test::Network::Record";
  ASSERT_TRUE(put(truth.state, type, "t", properties, at_ms(0)).has_value());
  EXPECT_FALSE(put(truth.state, type, "t", properties, at_ms(0)).has_value());
  EXPECT_FALSE(
      patch(truth.state, "www", array(R"([{"op":"replace","path":"/Name","value":"w"}])"), at_ms(0))
          .has_value());
  EXPECT_EQ(truth.state.live_count(), 1U);
}

}  // namespace
}  // namespace squall::cloud
