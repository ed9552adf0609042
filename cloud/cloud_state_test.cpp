#include "cloud/cloud_state.h"

#include <gtest/gtest.h>

#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using testing::at_ms;
using testing::object;

class CloudStateTest : public ::testing::Test {
 protected:
  const ObjectRecord& create(std::string_view type, std::string_view properties,
                             const std::string& target = "t") {
    return state.create(*state.schema(type), target, object(properties), true, at_ms(1));
  }

  CloudState state{catalogue_of(generic_types())};
};

// Shows: native ids are a short prefix of the type and one counter over all types.
TEST_F(CloudStateTest, GivesReadableIds) {
  EXPECT_EQ(create(kGenericResource, R"({"Name":"a"})").native_id, "generic-1");
  EXPECT_EQ(create(kGenericChild, R"({"Name":"b","ParentId":"a"})").native_id, "child-2");
  EXPECT_EQ(create(kGenericGrandchild, R"({"Name":"c","ParentId":"b"})").native_id, "grandchild-3");
}

// Shows: the id is also among the properties, under the type's identifier.
TEST_F(CloudStateTest, AddsTheIdToTheProperties) {
  const ObjectRecord& made = create(kGenericResource, R"({"Name":"a"})");
  EXPECT_EQ(canonical(*made.properties()), R"({"Id":"generic-1","Name":"a"})");
  EXPECT_EQ(made.name, "a");
}

// Shows: history only grows; a deleted object leaves a tombstone that can be found, not listed.
TEST_F(CloudStateTest, KeepsHistoryAndTombstones) {
  const NativeId id = create(kGenericResource, R"({"Name":"a","Value":"1"})").native_id;
  state.update(id, std::make_shared<JsonObject>(object(R"({"Name":"a","Value":"2"})")), at_ms(2));
  state.remove(id, at_ms(3));

  const ObjectRecord* record = state.find(id);
  ASSERT_NE(record, nullptr);
  EXPECT_FALSE(record->alive());
  EXPECT_EQ(state.find_alive(id), nullptr);
  ASSERT_EQ(record->history.size(), 3U);
  EXPECT_EQ(record->history[0].properties->at("Value").as_string(), "1");
  EXPECT_EQ(record->history[1].version, 2);
  EXPECT_EQ(record->history[2].properties, nullptr);
  EXPECT_EQ(record->history[2].time, at_ms(3));
  EXPECT_TRUE(state.live().empty());
  EXPECT_TRUE(state.list({state.schema(kGenericResource), nullptr, ""}, 0, 10).objects.empty());
}

// Shows: pages follow the order of creation, and stay good while objects come and go.
TEST_F(CloudStateTest, ListsInPages) {
  for (int i = 0; i < 5; ++i) create(kGenericResource, R"({"Name":"n"})");
  const CloudState::Filter filter{state.schema(kGenericResource), nullptr, ""};
  const CloudState::Page first = state.list(filter, 0, 2);
  ASSERT_EQ(first.objects.size(), 2U);
  EXPECT_EQ(first.objects[1]->native_id, "generic-2");
  state.remove("generic-1", at_ms(2));
  state.remove("generic-3", at_ms(2));
  const CloudState::Page second = state.list(filter, first.next, 2);
  ASSERT_EQ(second.objects.size(), 2U);
  EXPECT_EQ(second.objects[0]->native_id, "generic-4");
  EXPECT_EQ(second.next, 0U);
}

// Shows: a list can be narrowed to a target, and to the children of one parent, also after a child
// moved to another parent.
TEST_F(CloudStateTest, FiltersLists) {
  create(kGenericResource, R"({"Name":"p"})");
  create(kGenericResource, R"({"Name":"q"})", "other");
  create(kGenericChild, R"({"Name":"c","ParentId":"p"})");
  create(kGenericChild, R"({"Name":"d","ParentId":"q"})");
  const Schema* resource = state.schema(kGenericResource);
  const Schema* child = state.schema(kGenericChild);
  EXPECT_EQ(state.list({resource, nullptr, "other"}, 0, 9).objects.size(), 1U);
  const auto children_of = [&](const NativeId& parent) {
    return state.list({child, state.find(parent), ""}, 0, 9).objects;
  };
  ASSERT_EQ(children_of("generic-1").size(), 1U);
  EXPECT_EQ(children_of("generic-1")[0]->name, "c");
  state.update("child-3", std::make_shared<JsonObject>(object(R"({"Name":"c","ParentId":"q"})")),
               at_ms(2));
  EXPECT_TRUE(children_of("generic-1").empty());
  ASSERT_EQ(children_of("generic-2").size(), 2U);
  EXPECT_EQ(children_of("generic-2")[0]->name, "c");
}

// Shows: a copy stays what it was while the original changes, and the other way round.
TEST_F(CloudStateTest, CopiesAreIndependent) {
  create(kGenericResource, R"({"Name":"a","Value":"1"})");
  state.bind_token("k", {state.schema(kGenericResource), 7, "generic-1", false, 1, false, ""});
  CloudState copy = state;
  state.update("generic-1", std::make_shared<JsonObject>(object(R"({"Name":"a"})")), at_ms(2));
  state.bind_token("l", {state.schema(kGenericResource), 7, "", true, 0, false, ""});
  EXPECT_EQ(copy.find("generic-1")->version(), 1);
  EXPECT_EQ(copy.find("generic-1")->history.size(), 1U);
  EXPECT_EQ(copy.find_token("l"), nullptr);
  copy.remove("generic-1", at_ms(3));
  EXPECT_EQ(state.find("generic-1")->version(), 2);
  EXPECT_EQ(state.live_count(), 1U);
  EXPECT_EQ(copy.live_count(), 0U);
}

// Shows: the counter of ids can be raised, but never so that an id comes twice.
TEST_F(CloudStateTest, NeverGivesAnIdTwice) {
  create(kGenericResource, R"({"Name":"a"})");
  EXPECT_FALSE(state.set_id_counter(1).has_value());
  EXPECT_FALSE(state.set_id_counter(0).has_value());
  ASSERT_TRUE(state.set_id_counter(50).has_value());
  ASSERT_TRUE(state.set_id_counter(40).has_value());
  EXPECT_EQ(create(kGenericResource, R"({"Name":"b"})").native_id, "generic-40");
  EXPECT_FALSE(state.set_id_counter(40).has_value());
}

// Shows: the digest sees types, names and properties, but neither ids nor the order of creation.
TEST_F(CloudStateTest, DigestIsOfWhatIsThere) {
  const uint64_t empty = state.digest();
  create(kGenericResource, R"({"Name":"a","Value":"1"})");
  create(kGenericChild, R"({"Name":"b","ParentId":"a"})");
  CloudState other{catalogue_of(generic_types())};
  ASSERT_TRUE(other.set_id_counter(9).has_value());
  other.create(*other.schema(kGenericChild), "t", object(R"({"ParentId":"a","Name":"b"})"), false,
               at_ms(8));
  EXPECT_NE(other.digest(), state.digest());
  other.create(*other.schema(kGenericResource), "t", object(R"({"Value":"1","Name":"a"})"), false,
               at_ms(9));
  EXPECT_EQ(other.digest(), state.digest());
  state.update("generic-1", std::make_shared<JsonObject>(object(R"({"Name":"a","Value":"2"})")),
               at_ms(2));
  EXPECT_NE(other.digest(), state.digest());
  state.remove("generic-1", at_ms(3));
  state.remove("child-2", at_ms(3));
  EXPECT_EQ(state.digest(), empty);
}

// Shows: the digest does not depend on what the cloud made up, also where another object refers to
// it; it does depend on whose it is.
TEST(CloudStateDigest, SeesThroughMadeUpValues) {
  const auto digest = [](std::string_view first, std::string_view second, bool points_to_first) {
    CloudState state{catalogue_of(built_in_types())};
    const Schema& network = *state.schema("Test::Network::Network");
    const Schema& gateway = *state.schema("Test::Network::Gateway");
    NativeId ids[2];
    for (const std::string_view name : {first, second}) {
      JsonObject properties{{"Name", name}};
      const NativeId id = state.create(network, "t", properties, true, at_ms(1)).native_id;
      ids[name == first ? 0 : 1] = id;
    }
    JsonObject properties{{"Name", "g"}, {"NetworkId", ids[points_to_first ? 0 : 1]}};
    state.create(gateway, "t", properties, true, at_ms(2));
    return state.digest();
  };
  EXPECT_EQ(digest("a", "b", true), digest("b", "a", false));
  EXPECT_NE(digest("a", "b", true), digest("a", "b", false));
}

// Shows: where the native id is the name, a second object of the name goes on with the versions of
// the first, and has its history.
TEST(CloudStateIds, MayBeTheName) {
  CloudState state{catalogue_of(built_in_types())};
  const Schema& record = *state.schema("Test::Network::Record");
  const JsonObject properties = object(R"({"Name":"www","Target":"x","Lifetime":1})");
  EXPECT_EQ(state.create(record, "t", properties, true, at_ms(1)).native_id, "www");
  state.remove("www", at_ms(2));
  const ObjectRecord& again = state.create(record, "t", properties, true, at_ms(3));
  EXPECT_EQ(again.native_id, "www");
  EXPECT_EQ(again.born, 3);
  EXPECT_EQ(again.version(), 3);
  EXPECT_EQ(again.history.size(), 3U);
  EXPECT_EQ(state.live(record).size(), 1U);
  EXPECT_EQ(last_change(Effect::kCreated, again).version_before, 0);
}

}  // namespace
}  // namespace squall::cloud
