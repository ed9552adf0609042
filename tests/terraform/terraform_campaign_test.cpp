// Squall against the real Terraform or OpenTofu, unmodified: a short campaign, and what is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "campaign/campaign.h"
#include "campaign/replay.h"
#include "campaign/version.h"
#include "engines/terraform/terraform_engine.h"
#include "tests/scenario_files.h"

namespace squall {
namespace {

namespace fs = std::filesystem;

class TerraformCampaign : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto host = terraform::TerraformHost::open({});
    if (!host) GTEST_SKIP() << "no Terraform to test: " << host.error().message;
    std::string pattern = (fs::temp_directory_path() / "squall-campaign-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  void expect_nothing_new(const std::string& profile, uint64_t cases);

  fs::path folder_;
};

// Shows: a short campaign finds nothing but what is known, and did look at something; with failing
// calls, interrupts and kills, too.
TEST_F(TerraformCampaign, FindsNothingNew) { expect_nothing_new("happy", 12); }
TEST_F(TerraformCampaign, FindsNothingNewUnderFaults) { expect_nothing_new("failures", 16); }

void TerraformCampaign::expect_nothing_new(const std::string& profile, uint64_t cases) {
  campaign::CampaignOptions options;
  options.engine = "terraform";
  options.profile = profile;
  options.cases = cases;
  options.failures_dir = folder_;
  options.strict = true;  // a remark is news too
  const auto known =
      campaign::load_known(fs::path(SQUALL_SOURCE_DIR) / "engines/terraform/known.toml");
  ASSERT_TRUE(known) << known.error().message;
  options.known = *known;
  campaign::Observer quiet;
  const Result<campaign::CampaignResult> result = campaign::run_campaign(options, quiet);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->findings.size(), 0U)
      << (result->findings.empty() ? "" : result->findings.front().signature);
  EXPECT_FALSE(result->harness_error);
  EXPECT_GT(result->statistics.accepted_effective, *options.cases);
  EXPECT_TRUE(result->expired.empty()) << result->expired.front();
}

// Shows: each known failure still shows on the version at hand, if not each time.
TEST_F(TerraformCampaign, WhatIsKnownStillShows) {
  const auto known =
      campaign::load_known(fs::path(SQUALL_SOURCE_DIR) / "engines/terraform/known.toml");
  ASSERT_TRUE(known) << known.error().message;
  Result<campaign::Worker> worker = (*campaign::worker_factory("terraform", {}))();
  ASSERT_TRUE(worker) << worker.error().message;
  const std::string version = campaign::version_of(worker->engine->traits());
  const auto rules = campaign::rules_for(*known, "terraform", version);
  EXPECT_GT(rules.size(), 6U);
  for (const campaign::KnownRule& rule : rules) {
    const suite::Scenario scenario = read(rule.scenario_path());
    const auto shows_it = [](const auto& each) { return each.shows_what_it_expects(); };
    const Result<campaign::Replay> replay = campaign::replay_until(scenario, *worker, 10, shows_it);
    ASSERT_TRUE(replay) << rule.scenario << ": " << replay.error().message;
    EXPECT_TRUE(replay->shows_what_it_expects()) << rule.scenario << " shows: " << shown(*replay);
  }
}

// Shows: what befalls a run, or its state, ends as docs/terraform.md has it: nothing is lost, and
// nothing is left behind.
TEST_F(TerraformCampaign, ComesThroughWhatIsDocumented) {
  const fs::path temporary = folder_ / "temporary";
  fs::create_directory(temporary);
  setenv("TMPDIR", temporary.c_str(), 1);
  for (const fs::path& file : files_in("terraform/scenarios")) {
    const Result<campaign::Replay> replay = campaign::replay(read(file), 1);
    ASSERT_TRUE(replay) << file << ": " << replay.error().message;
    EXPECT_EQ(shown(*replay), "") << file;
    const bool is_elsewhere = replay->record.test_case.world.store != StoreKind::kLocal;
    EXPECT_EQ(replay->record.store_calls.empty(), !is_elsewhere) << file;
    EXPECT_TRUE(fs::is_empty(temporary)) << file;
  }
  unsetenv("TMPDIR");
}

// A command line that is the real one but for what `script` does with it ("$@" are its arguments).
class LyingTerraform : public TerraformCampaign {
 protected:
  // What the scenario of that name shows with it.
  std::string shown_by(const std::string& script, const std::string& scenario) {
    const std::string path = std::getenv("PATH");
    std::ofstream(folder_ / "terraform") << "#!/bin/sh\nexport PATH='" << path << "'\n"
                                         << script << "\n";
    fs::permissions(folder_ / "terraform", fs::perms::owner_all);
    setenv("PATH", (folder_.string() + ":" + path).c_str(), 1);
    const fs::path file =
        fs::path(SQUALL_SOURCE_DIR) / "tests/terraform/scenarios" / (scenario + ".json");
    const Result<campaign::Replay> replay = campaign::replay(read(file), 1);
    setenv("PATH", path.c_str(), 1);
    EXPECT_TRUE(replay) << replay.error().message;
    return replay ? shown(*replay) : "";
  }
};

// Shows: a run that takes no lock is seen although nobody else was there to get in its way; so are
// one that keeps silent on a save that failed, and one that loses what it could not save.
TEST_F(LyingTerraform, IsSeenByWhatTheBackendSaw) {
  using testing::HasSubstr;
  EXPECT_THAT(
      shown_by("if [ \"$1\" = apply ]; then shift; exec terraform apply -lock=false \"$@\"; fi\n"
               "exec terraform \"$@\"",
               "save-is-slow"),
      HasSubstr("lock-discipline/written-without-lock"));
  const std::string runs = "terraform \"$@\"\nended=$?\n";
  EXPECT_THAT(
      shown_by(runs + "[ -f errored.tfstate ] && exit 0\nexit $ended", "save-fails-at-first"),
      HasSubstr("commands-terminal/wrong-state"));
  EXPECT_THAT(shown_by(runs + "rm -f errored.tfstate\nexit $ended", "save-fails-at-first"),
              HasSubstr("no-orphan/unknown-object"));
}

// Shows: what must make no difference is seen where it does: how much is done at one time; a plan
// that is made anew instead of carried out; a replacement where things are only placed otherwise.
TEST_F(LyingTerraform, MakesADifferenceWhereThereIsNone) {
  using testing::HasSubstr;
  EXPECT_THAT(
      shown_by("for each; do shift\n"
               "[ \"$each\" = -parallelism=1 ] && each=-parallelism=10\nset -- \"$@\" \"$each\"\n"
               "done\nexec terraform \"$@\"",
               "one-at-a-time"),
      HasSubstr("parallelism/too-many-at-once"));
  EXPECT_THAT(
      shown_by("for each; do shift\n[ \"$each\" = -refresh=false ] || set -- \"$@\" \"$each\"\n"
               "done\nexec terraform \"$@\"",
               "planned-without-refresh"),
      HasSubstr("minimal-calls/needless-read"));
  const std::string replacing =
      "exec terraform apply -auto-approve -json -replace=squall_generic_resource.res-0\n";
  EXPECT_THAT(shown_by("case \"$*\" in *saved.tfplan)\n[ \"$1\" = apply ] && " + replacing +
                           ";; esac\nexec terraform \"$@\"",
                       "one-at-a-time"),
              HasSubstr("plan-honoured/saved-plan-not-kept"));
  EXPECT_THAT(
      shown_by("grep -q create_before main.tf.json && " + replacing + "exec terraform \"$@\"",
               "nothing-but-placed-otherwise"),
      HasSubstr("admission/accepted-but-nothing-to-do"));
}

// Shows: an output that is not what there is, is seen; so is what is kept back and printed all the
// same, by a run or to people.
TEST_F(LyingTerraform, ShowsWhatThereIsNot) {
  using testing::HasSubstr;
  EXPECT_THAT(shown_by("terraform \"$@\"\nended=$?\n"
                       "[ \"$1\" = apply ] && sed -i 's/-is-/-was-/' terraform.tfstate\n"
                       "exit $ended",
                       "outputs"),
              HasSubstr("outputs-agree/wrong-value"));
  EXPECT_THAT(
      shown_by("[ \"$1\" = output ] && cat terraform.tfstate\nexec terraform \"$@\"", "outputs"),
      HasSubstr("secrets-hidden/printed"));
}

// Shows: a trigger that replaces nothing, a demand that nobody looks at, and a provisioner that
// does not run, are seen.
TEST_F(LyingTerraform, LeavesRulesOut) {
  using testing::HasSubstr;
  const std::string runs = "exec terraform \"$@\"";
  const std::string emptied =
      "sed -i -z 's/\"replace_triggered_by\": \\[[^]]*\\]/"
      "\"ignore_changes\": []/g' main.tf.json\n";
  EXPECT_THAT(shown_by(emptied + runs, "replaced-by-a-trigger"), HasSubstr("admission/"));
  const std::string agreed = "sed -i 's/ == [^}]*}/ != null}/' main.tf.json\n";
  EXPECT_THAT(shown_by(agreed + runs, "demands"), HasSubstr("admission/accepted-not-rejected"));
  EXPECT_THAT(shown_by("sed -i 's/exit 1/exit 0/' main.tf.json\n" + runs, "provisioning-fails"),
              HasSubstr("justified-outcome/success-without-effect"));
}

// Shows: a value that must be nowhere is seen in a state, in what is printed, and in a log; and one
// that is not sent again, in the cloud.
TEST_F(LyingTerraform, KeepsWhatItMustNot) {
  using testing::HasSubstr;
  const std::string runs = "exec terraform \"$@\"";
  EXPECT_THAT(shown_by("env | grep TF_VAR > terraform.tfstate.backup\n" + runs, "write-only"),
              HasSubstr("secrets-hidden/in-store"));
  EXPECT_THAT(shown_by("env | grep TF_VAR >&2\n" + runs, "write-only"),
              HasSubstr("secrets-hidden/printed"));
  EXPECT_THAT(
      shown_by(
          "find . -name main.tf.json | xargs sed -i 's/_version\": [0-9]*/_version\": 1/'\n" + runs,
          "write-only"),
      HasSubstr("admission/"));
}

// Shows: a run that works in the default workspace, whichever was selected, is seen to; so is one
// that is sent elsewhere, and changes what is the case's own.
TEST_F(LyingTerraform, MixesWorkspacesUp) {
  using testing::HasSubstr;
  EXPECT_THAT(shown_by("[ \"$1\" = apply ] && export TF_WORKSPACE=default\nexec terraform \"$@\"",
                       "two-workspaces"),
              HasSubstr("state-durable/mixed-up"));
  EXPECT_THAT(shown_by("terraform \"$@\"\nended=$?\n[ -n \"$TF_WORKSPACE\" ] && "
                       "echo >> terraform.tfstate.d/work/terraform.tfstate\nexit $ended",
                       "two-workspaces"),
              HasSubstr("state-durable/mixed-up"));
}

// Shows: a count that is not lowered, and an import block that is left out, are seen.
TEST_F(LyingTerraform, LeavesBlocksAsTheyWere) {
  using testing::HasSubstr;
  EXPECT_THAT(shown_by("sed -i '/^  \"import\": \\[/,/^  \\],$/d' main.tf.json\n"
                       "exec terraform \"$@\"",
                       "imported-by-for-each"),
              HasSubstr("admission/"));
  EXPECT_THAT(shown_by("grep -q '\"count\": 2' main.tf.json && exit 0\n"
                       "exec terraform \"$@\"",
                       "count-lowered"),
              HasSubstr("admission/"));
}

// Shows: cases go on to another binary, which does from then on what it does: one that says it is
// another version, and carries out a plan that is not its own, is seen, and not the first one.
TEST_F(LyingTerraform, ComesLater) {
  const std::string path = std::getenv("PATH");
  const std::string later = (folder_ / "later").string();
  std::ofstream(later) << "#!/bin/sh\nexport PATH='" << path << "'\n"
                       << "[ \"$1\" = version ] && echo 'Terraform v9.9.9' && exit 0\n"
                       << "echo \"$1\" >> '" << folder_.string() << "/ran'\n"
                       << "exec terraform \"$@\"\n";
  fs::permissions(later, fs::perms::owner_all);
  suite::Scenario scenario =
      read(fs::path(SQUALL_SOURCE_DIR) / "tests/terraform/another-binary.json");
  const auto replayed = [&](campaign::EngineChoice choice) {
    Result<campaign::Worker> worker =
        campaign::worker_for(scenario, campaign::built_in_catalogue(), std::move(choice));
    EXPECT_TRUE(worker) << worker.error().message;
    return campaign::replay(scenario, *worker, 1);
  };
  const auto seen = replayed({.later_binaries = {later}});
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_THAT(shown(*seen), testing::HasSubstr("admission/accepted-not-rejected"));
  EXPECT_TRUE(fs::exists(folder_ / "ran"));
  // There is none to go on to: that is no run of the scenario.
  const auto alone = replayed({});
  ASSERT_FALSE(alone);
  EXPECT_THAT(alone.error().message, testing::HasSubstr("--switch-to"));
  // Of the same version it may carry out the plan.
  const auto same = replayed({.later_binaries = {"terraform"}});
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ(shown(*same), "");
}

// Shows: a run that takes no lock is seen to go ahead while another one has the state.
TEST_F(LyingTerraform, GoesAheadBesideAnother) {
  EXPECT_THAT(
      shown_by("if [ \"$1\" = apply ]; then shift; exec terraform apply -lock=false \"$@\"; fi\n"
               "exec terraform \"$@\"",
               "rival-run"),
      testing::HasSubstr("one-at-a-time/not-refused"));
}

}  // namespace
}  // namespace squall
