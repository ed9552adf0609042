#include "campaign/known.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "campaign/files.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class KnownTest : public ::testing::Test {
 protected:
  KnownTest() {
    std::string name = (fs::temp_directory_path() / "squall-known-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ / "known.toml";
  }
  ~KnownTest() override { fs::remove_all(folder_); }

  Result<std::vector<KnownRule>> load(const std::string& text) {
    EXPECT_TRUE(write_file(file_, text));
    return load_known(file_);
  }

  fs::path folder_;
  fs::path file_;
};

constexpr const char* kTwoRules = R"(# What we wait for.
[[known]]
engine = "sim"
versions = ">=0.3 <0.5"
invariant = "no-duplicate"
shape = "two-objects"
link = "https://tracker.example/issues/12"
scenario = "scenarios/twelve.json"

[[known]]
engine = "agent"
invariant = "no-orphan"
link = "https://tracker.example/issues/13"
)";

TEST_F(KnownTest, ARuleCoversItsInvariantAndShape) {
  // Shows which failures of which engine and version a rule covers, without a shape all of the
  // invariant's, and on which its scenario must show them.
  const auto rules = load(kTwoRules);
  ASSERT_TRUE(rules) << rules.error().message;
  ASSERT_THAT(*rules, SizeIs(2));
  EXPECT_EQ(rules->front().scenario_path(), folder_ / "scenarios/twelve.json");
  EXPECT_THAT(rules_for(*rules, "sim", "0.4"), SizeIs(1));
  EXPECT_THAT(rules_for(*rules, "sim", "0.5"), SizeIs(0));
  EXPECT_THAT(rules_for(*rules, "sim", "0.5 then 0.4"), SizeIs(1));
  EXPECT_THAT(rules_for(*rules, "agent", "17"), SizeIs(1));
  EXPECT_TRUE(rules->front().shows_on("0.4"));
  EXPECT_TRUE(rules->front().shows_on("0.4 then 0.5"));
  EXPECT_FALSE(rules->front().shows_on("0.5 then 0.4"));
  EXPECT_FALSE(rules->back().shows_on("17"));  // it has no scenario

  const KnownRule* found = find_known(*rules, "no-duplicate/two-objects");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->link, "https://tracker.example/issues/12");
  EXPECT_EQ(find_known(*rules, "no-duplicate/one-object-two-rows"), nullptr);
  EXPECT_EQ(find_known(*rules, "no-duplicate"), nullptr);
  EXPECT_NE(find_known(*rules, "no-orphan/whatever"), nullptr);
  EXPECT_EQ(find_known(*rules, "no-orphans/whatever"), nullptr);
}

TEST_F(KnownTest, AMisspeltRuleIsAnError) {
  // Shows that no rule lies there without effect: what is wrong is named with the rule's number.
  const std::string good =
      "[[known]]\nengine=\"sim\"\ninvariant=\"no-duplicate\"\nlink=\"x://y\"\n";
  ASSERT_TRUE(load(good));
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[[known]\n", "line 1"},
      {"[[unknown]]\n", "\"unknown\" is not expected; rules begin with [[known]]"},
      {"known = 7\n", "rules begin with [[known]]"},
      {good + "[[known]]\n", "rule 2: \"engine\" is missing"},
      {good + "shap = \"two-objects\"\n", "rule 1: there is no member \"shap\""},
      {good + "shape = 7\n", "rule 1: \"shape\" must be a text"},
      {good + "shape = \"three\"\n", "no-duplicate has no shape \"three\"; known are two-objects"},
      {good + "versions = \"0.3\"\n", "\"0.3\" is no condition on versions"},
      {"[[known]]\nengine=\"sim\"\ninvariant=\"oak\"\nlink=\"x\"\n", "no invariant \"oak\""},
  };
  for (const auto& [text, message] : wrong) {
    const auto rules = load(text);
    ASSERT_FALSE(rules) << text;
    EXPECT_THAT(rules.error().message, HasSubstr(message));
    EXPECT_THAT(rules.error().message, HasSubstr("known.toml"));
  }
}

TEST_F(KnownTest, AddingKeepsWhatIsThere) {
  // Shows that a rule is added behind what a person wrote, that it can be read back whatever its
  // texts hold, and that it is added once.
  ASSERT_TRUE(write_file(file_, kTwoRules));
  KnownRule rule;
  rule.engine = "sim";
  rule.versions = ">=0.5";
  rule.invariant = "teardown";
  rule.link = "https://tracker.example/\"14\"\\#";
  const Result<void> added = add_known(file_, rule);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_THAT(*read_file(file_), StartsWith(kTwoRules));
  const auto rules = load_known(file_);
  ASSERT_TRUE(rules) << rules.error().message;
  ASSERT_THAT(*rules, SizeIs(3));
  EXPECT_EQ(rules->back().link, rule.link);

  const Result<void> twice = add_known(file_, rule);
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("known there already"));
}

TEST_F(KnownTest, AddingMakesTheFile) {
  // Shows the first rule of all, and that a file of something else is left alone.
  KnownRule rule;
  rule.engine = "sim";
  rule.invariant = "live";
  rule.link = "https://tracker.example/15";
  // Both what the invariant finds and what the campaign does.
  for (const char* shape : {"case-time-limit", "case-memory-limit", "stuck"}) {
    rule.shape = shape;
    ASSERT_TRUE(add_known(file_, rule)) << shape;
  }
  EXPECT_THAT(*load_known(file_), SizeIs(3));
  const fs::path other = folder_ / "other.toml";
  ASSERT_TRUE(write_file(other, "[package]\nname = \"x\"\n"));
  EXPECT_FALSE(add_known(other, rule));
  EXPECT_EQ(*read_file(other), "[package]\nname = \"x\"\n");
  rule.invariant = "oak";
  EXPECT_FALSE(add_known(file_, rule));
}

}  // namespace
}  // namespace squall::campaign
