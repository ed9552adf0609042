#include <gtest/gtest.h>

#include "cloud/cloud.h"
#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using testing::at_ms;
using testing::create_request;
using testing::delete_request;

ProviderReply carry(Cloud& cloud, const ProviderRequest& request) {
  const Cloud::Arrival arrival = cloud.arrive(request, at_ms(0));
  ProviderReply reply = cloud.execute(arrival.call, at_ms(0));
  cloud.answered(arrival.call, reply, true, at_ms(0));
  return reply;
}

Cloud new_cloud() { return Cloud(built_in_types(), 1); }

// Shows: a state that was saved and loaded knows its objects, versions, ids and tokens, the deleted
// ones included, and saves to the same document.
TEST(SavedState, ComesBackWhole) {
  Cloud before = new_cloud();
  const NativeId a = carry(before, create_request(R"({"Name":"a","Value":"1"})", "t1")).native_id;
  const NativeId b = carry(before, create_request(R"({"Name":"b"})", "t2")).native_id;
  ASSERT_TRUE(before.patch(
      a, JsonArray{JsonObject{{"op", "replace"}, {"path", "/Value"}, {"value", "2"}}}));
  ASSERT_TRUE(carry(before, delete_request(b)).ok());

  Cloud after = new_cloud();
  const Result<void> loaded = after.load(before.saved());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(canonical(after.saved()), canonical(before.saved()));
  EXPECT_EQ(after.digest(), before.digest());
  EXPECT_EQ(after.view().at(0).version, 2);
  EXPECT_EQ(carry(after, create_request(R"({"Name":"a","Value":"1"})", "t1")).native_id, a);
  EXPECT_EQ(carry(after, create_request(R"({"Name":"b"})", "t2")).error, ErrorCode::kGone);
  EXPECT_EQ(carry(after, create_request(R"({"Name":"c"})", "t3")).native_id, "generic-3");
  EXPECT_EQ(after.view().size(), 2U);
}

// Shows: a document that makes no sense is refused with its place, and the state stays.
TEST(SavedState, RefusesNonsense) {
  Cloud cloud = new_cloud();
  carry(cloud, create_request(R"({"Name":"a"})", "t1"));
  const Json good = cloud.saved();
  const auto refused = [&](std::string_view member, Json value) {
    Json bad = good;
    bad.as_object()[member] = std::move(value);
    const Result<void> loaded = cloud.load(bad);
    EXPECT_FALSE(loaded);
    return loaded ? "" : loaded.error().message;
  };
  EXPECT_NE(refused("format", 2).find("format"), std::string::npos);
  EXPECT_NE(refused("highest_id", 7).find("next_id"), std::string::npos);
  JsonArray twice = {good.at("objects").at(0), good.at("objects").at(0)};
  EXPECT_NE(refused("objects", twice).find("$.objects[1]"), std::string::npos);
  EXPECT_NE(refused("tokens", JsonArray{1}).find("$.tokens[0]"), std::string::npos);
  EXPECT_FALSE(cloud.load(Json("x")));
  EXPECT_EQ(canonical(cloud.saved()), canonical(good));
}

}  // namespace
}  // namespace squall::cloud
