// What a run may be told to draw from beside what it draws from anyway: faults beyond the contract,
// and resource types of one's own.
#include <gmock/gmock.h>

#include "tests/cli/command_line_test.h"

namespace squall {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CommandLine, FaultsBeyondTheContractAreMarked) {
  // Shows that a run with them says so before it begins, in its summary, in its JSON and in the
  // report of a case that has one; that such a case replays as it was saved; and that a plain run
  // says nothing of the kind.
  const Outcome run =
      squall({"test", "--beyond", "--cases", "300", "--max-failures", "1", "--json"});
  ASSERT_EQ(run.code, 1) << run.out << run.err;
  EXPECT_THAT(run.err, HasSubstr("with faults that no engine can be expected to come through"));
  EXPECT_THAT(run.out, AllOf(HasSubstr("\n  beyond     no engine can be expected to come through"),
                             HasSubstr("\n  beyond     faults were drawn that no engine")));
  const JsonObject json = last_line(run.out);
  EXPECT_TRUE(same(json.at("beyond"), Json(true)));
  const fs::path saved = folder_ / text_of(json.at("findings").at(0), "folder");
  const Outcome replayed = squall({"replay", (saved / "scenario.json").string()});
  EXPECT_EQ(replayed.code, 0) << replayed.out << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("no engine can be expected to come through"));

  const Outcome plain = squall({"test", "--cases", "1", "--json", "--failures-dir", "elsewhere"});
  EXPECT_TRUE(same(last_line(plain.out).at("beyond"), Json(false)));
  EXPECT_THAT(plain.out + plain.err, Not(HasSubstr("no engine can")));
}

constexpr const char* kShopTypes = R"([[type]]
name = "Acme::Shop::Bucket"
identifier = "Id"

  [[type.field]]
  path = "Region"
  kind = "text"
  create_only = true
  required = true
)";
constexpr const char* kShopScenario = R"({"format": 1,
  "world": {"stacks": ["stack-0"], "resources": [
    {"label": "res-0", "type": "Acme::Shop::Bucket", "stack": "stack-0",
     "properties": {"Region": "north"}}]},
  "operations": [{"kind": "apply", "mode": "reconcile", "stacks": ["stack-0"],
                  "resources": {"res-0": {}}}]})";

TEST_F(CommandLine, TypesOfOnesOwnAreListedDrawnReplayedAndShrunk) {
  // Shows a file of resource types in every command that takes one, and that a scenario which needs
  // it says so where it is missing.
  const std::string types = file("shop.toml", kShopTypes);
  const Outcome list = squall({"list", "types", "--types", types});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_THAT(list.out, AllOf(HasSubstr("Acme::Shop::Bucket"), HasSubstr("Region"),
                              HasSubstr("Test::Generic::Resource")));
  EXPECT_THAT(squall({"list", "types"}).out, Not(HasSubstr("Acme")));

  const std::string scenario = file("bucket.json", kShopScenario);
  const Outcome without = squall({"replay", scenario});
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(without.err,
              AllOf(HasSubstr("has the type Acme::Shop::Bucket"), HasSubstr("--types FILE")));
  const Outcome with = squall({"replay", scenario, "--types", types, "--json"});
  EXPECT_EQ(with.code, 0) << with.out << with.err;
  EXPECT_THAT(with.out, HasSubstr("accepted, ended Success"));
  EXPECT_THAT(squall({"shrink", scenario}).err, HasSubstr("--types FILE"));
  EXPECT_THAT(squall({"shrink", scenario, "--types", types}).err,
              HasSubstr("every invariant holds in it"));

  const std::vector<std::string> test = {"test", "--cases", "60", "--json"};
  std::vector<std::string> with_types = test;
  with_types.insert(with_types.end(), {"--types", types});
  const Outcome run = squall(with_types);
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.err, HasSubstr("types of " + types));
  const JsonObject json = last_line(run.out);
  EXPECT_TRUE(same(json.at("types").at(0), Json(types)));
  EXPECT_FALSE(same(json.at("trace_hash"), last_line(squall(test).out).at("trace_hash")));
}

}  // namespace
}  // namespace squall
