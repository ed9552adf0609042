#include "report/failure_report.h"

#include <gtest/gtest.h>

#include "campaign/sample_test.h"
#include "campaign/version.h"
#include "report/approval_test.h"

namespace squall::report {
namespace {

TEST(FailureReport, LooksAsTheDesignSays) {
  // Shows a whole report, line by line.
  expect_approved("failure.txt",
                  failure_report(campaign::sample_finding(), {.number = 1, .of = 2}, Style(false)));
}

TEST(FailureReport, JsonHasTheSameContent) {
  // Shows the same report as JSON.
  expect_approved("failure.json", pretty(failure_json(campaign::sample_finding())) + "\n");
}

TEST(FailureReport, ColoursChangeNothingElse) {
  // Shows that the coloured report, without its colours, is the plain one.
  const campaign::Finding finding = campaign::sample_finding();
  const std::string coloured = failure_report(finding, {}, Style(true));
  std::string plain;
  for (size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      plain += coloured[i];
    }
  }
  EXPECT_NE(plain, coloured);
  EXPECT_EQ(plain, failure_report(finding, {}, Style(false)));
}

TEST(FailureReport, SaysSuspectUnlessItFailsEveryTime) {
  // Shows that a failure that comes and goes is not called confirmed.
  campaign::Finding finding = campaign::sample_finding();
  finding.confirmed = 7;
  const std::string text = failure_report(finding, {}, Style(false));
  EXPECT_NE(text.find("new · suspect, fails 7 of 10"), std::string::npos) << text;
}

TEST(FailureReport, SaysHowASuspectIsConfirmed) {
  // Shows that a failure of somebody else's engine names the command that shows it without Squall,
  // where there is such a way: not with a lost reply.
  campaign::Finding finding = campaign::sample_finding();
  finding.record.traits.confirmed_outside_only = true;
  finding.scenario.engine = "terraform";
  finding.scenario.expected = "admission/cycle-of-its-own-making";
  const std::string command = "squall confirm .squall/failures/no-duplicate-4be1/scenario.json";
  EXPECT_EQ(failure_report(finding, {}, Style(false)).find(command), std::string::npos);
  EXPECT_FALSE(failure_json(finding).contains("confirm"));
  finding.scenario.test_case.operations.front().faults.clear();
  EXPECT_NE(failure_report(finding, {}, Style(false)).find(command), std::string::npos);
  EXPECT_EQ(failure_json(finding).at("confirm"), Json(command));
}

TEST(FailureReport, NamesTheVersionOfTheSimulatedEngine) {
  // Shows that the engine inside Squall is reported with Squall's version, not with "0".
  campaign::Finding finding = campaign::sample_finding();
  finding.record.traits.version = "0";
  const std::string version(campaign::squall_version());
  const std::string text = failure_report(finding, {}, Style(false));
  EXPECT_NE(text.find("sim " + version + " (planted"), std::string::npos) << text;
  EXPECT_EQ(failure_json(finding).at("engine_version"), Json(version));
}

TEST(FailureReport, AHangIsSuspect) {
  // Shows that what was seen once, and not run again, is not called confirmed.
  campaign::Finding finding = campaign::sample_finding();
  finding.confirmed = finding.runs = 0;
  const std::string text = failure_report(finding, {}, Style(false));
  EXPECT_NE(text.find("new · suspect, seen once"), std::string::npos) << text;
}

TEST(FailureReport, WhatWasNotSavedHasNoReplayLine) {
  // Shows that the report promises no file that is not there, and says why.
  campaign::Finding finding = campaign::sample_finding();
  finding.folder.clear();
  finding.save_error = "writing x: No space left on device";
  const std::string text = failure_report(finding, {}, Style(false));
  EXPECT_EQ(text.find("replay"), std::string::npos);
  EXPECT_NE(text.find("not saved  writing x: No space left on device"), std::string::npos) << text;
}

TEST(FailureReport, AFaultBeyondTheContractIsNamedWithWhatItMayBreak) {
  // Shows that nobody takes for a bug what no engine can come through, in the text and in JSON.
  campaign::Finding finding = campaign::sample_finding();
  EXPECT_EQ(failure_report(finding, {}, Style(false)).find("no engine can"), std::string::npos);
  finding.scenario.test_case.operations.front().faults.front().effect.kind = "wrong-echo";
  const std::string text = failure_report(finding, {}, Style(false));
  EXPECT_NE(text.find("beyond     no engine can be expected to come through wrong-echo; it may "
                      "break property-agreement"),
            std::string::npos)
      << text;
  EXPECT_EQ(failure_json(finding).at("faults_beyond"), Json(JsonArray{"wrong-echo"}));
}

TEST(ReplayCommand, AsksForTheFileOfTypesThatAreNotBuiltIn) {
  // Shows that a case with a type of somebody's own is not said to replay without it.
  campaign::Finding finding = campaign::sample_finding();
  const std::string plain = replay_command(finding);
  finding.scenario.test_case.world.slots.front().type = "Acme::Shop::Bucket";
  EXPECT_EQ(replay_command(finding), plain + " --types FILE");
}

TEST(ReplayCommand, NamesTheBinariesThatTheRunWasToldOf) {
  // Shows that a case is not said to replay on whatever engine is found.
  campaign::Finding finding = campaign::sample_finding();
  const std::string plain = replay_command(finding);
  finding.binary = "/opt/to fu";
  finding.later_binaries = {"tofu"};
  EXPECT_EQ(replay_command(finding), plain + " --binary '/opt/to fu' --switch-to tofu");
}

TEST(ReplayCommand, IsQuotedForAShell) {
  // Shows that a folder with blanks and quotes can be pasted.
  campaign::Finding finding = campaign::sample_finding();
  finding.folder = "my dir/it's";
  EXPECT_EQ(replay_command(finding), "squall replay 'my dir/it'\\''s/scenario.json'");
}

}  // namespace
}  // namespace squall::report
