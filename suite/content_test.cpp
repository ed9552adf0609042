#include "suite/content.h"

#include <gtest/gtest.h>

#include "cloud/catalogue.h"

namespace squall::suite {
namespace {

const ResourceType& type_named(const std::string& name) {
  const ResourceType* type = find_type(cloud::built_in_types(), name);
  EXPECT_NE(type, nullptr) << name;
  return *type;
}

// A network, a subnet in it, and the slot that is asked about.
World world_with(const std::string& type) {
  World world;
  world.stacks = {"s"};
  world.slots = {{"net", "Test::Network::Network", "s", {}},
                 {"other", "Test::Network::Network", "s", {}},
                 {"sub", "Test::Network::Subnet", "s", {}},
                 {"it", type, "s", {}}};
  return world;
}

// Shows: what is fixed refers to producers of the right type that stand before; the choice says to
// which. Without one there is nothing to be said.
TEST(FixedProperties, ReferToEarlierSlots) {
  const World world = world_with("Test::Network::Subnet");
  const ResourceType& subnet = type_named("Test::Network::Subnet");
  const auto first = fixed_properties(subnet, {world, world.slots[3]}, 0);
  const auto second = fixed_properties(subnet, {world, world.slots[3]}, 1);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(labels_in(*first), std::set<std::string>{"net"});
  EXPECT_EQ(labels_in(*second), std::set<std::string>{"other"});
  EXPECT_FALSE(fixed_properties(subnet, {world, world.slots[0]}, 0));
}

// Shows: every content of every type is a document of its fields, with all that is needed.
TEST(DrawnProperties, FitTheType) {
  for (const ResourceType& type : cloud::built_in_types()) {
    const World world = world_with(type.schema.type);
    for (uint64_t content = 0; content < 4000; ++content) {
      const JsonObject drawn =
          drawn_properties(type, {world, world.slots[3]}, content * 0x9e3779b97f4a7c15U);
      for (const auto& member : drawn)
        EXPECT_TRUE(type.schema.is_field(member.key())) << member.key();
      for (const auto& [path, hint] : type.schema.hints)
        if (hint.required_on_create) {
          EXPECT_TRUE(drawn.contains(path)) << path;
        }
    }
  }
}

// Shows: a change of what is fixed says something else than the slot does: a value, also a nested
// one, or another producer.
TEST(ChangeFixed, ChangesOneThing) {
  World world = world_with("Test::Network::Subnet");
  const ResourceType& subnet = type_named("Test::Network::Subnet");
  world.slots[3].properties = *fixed_properties(subnet, {world, world.slots[3]}, 0);
  JsonObject properties;
  change_fixed(subnet, {world, world.slots[3]}, FixedChange::kReference, properties);
  EXPECT_EQ(labels_in(properties), std::set<std::string>{"other"});
  properties.clear();
  const ResourceType& network = type_named("Test::Network::Network");
  change_fixed(network, {world, world.slots[0]}, FixedChange::kValue, properties);
  EXPECT_EQ(properties, (JsonObject{{"CidrBlock", "other"}}));
  properties.clear();
  change_fixed(network, {world, world.slots[0]}, FixedChange::kNone, properties);
  EXPECT_TRUE(properties.empty());
}

// Shows: Opaque values can be told from all others, and are found in a case.
TEST(SecretsIn, FindsThem) {
  Case value;
  value.world = world_with("Test::Network::Secret");
  const JsonObject drawn = drawn_properties(type_named("Test::Network::Secret"),
                                            {value.world, value.world.slots[3]}, kMaxContent);
  value.operations.resize(1);
  value.operations[0].resources = {{"it", drawn}};
  EXPECT_EQ(secrets_in(value), std::vector<std::string>{"secret-it-3"});
  EXPECT_EQ(write_only_in(value, cloud::built_in_types()), std::vector<std::string>{"hidden-it-3"});
}

}  // namespace
}  // namespace squall::suite
