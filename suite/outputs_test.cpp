#include "suite/outputs.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"

namespace squall::suite {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kType = "Test::Generic::Resource";

World two_slots() {
  World world;
  world.stacks = {"stack-0"};
  world.slots = {{"a", kType, "stack-0", {}}, {"b", kType, "stack-0", {}}};
  return world;
}

spec::BelievedRows one_row(const JsonObject& actual) {
  spec::BelievedRow row;
  row.identity = {"stack-0", "a", kType};
  row.actual = actual;
  row.read_only = JsonObject{{"Id", "id-1"}};
  return {{row.identity, row}};
}

// Shows: what an operation does not declare it does not show; what is sensitive begins with a text
// of its own.
TEST(SuiteOutputs, AreOfWhatIsDeclared) {
  Operation operation;
  operation.resources = {{"a", {}}};
  operation.outputs = {{"a", "Value", true}, {"b", "Value"}, {"a", "team.name"}};
  const std::vector<DeclaredOutput> declared = declared_outputs(two_slots(), operation);
  ASSERT_THAT(declared, SizeIs(2));
  EXPECT_EQ(declared.back().name, "a_team_name") << "no name has a dot";
  EXPECT_EQ(declared.front().name, "a_Value");
  EXPECT_FALSE(declared.front().prefix.empty());
  Case test_case;
  test_case.operations = {operation};
  EXPECT_THAT(hidden_in(test_case), ElementsAre(declared.front().prefix));
}

// Shows: the identifier and single values can be shown, secrets and collections cannot.
TEST(SuiteOutputs, ShowSingleValues) {
  const std::vector<ResourceType> types = cloud::built_in_types();
  EXPECT_THAT(showable_properties(*find_type(types, kType)), Contains("Id"));
  EXPECT_THAT(showable_properties(*find_type(types, kType)), Contains("Value"));
  const auto secret = showable_properties(*find_type(types, "Test::Network::Secret"));
  EXPECT_THAT(secret, Contains("Owner"));
  EXPECT_THAT(secret, Not(Contains("Token")));
  EXPECT_THAT(secret, Not(Contains("Password")));
}

// Shows: an output is what the row has; one that is null is none, but where it is sensitive.
TEST(SuiteOutputs, AreWhatThereIs) {
  const Reference value{{"stack-0", "a", kType}, "Value"};
  const Reference id{{"stack-0", "a", kType}, "Id"};
  const std::vector<DeclaredOutput> declared = {{.name = "v", .value = value},
                                                {.name = "i", .value = id}};
  const ExpectedOutputs full = outputs_after(declared, one_row({{"Value", "x"}}), std::nullopt);
  EXPECT_FALSE(full.others_are_open);
  ASSERT_THAT(full.values, SizeIs(2));
  EXPECT_EQ(full.values.at("v").value, Json("x"));
  EXPECT_EQ(full.values.at("i").value, Json("id-1"));
  EXPECT_THAT(outputs_after(declared, one_row({}), std::nullopt).values, SizeIs(1));
  const DeclaredOutput hidden{
      .name = "v", .value = value, .is_sensitive = true, .prefix = "hidden-"};
  const ExpectedOutputs kept = outputs_after({hidden}, one_row({}), std::nullopt);
  EXPECT_EQ(kept.values.at("v").value, Json("hidden-null"));
}

// Shows: a run that is about some says nothing of the others.
TEST(SuiteOutputs, OfOthersNobodyKnows) {
  const Reference value{{"stack-0", "a", kType}, "Value"};
  const ExpectedOutputs some =
      outputs_after({{.name = "v", .value = value}}, one_row({{"Value", "x"}}), {{}});
  EXPECT_TRUE(some.others_are_open);
  EXPECT_THAT(some.values, IsEmpty());
}

}  // namespace
}  // namespace squall::suite
