// `squall confirm` and `squall compare` with the real Terraform or OpenTofu.
#include <gmock/gmock.h>

#include <set>

#include "engines/terraform/terraform_engine.h"
#include "tests/cli/command_line_test.h"

namespace squall {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kScenarios = SQUALL_SOURCE_DIR "/engines/terraform/scenarios/";

class WithoutSquall : public CommandLine {
 protected:
  void SetUp() override {
    const auto host = terraform::TerraformHost::open({});
    if (!host) GTEST_SKIP() << "no Terraform to confirm with: " << host.error().message;
  }

  Outcome confirm(const std::string& file, const std::string& runs = "1") {
    return squall({"confirm", file, "--runs", runs, "--dir", "repro"});
  }
  // A known scenario with one text in it put for another.
  std::string changed(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = read_all(kScenarios + name);
    const size_t begin = text.find(from);
    EXPECT_NE(begin, std::string::npos) << from;
    return file("changed.json", text.replace(begin, from.size(), to));
  }
};

class KnownFailure : public WithoutSquall, public ::testing::WithParamInterface<const char*> {};

// Where the moment of a kill or an interrupt decides, or the order of a map, it need not show.
TEST_P(KnownFailure, IsConfirmed) {
  // Shows that each known failure shows without Squall, by the script alone.
  const std::string name = GetParam();
  const bool hangs_on_moment = name == "killed-while-saving.json" ||
                               name == "saved-and-refused.json" ||
                               name == "abandoned-while-saving.json";
  const Outcome confirmed = confirm(std::string(kScenarios) + GetParam(), "2");
  if (confirmed.err.find("there is no python3") != std::string::npos)
    GTEST_SKIP() << "no python3 for the server of the script";
  EXPECT_TRUE(confirmed.code == 0 || (hangs_on_moment && confirmed.code == 1))
      << confirmed.out << confirmed.err;
  EXPECT_THAT(confirmed.out, HasSubstr(hangs_on_moment ? " of 2 without Squall" : ": 2 of 2"));
  EXPECT_TRUE(fs::exists(folder_ / "repro/step-1/main.tf.json"));
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "repro"))
    EXPECT_TRUE(entry.is_directory() || entry.path().extension() == ".json" ||
                entry.path().filename() == "repro.sh")
        << entry.path() << " was left behind";
}

INSTANTIATE_TEST_SUITE_P(Of, KnownFailure,
                         ::testing::Values("removed-create-before-destroy.json",
                                           "moved-and-replaced.json", "moved-and-updated.json",
                                           "moved-and-destroyed.json", "replaced-and-targeted.json",
                                           "turned-round.json", "killed-while-saving.json",
                                           "saved-and-refused.json", "lock-freed-without-id.json",
                                           "abandoned-while-saving.json",
                                           "outputs-dropped-by-sync.json", "move-refused.json"),
                         [](const auto& file) {
                           std::string out;
                           for (const char letter : std::string_view(file.param))
                             if (std::isalpha(letter) != 0) out += letter;
                           return out;
                         });

TEST_F(WithoutSquall, WhatDoesNotHappenIsNotConfirmed) {
  // Shows that the checks can fail: without the move the order is kept, and nothing is changed
  // although something failed; without the replacement there is no cycle.
  for (const char* name : {"moved-and-replaced.json", "moved-and-updated.json"}) {
    const Outcome stays = confirm(changed(name, R"("module": "m0")", R"("module": "")"));
    EXPECT_EQ(stays.code, 1) << name << stays.out << stays.err;
    EXPECT_THAT(stays.out, HasSubstr(": 0 of 1 without Squall"));
  }
  // Mended with 1.9.
  const Outcome mended = confirm(std::string(kScenarios) + "replaced-without-refresh.json");
  EXPECT_EQ(mended.code, 1) << mended.out << mended.err;
  const Outcome same = confirm(changed("removed-create-before-destroy.json",
                                       R"("CidrBlock": "other")", R"("DnsSuffix": "a")"));
  EXPECT_EQ(same.code, 1) << same.out << same.err;
}

TEST_F(WithoutSquall, DriftIsMadeWithOurProvider) {
  // Shows a known failure with a change by somebody else in between, in a cloud that others reach.
  const Outcome drifted =
      confirm(changed("removed-create-before-destroy.json", R"(    {
      "kind": "apply",
      "mode": "reconcile",
      "stacks": [
        "stack-0"
      ],
      "resources": {
        "res-0")",
                      R"(    {"kind": "modify", "resources": {"res-0": {"DnsSuffix": "z"}}},
    {
      "kind": "apply",
      "mode": "reconcile",
      "stacks": [
        "stack-0"
      ],
      "resources": {
        "res-0")"));
  EXPECT_EQ(drifted.code, 0) << drifted.out << drifted.err;
  EXPECT_THAT(read_all(folder_ / "repro/repro.sh"), HasSubstr("\nelsewhere step-2 "));
}

TEST_F(WithoutSquall, WhatNeedsSquallSaysSo) {
  // Shows the errors: what needs Squall, a folder of something else, no such binary.
  const Outcome crash =
      confirm(changed("killed-while-saving.json", "after-answer", "provider-dies"));
  EXPECT_EQ(crash.code, 2);
  EXPECT_THAT(crash.err, AllOf(HasSubstr("cannot be confirmed without Squall"),
                               HasSubstr("needs Squall's provider")));
  const std::string known = std::string(kScenarios) + "moved-and-replaced.json";
  file("precious", "");
  const Outcome taken = squall({"confirm", known, "--dir", folder_.string()});
  EXPECT_EQ(taken.code, 2);
  EXPECT_THAT(taken.err, HasSubstr("holds something else"));
  const Outcome absent = squall({"confirm", known, "--dir", "repro", "--binary", "terrafarm"});
  EXPECT_EQ(absent.code, 2);
  EXPECT_THAT(absent.err, HasSubstr("find terrafarm on PATH: there is none"));
}

TEST_F(WithoutSquall, ABinaryDoesNotDifferFromItself) {
  // Shows that neither drawn cases nor a known failure tell a binary from itself.
  const Outcome drawn = squall({"compare", "--cases", "3", "--jobs", "1"});
  EXPECT_EQ(drawn.code, 0) << drawn.out << drawn.err;
  EXPECT_THAT(drawn.out, HasSubstr("no difference in 3 cases"));
  const Outcome known =
      squall({"compare", std::string(kScenarios) + "removed-create-before-destroy.json"});
  EXPECT_EQ(known.code, 0) << known.out << known.err;
}

TEST_F(WithoutSquall, AnOptionThatChangesMuchIsADifference) {
  // Shows that with -refresh=false, which is blind to drift, B is worse, and how that is said.
  const std::string drift = file("drift.json", R"({"format": 1, "engine": "terraform",
    "world": {"stacks": ["stack-0"], "resources": [
      {"label": "res-0", "type": "Test::Generic::Resource", "stack": "stack-0"}]},
    "operations": [
      {"kind": "apply", "mode": "reconcile", "stacks": ["stack-0"],
       "resources": {"res-0": {"Value": "a"}}},
      {"kind": "modify", "resources": {"res-0": {"Value": "b"}}},
      {"kind": "apply", "mode": "reconcile", "stacks": ["stack-0"],
       "resources": {"res-0": {"Value": "a"}}}]})");
  const Outcome blind = squall({"compare", "--reruns", "1", "--b-flags", "-refresh=false", drift});
  EXPECT_EQ(blind.code, 1) << blind.out << blind.err;
  EXPECT_THAT(blind.out, AllOf(HasSubstr("operation 3"), HasSubstr("B is worse"),
                               HasSubstr("A: accepted · B: nothing to do")));
  const Outcome turned = squall({"compare", "--reruns", "1", "--a-flags", "-refresh=false", drift});
  EXPECT_EQ(turned.code, 0) << turned.out << turned.err;
  EXPECT_THAT(turned.out, HasSubstr("none makes B worse"));
}

TEST_F(WithoutSquall, CompareSaysWhatIsWrongWithItsInput) {
  // Shows the errors: an option that the binary does not take, a binary that is none, files beside
  // draws, a scenario of another engine.
  const Outcome option = squall({"compare", "--b-flags", "-parallel=1"});
  EXPECT_EQ(option.code, 2);
  EXPECT_THAT(option.err, AllOf(HasSubstr("B: use the options \"-parallel=1\"")));
  const Outcome binary = squall({"compare", "--a", "/bin/true"});
  EXPECT_EQ(binary.code, 2);
  EXPECT_THAT(binary.err, HasSubstr("A: use /bin/true"));
  const Outcome both = squall({"compare", "--cases", "1", "x.json"});
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.err, HasSubstr("leave out --profile"));
  const Outcome other = squall({"compare", kPlantScenario});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("of the engine sim"));
}

}  // namespace
}  // namespace squall
