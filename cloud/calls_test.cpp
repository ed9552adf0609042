#include "cloud/calls.h"

#include <gtest/gtest.h>

#include "cloud/drift.h"
#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using testing::array;
using testing::at_ms;
using testing::create_request;
using testing::delete_request;
using testing::kA;
using testing::list_request;
using testing::object;
using testing::read_request;
using testing::request_for;
using testing::settle_request;
using testing::update_request;

class CallsTest : public ::testing::Test {
 protected:
  // Executes, and checks on the way that the dry run foretold the outcome without an effect, and
  // that a failure had none.
  Executed call(const ProviderRequest& request, Instant now = at_ms(0)) {
    const uint64_t before = truth.state.digest();
    const bool foretold = would_succeed(truth, behaviours, request, now);
    EXPECT_EQ(truth.state.digest(), before);
    Executed out = execute(truth, behaviours, request, now);
    EXPECT_EQ(out.reply.ok(), foretold) << out.reply.message;
    if (!out.reply.ok()) {
      EXPECT_EQ(truth.state.digest(), before);
      EXPECT_EQ(out.change.effect, Effect::kNone);
      EXPECT_FALSE(out.reply.message.empty());
    }
    return out;
  }
  void expect_error(const ProviderRequest& request, ErrorCode code, Instant now = at_ms(0)) {
    const ProviderReply reply = call(request, now).reply;
    ASSERT_EQ(reply.status, ReplyStatus::kFailure);
    EXPECT_EQ(to_string(reply.error), to_string(code)) << reply.message;
  }
  NativeId create(std::string_view properties, std::string token = "") {
    const ProviderReply reply = call(create_request(properties, std::move(token))).reply;
    EXPECT_TRUE(reply.ok()) << reply.message;
    return reply.native_id;
  }

  Truth truth{CloudState(catalogue_of(generic_types())), {}, {}};
  Behaviours behaviours;
};

// Shows: a create answers with the id, all properties and version 1, and its change says the same.
TEST_F(CallsTest, CreateMakesAnObject) {
  const Executed out = call(create_request(kA, "k"));
  EXPECT_EQ(out.reply.native_id, "generic-1");
  EXPECT_EQ(out.reply.version, 1);
  EXPECT_EQ(canonical(out.reply.properties), R"({"Id":"generic-1","Name":"a","Value":"1"})");
  EXPECT_EQ(out.change.effect, Effect::kCreated);
  EXPECT_EQ(out.change.native_id, "generic-1");
  EXPECT_EQ(out.change.version_before, 0);
  EXPECT_EQ(out.change.version_after, 1);
  EXPECT_EQ(out.change.before, nullptr);
  ASSERT_NE(out.change.after, nullptr);
  EXPECT_TRUE(truth.state.find("generic-1")->made_by_engine);
}

// Shows: what a create must bring and may bring is checked.
TEST_F(CallsTest, CreateChecksItsProperties) {
  expect_error(create_request(R"({"Value":"1"})"), ErrorCode::kInvalidRequest);
  expect_error(create_request(R"({"Name":null})"), ErrorCode::kInvalidRequest);
  expect_error(create_request(R"({"Name":"a","Colour":"red"})"), ErrorCode::kInvalidRequest);
  expect_error(create_request(R"({"Name":"a","Id":"generic-9"})"), ErrorCode::kInvalidRequest);
  ProviderRequest unknown = create_request(kA);
  unknown.type = "Test::Generic::Nothing";
  expect_error(unknown, ErrorCode::kInvalidRequest);
}

// Shows: a create with a token seen before makes nothing, and tells the object as it is by now.
TEST_F(CallsTest, TokenTellsTheObjectItMade) {
  const NativeId id = create(kA, "k");
  call(update_request(id, R"([{"op":"replace","path":"/Value","value":"2"}])"));
  const Executed again = call(create_request(R"({"Value":"1","Name":"a"})", "k"));
  EXPECT_EQ(again.reply.native_id, id);
  EXPECT_EQ(again.reply.version, 2);
  EXPECT_EQ(again.reply.properties.at("Value").as_string(), "2");
  EXPECT_EQ(again.change.effect, Effect::kNone);
  EXPECT_EQ(again.change.version_before, 2);
  EXPECT_EQ(truth.state.live_count(), 1U);
}

// Shows: a token is bound to its request: other properties, target or type are refused.
TEST_F(CallsTest, TokenIsBoundToItsRequest) {
  create(kA, "k");
  expect_error(create_request(R"({"Name":"a","Value":"2"})", "k"), ErrorCode::kInvalidRequest);
  ProviderRequest elsewhere = create_request(kA, "k");
  elsewhere.target = "u";
  expect_error(elsewhere, ErrorCode::kInvalidRequest);
  ProviderRequest other_type = create_request(kA, "k");
  other_type.type = kGenericChild;
  expect_error(other_type, ErrorCode::kInvalidRequest);
}

// Shows: the token of a deleted object never makes a second one.
TEST_F(CallsTest, TokenOfADeletedObjectIsGone) {
  call(delete_request(create(kA, "k")));
  expect_error(create_request(kA, "k"), ErrorCode::kGone);
  EXPECT_TRUE(truth.state.live().empty());
}

// Shows: a create that fails leaves its token unused, so that it may be tried again.
TEST_F(CallsTest, FailedCreateDoesNotBindItsToken) {
  expect_error(create_request(R"({"Value":"1"})", "k"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(create(kA, "k"), "generic-1");
}

// Shows: a token seen before is answered before the rate limit is asked, and costs nothing.
TEST_F(CallsTest, TokenComesBeforeTheRateLimit) {
  behaviours.rate_per_second = 1;
  const NativeId id = create(kA, "k");
  EXPECT_EQ(call(create_request(kA, "k")).reply.native_id, id);
  expect_error(create_request(kA, "l"), ErrorCode::kThrottling);
  EXPECT_TRUE(call(create_request(kA, "l"), at_ms(1000)).reply.ok());
}

// Shows: Settle finds the object a token made, with its properties and version, and changes
// nothing.
TEST_F(CallsTest, SettleFindsTheObject) {
  const NativeId id = create(kA, "k");
  const Executed out = call(settle_request("k"));
  EXPECT_EQ(out.reply.native_id, id);
  EXPECT_EQ(out.reply.version, 1);
  EXPECT_EQ(out.reply.properties.at("Id").as_string(), id);
  EXPECT_EQ(out.change.effect, Effect::kNone);
}

// Shows: Settle of a token never seen says "none" and voids it: a create that comes late is refused
// with a definite answer, however often Settle is repeated.
TEST_F(CallsTest, SettleVoidsAnUnknownToken) {
  const Executed first = call(settle_request("k"));
  EXPECT_TRUE(first.reply.ok());
  EXPECT_EQ(first.reply.native_id, "");
  EXPECT_EQ(first.change.effect, Effect::kTokenVoided);
  const Executed second = call(settle_request("k"));
  EXPECT_EQ(second.reply.native_id, "");
  EXPECT_EQ(second.change.effect, Effect::kNone);
  const ProviderReply late = call(create_request(kA, "k")).reply;
  EXPECT_EQ(late.error, ErrorCode::kInvalidRequest);
  EXPECT_FALSE(is_ambiguous(late.error));
  EXPECT_EQ(late.message, "the create token k was settled as unused; it makes nothing any more");
  EXPECT_TRUE(truth.state.live().empty());
}

// Shows: Settle of a token whose object was deleted says "none"; the token still makes nothing.
TEST_F(CallsTest, SettleOfADeletedObjectIsNone) {
  call(delete_request(create(kA, "k")));
  const Executed out = call(settle_request("k"));
  EXPECT_TRUE(out.reply.ok());
  EXPECT_EQ(out.reply.native_id, "");
  expect_error(create_request(kA, "k"), ErrorCode::kGone);
}

// Shows: Settle wants a token, and the type it was used with.
TEST_F(CallsTest, SettleChecksItsRequest) {
  expect_error(settle_request(""), ErrorCode::kInvalidRequest);
  create(kA, "k");
  ProviderRequest other = settle_request("k");
  other.type = kGenericChild;
  expect_error(other, ErrorCode::kInvalidRequest);
}

// Shows: with tokens off, a token means nothing: the same one makes two objects, and nothing
// settles.
TEST_F(CallsTest, TokensCanBeOff) {
  behaviours.create_tokens = false;
  EXPECT_NE(create(kA, "k"), create(kA, "k"));
  expect_error(settle_request("k"), ErrorCode::kInvalidRequest);
}

// Shows: a read gives all properties and the version, and NotFound for what is not there.
TEST_F(CallsTest, ReadTellsTheTruth) {
  const NativeId id = create(kA);
  const Executed out = call(read_request(id));
  EXPECT_EQ(canonical(out.reply.properties), R"({"Id":"generic-1","Name":"a","Value":"1"})");
  EXPECT_EQ(out.reply.version, 1);
  EXPECT_EQ(out.change.effect, Effect::kNone);
  EXPECT_EQ(out.change.native_id, id);
  expect_error(read_request("generic-7"), ErrorCode::kNotFound);
  expect_error(request_for(CallKind::kRead, id, kGenericChild), ErrorCode::kNotFound);
  call(delete_request(id));
  expect_error(read_request(id), ErrorCode::kNotFound);
}

// Shows: an update applies its patch to the cloud's own state, whatever the request's properties
// say.
TEST_F(CallsTest, UpdateAppliesThePatch) {
  const NativeId id = create(R"({"Name":"a","SetTags":["x"]})");
  ProviderRequest request =
      update_request(id, R"([{"op":"add","path":"/SetTags/-","value":"y"}])", 1);
  request.properties = object(R"({"Name":"a","Value":"never"})");
  const Executed out = call(request);
  EXPECT_EQ(canonical(out.reply.properties),
            R"({"Id":"generic-1","Name":"a","SetTags":["x","y"]})");
  EXPECT_EQ(out.reply.version, 2);
  EXPECT_EQ(out.change.effect, Effect::kUpdated);
  EXPECT_EQ(out.change.version_before, 1);
  EXPECT_EQ(out.change.version_after, 2);
  EXPECT_EQ(canonical(*out.change.before), R"({"Id":"generic-1","Name":"a","SetTags":["x"]})");
}

// Shows: a patch that does not apply, or leaves something the type does not have, changes nothing.
TEST_F(CallsTest, UpdateRefusesAPatchThatDoesNotFit) {
  const NativeId id = create(kA);
  for (const std::string_view patch : {
           R"([{"op":"replace","path":"/SetTags/0","value":"x"}])",
           R"([{"op":"replace","path":"/Value","value":"2"},{"op":"remove","path":"/SetTags"}])",
           R"([{"op":"test","path":"/Value","value":"0"}])",
           R"([{"op":"add","path":"/Colour","value":"red"}])",
           R"([{"op":"add","path":"/Id","value":"generic-2"}])",
           R"([{"op":"replace","path":"/Id","value":"generic-2"}])",
           R"([{"op":"remove","path":"/Id"}])",
           R"([{"op":"add","path":"","value":[]}])",
           R"([{"op":"frobnicate","path":"/Value"}])",
           R"([1])",
       }) {
    expect_error(update_request(id, patch), ErrorCode::kInvalidRequest);
  }
  EXPECT_EQ(truth.state.find(id)->version(), 1);
}

// Shows: a CreateOnly field can neither change nor go.
TEST_F(CallsTest, UpdateKeepsCreateOnlyFields) {
  const NativeId id = create(kA);
  expect_error(update_request(id, R"([{"op":"replace","path":"/Name","value":"b"}])"),
               ErrorCode::kNotUpdatable);
  expect_error(update_request(id, R"([{"op":"remove","path":"/Name"}])"), ErrorCode::kNotUpdatable);
  EXPECT_TRUE(
      call(update_request(id, R"([{"op":"replace","path":"/Name","value":"a"}])")).reply.ok());
}

// Shows: a CreateOnly field inside a nested object, and one whose key has a dot, are watched too.
TEST(CallsOnNestedFields, UpdateKeepsCreateOnlyFields) {
  Schema schema;
  schema.type = "A::B::C";
  schema.fields = {"Settings", "dotted.key"};
  schema.hints["Settings.Level"].create_only = true;
  schema.hints["dotted.key"].create_only = true;
  Truth truth{CloudState(catalogue_of(std::vector<Schema>{schema})), {}, {}};
  ProviderRequest create =
      create_request(R"({"Settings":{"Level":1,"Colour":"red"},"dotted.key":{"x":1}})");
  create.type = schema.type;
  const NativeId id = execute(truth, {}, create, at_ms(0)).reply.native_id;
  EXPECT_EQ(id, "c-1");
  const auto update = [&](std::string_view patch) {
    ProviderRequest request = update_request(id, patch);
    request.type = schema.type;
    return execute(truth, {}, request, at_ms(0)).reply;
  };
  EXPECT_TRUE(update(R"([{"op":"replace","path":"/Settings/Colour","value":"blue"}])").ok());
  EXPECT_EQ(update(R"([{"op":"replace","path":"/Settings/Level","value":2}])").error,
            ErrorCode::kNotUpdatable);
  EXPECT_EQ(update(R"([{"op":"remove","path":"/Settings"}])").error, ErrorCode::kNotUpdatable);
  EXPECT_EQ(update(R"([{"op":"replace","path":"/dotted.key","value":1}])").error,
            ErrorCode::kNotUpdatable);
}

// Shows: an update that changes nothing succeeds, and the version stays.
TEST_F(CallsTest, UpdateWithoutEffectKeepsTheVersion) {
  const NativeId id = create(kA);
  for (const std::string_view patch : {"[]", R"([{"op":"replace","path":"/Value","value":"1"}])",
                                       R"([{"op":"test","path":"/Name","value":"a"}])"}) {
    const Executed out = call(update_request(id, patch, 1));
    EXPECT_TRUE(out.reply.ok());
    EXPECT_EQ(out.reply.version, 1);
    EXPECT_EQ(out.change.effect, Effect::kNone);
    EXPECT_EQ(out.change.version_after, 1);
  }
}

// Shows: IfVersion must be the version there is, older or newer ones change nothing; it is looked
// at before the patch.
TEST_F(CallsTest, IfVersionGuardsUpdateAndDelete) {
  const NativeId id = create(kA);
  call(update_request(id, R"([{"op":"replace","path":"/Value","value":"2"}])", 1));
  expect_error(update_request(id, R"([{"op":"replace","path":"/Value","value":"3"}])", 1),
               ErrorCode::kResourceConflict);
  expect_error(update_request(id, R"([{"op":"bad"}])", 3), ErrorCode::kResourceConflict);
  expect_error(delete_request(id, 1), ErrorCode::kResourceConflict);
  EXPECT_TRUE(call(delete_request(id, 2)).reply.ok());
}

// Shows: with versions off, replies carry none and IfVersion is ignored.
TEST_F(CallsTest, VersionsCanBeOff) {
  behaviours.versions = false;
  const Executed made = call(create_request(kA, "k"));
  EXPECT_EQ(made.reply.version, 0);
  const NativeId id = made.reply.native_id;
  EXPECT_EQ(call(read_request(id)).reply.version, 0);
  const Executed updated =
      call(update_request(id, R"([{"op":"replace","path":"/Value","value":"2"}])", 99));
  EXPECT_EQ(updated.reply.version, 0);
  EXPECT_EQ(updated.change.version_after, 2) << "the log still tells the truth";
  EXPECT_EQ(call(settle_request("k")).reply.version, 0);
  EXPECT_TRUE(call(delete_request(id, 99)).reply.ok());
}

// Shows: a delete takes the object away; a second one, and an update after it, find nothing.
TEST_F(CallsTest, DeleteRemoves) {
  const NativeId id = create(kA);
  const Executed out = call(delete_request(id, 1));
  EXPECT_EQ(out.change.effect, Effect::kDeleted);
  EXPECT_EQ(out.change.native_id, id);
  EXPECT_EQ(out.change.version_before, 1);
  EXPECT_EQ(out.change.version_after, 0);
  ASSERT_NE(out.change.before, nullptr);
  EXPECT_EQ(out.change.after, nullptr);
  expect_error(delete_request(id, 1), ErrorCode::kNotFound);
  expect_error(update_request(id, "[]"), ErrorCode::kNotFound);
}

// Shows: lists come in pages of 100; the page token of one leads to the next.
TEST_F(CallsTest, ListComesInPages) {
  for (int i = 0; i < 201; ++i) create(kA);
  std::vector<size_t> sizes;
  std::string page;
  do {
    const ProviderReply reply = call(list_request(kGenericResource, "", page)).reply;
    ASSERT_TRUE(reply.ok());
    sizes.push_back(reply.listed.size());
    page = reply.next_page;
  } while (!page.empty());
  EXPECT_EQ(sizes, (std::vector<size_t>{100, 100, 1}));
}

// Shows: children are listed per parent, and what a list cannot be asked is refused.
TEST_F(CallsTest, ListChecksItsRequest) {
  const NativeId parent = create(R"({"Name":"p"})");
  ProviderRequest child = create_request(R"({"Name":"c","ParentId":"p"})");
  child.type = kGenericChild;
  const NativeId child_id = call(child).reply.native_id;
  const ProviderReply listed = call(list_request(kGenericChild, parent)).reply;
  ASSERT_EQ(listed.listed.size(), 1U);
  EXPECT_EQ(listed.listed[0].native_id, child_id);
  EXPECT_EQ(listed.listed[0].properties.at("ParentId").as_string(), "p");
  expect_error(list_request(kGenericChild), ErrorCode::kInvalidRequest);
  expect_error(list_request(kGenericResource, parent), ErrorCode::kInvalidRequest);
  expect_error(list_request(kGenericChild, "generic-99"), ErrorCode::kNotFound);
  expect_error(list_request(kGenericChild, child_id), ErrorCode::kNotFound);
  expect_error(list_request(kGenericResource, "", "x"), ErrorCode::kInvalidRequest);
  expect_error(list_request("Test::Generic::Nothing"), ErrorCode::kInvalidRequest);
}

// Shows: a request id that is not known is said to be so with an ambiguous code.
TEST_F(CallsTest, StatusForgets) {
  ProviderRequest request = request_for(CallKind::kStatus, "generic-1");
  request.request_id = "r-1";
  expect_error(request, ErrorCode::kGeneralServiceException);
}

// Shows: calls beyond the rate are throttled with no effect, whatever their kind.
TEST_F(CallsTest, RateLimitThrottles) {
  behaviours.rate_per_second = 2;
  const NativeId id = create(kA);
  EXPECT_TRUE(call(read_request(id)).reply.ok());
  expect_error(read_request(id), ErrorCode::kThrottling);
  expect_error(delete_request(id), ErrorCode::kThrottling);
  expect_error(settle_request("k"), ErrorCode::kThrottling);
  EXPECT_EQ(truth.state.find_token("k"), nullptr);
  EXPECT_TRUE(call(read_request(id), at_ms(500)).reply.ok());
}

// Shows: a call is known by the object's Name, and by its label where there is no Name to know.
TEST_F(CallsTest, ResourceNameIsTheObjectsName) {
  const auto name = [&](ProviderRequest request) {
    request.label = "label";
    return resource_name(truth, request);
  };
  EXPECT_EQ(name(create_request(kA)), "a");
  EXPECT_EQ(name(create_request("{}")), "label");
  EXPECT_EQ(name(settle_request("k")), "label");
  const NativeId id = create(kA, "k");
  EXPECT_EQ(name(settle_request("k")), "a");
  EXPECT_EQ(name(read_request(id)), "a");
  EXPECT_EQ(name(read_request("generic-9")), "label");
  EXPECT_EQ(name(list_request(kGenericResource)), "label");
  call(delete_request(id));
  EXPECT_EQ(name(read_request(id)), "a") << "a deleted object still has its name";
}

// Shows: drift puts, changes (CreateOnly fields too) and removes objects; nobody's token is
// touched.
TEST_F(CallsTest, DriftChangesTheTruth) {
  const Result<Change> made =
      put(truth.state, std::string(kGenericResource), "t", object(kA), at_ms(1));
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->effect, Effect::kCreated);
  const NativeId id = made->native_id;
  EXPECT_FALSE(truth.state.find(id)->made_by_engine);

  const Result<Change> changed = patch(
      truth.state, id,
      array(R"([{"op":"replace","path":"/Name","value":"b"},{"op":"remove","path":"/Value"}])"),
      at_ms(2));
  ASSERT_TRUE(changed.has_value()) << changed.error().message;
  EXPECT_EQ(canonical(*changed->after), R"({"Id":"generic-1","Name":"b"})");
  EXPECT_EQ(changed->version_after, 2);
  const Result<Change> same_again =
      patch(truth.state, id, array(R"([{"op":"replace","path":"/Name","value":"b"}])"), at_ms(3));
  ASSERT_TRUE(same_again.has_value());
  EXPECT_EQ(same_again->effect, Effect::kNone);
  EXPECT_EQ(truth.state.find(id)->version(), 2);

  ASSERT_TRUE(remove(truth.state, id, at_ms(4)).has_value());
  EXPECT_FALSE(truth.state.find(id)->alive());
}

// Shows: drift that makes no sense is refused, and the truth stays as it was.
TEST_F(CallsTest, DriftIsChecked) {
  const NativeId id = create(kA);
  const uint64_t before = truth.state.digest();
  CloudState& state = truth.state;
  EXPECT_FALSE(put(state, "X::Y::Z", "t", object(kA), at_ms(0)).has_value());
  EXPECT_FALSE(put(state, std::string(kGenericResource), "t", object("{}"), at_ms(0)).has_value());
  EXPECT_FALSE(remove(state, "generic-9", at_ms(0)).has_value());
  for (const std::string_view bad : {
           R"([{"op":"remove","path":"/Nothing"}])",
           R"([{"op":"remove","path":"/Name"}])",
           R"([{"op":"remove","path":"/Id"}])",
           R"([{"op":"replace","path":"/Id","value":"x"}])",
           R"([{"op":"add","path":"/Colour","value":"red"}])",
           R"([{"op":"replace","path":"","value":1}])",
       }) {
    EXPECT_FALSE(patch(state, id, array(bad), at_ms(0)).has_value()) << bad;
  }
  EXPECT_FALSE(patch(state, "generic-9", JsonArray(), at_ms(0)).has_value());
  EXPECT_EQ(state.digest(), before);
  EXPECT_EQ(state.find(id)->version(), 1);
}

}  // namespace
}  // namespace squall::cloud
