// What resources are called, and what addresses say.
#include "engines/terraform/addresses.h"

#include <gmock/gmock.h>

#include "engines/terraform/built_in_types_test.h"

namespace squall::terraform {
namespace {

constexpr std::array kRepetitions = {Repetition::kNone, Repetition::kCount, Repetition::kForEach,
                                     Repetition::kModuleCount, Repetition::kModuleForEach};

std::set<ResourceIdentity> blocks(const std::string& address) {
  return blocks_at({address}, "stack-0", mapping());
}

// Shows: what an address says is read back as it was written, wherever the resource is placed; what
// is none of ours is not.
TEST(Addresses, AreReadAsTheyAreWritten) {
  for (const std::string module : {"", "m0", "m0/m1"}) {
    for (const Repetition repetition : kRepetitions) {
      const Placement placement{.module = module, .repetition = repetition};
      const std::string address = address_of(id("res-0"), placement);
      const auto parsed = parse_address(address);
      ASSERT_TRUE(parsed) << address;
      EXPECT_EQ(parsed->placement, placement) << address;
      EXPECT_EQ(parsed->label, "res-0");
      EXPECT_EQ(parsed->type, "squall_generic_resource");
      EXPECT_THAT(blocks(block_address(id("res-0"), placement)),
                  ::testing::ElementsAre(id("res-0")));
    }
  }
  EXPECT_EQ(address_of(id("a"), {.module = "m1", .repetition = Repetition::kForEach}),
            "module.m1.squall_generic_resource.a[\"only\"]");
  EXPECT_EQ(address_of(id("a"), {.module = "m1/m0", .repetition = Repetition::kModuleCount}),
            "module.m1.module.m0.module.a[0].squall_generic_resource.a");
  for (const char* foreign :
       {"", "a", "module.m", "t.a[\"other\"]", "t.a[1]", "module.a[1].t.a", "module.b[0].t.a",
        "module.m[0].module.a[0].t.a", "module.a[0].t.a[0]"})
    EXPECT_FALSE(parse_address(foreign)) << foreign;
}

// Shows: several of one block are told apart by number or label, and read back as themselves; a
// state's dependency on all of them is one on the block, and that in a module of its own is another
// one.
TEST(Addresses, OfOneBlock) {
  std::set<ResourceIdentity> all;
  for (const std::string module : {"", "m0", "m0/m1"}) {
    for (const Repetition repetition : kRepetitions) {
      if (repetition == Repetition::kNone) continue;
      const Placement placement{.module = module, .repetition = repetition, .group = {"a", "b"}};
      const auto parsed = parse_address(address_of(id("b"), placement));
      ASSERT_TRUE(parsed);
      EXPECT_EQ(parsed->label, "b");
      EXPECT_EQ(parsed->placement, placement);
      const std::set<ResourceIdentity> found = blocks(block_address(id("a"), placement));
      EXPECT_THAT(found, ::testing::ElementsAre(block_of(id("a"), placement)));
      all.insert(found.begin(), found.end());
    }
  }
  EXPECT_EQ(all.size(), 6U);  // with count and with for_each it is the same
  EXPECT_FALSE(parse_address("squall_generic_resource.a--b[2]"));
  EXPECT_FALSE(parse_address("module.a--b[2].squall_generic_resource.a--b"));
}

// Shows: an address to target is where the resource is declared; also where it moves away from.
TEST(Addresses, OfWhereItIsAndWas) {
  Forma forma;
  forma.resources.resize(2);
  forma.resources[0].identity = id("a");
  forma.resources[0].placement.module = "m0";
  forma.resources[1].identity = id("b");
  EXPECT_THAT(addresses_of({id("a"), id("b"), id("c")}, forma, {{id("a"), {}}, {id("b"), {}}}),
              ::testing::ElementsAre("module.m0.squall_generic_resource.a",
                                     "squall_generic_resource.a", "squall_generic_resource.b"));
}

}  // namespace
}  // namespace squall::terraform
