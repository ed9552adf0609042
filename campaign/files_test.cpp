#include "campaign/files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "campaign/sample_test.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test, gone afterwards.
class Files : public ::testing::Test {
 protected:
  Files() {
    std::string name = (fs::temp_directory_path() / "squall-files-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~Files() override { fs::remove_all(root_); }

  suite::Scenario scenario() const { return sample_finding().scenario; }

  fs::path root_;
};

TEST_F(Files, WhatIsWrittenIsReadAndNothingElseIsLeft) {
  // Shows a round trip over an older file, without a trace of the temporary one.
  ASSERT_TRUE(write_file(root_ / "a", "old and long"));
  ASSERT_TRUE(write_file(root_ / "a", "new"));
  EXPECT_EQ(read_file(root_ / "a"), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), fs::directory_iterator()), 1);
}

TEST_F(Files, WhatCannotBeReadIsNamed) {
  // Shows the messages for what is not there and for a folder.
  EXPECT_EQ(read_file(root_ / "none").error().message,
            "reading " + (root_ / "none").string() + ": No such file or directory");
  EXPECT_NE(read_file(root_).error().message.find("it is a folder"), std::string::npos);
}

TEST_F(Files, NothingButAPlainFileIsReplaced) {
  // Shows that a folder and a link are left alone.
  fs::create_directory(root_ / "folder");
  fs::create_symlink("target", root_ / "link");
  EXPECT_FALSE(write_file(root_ / "folder", "x"));
  EXPECT_FALSE(write_file(root_ / "link", "x"));
  EXPECT_TRUE(fs::is_symlink(root_ / "link"));
  EXPECT_FALSE(fs::exists(root_ / "target"));
}

TEST_F(Files, AFolderThatCannotHoldFailuresIsRefusedBeforeTheRun) {
  // Shows that the check looks through folders that do not exist yet, and creates none.
  EXPECT_TRUE(check_can_save(root_ / "new" / "deeper"));
  EXPECT_FALSE(fs::exists(root_ / "new"));
  ASSERT_TRUE(write_file(root_ / "file", ""));
  const Result<void> refused = check_can_save(root_ / "file" / "deeper");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("file is not a folder"), std::string::npos)
      << refused.error().message;
}

TEST_F(Files, TheSameFailureHasTheSameFolder) {
  // Shows that a failure seen again goes where it was, and that nothing unrelated is overwritten:
  // another bug of the same engine, another plant, somebody's notes.
  const auto first = make_failure_folder(root_, scenario());
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, root_ / "failures" / folder_name("no-duplicate/two-objects"));
  ASSERT_TRUE(write_file(*first / "scenario.json", suite::to_text(scenario())));
  EXPECT_EQ(make_failure_folder(root_, scenario()), *first);

  suite::Scenario unplanted = scenario();
  unplanted.plants.clear();
  EXPECT_EQ(make_failure_folder(root_, unplanted), first->string() + "-2");

  ASSERT_TRUE(write_file(*first / "scenario.json", "my notes"));
  EXPECT_EQ(make_failure_folder(root_, scenario()), first->string() + "-2");
}

TEST(FolderName, IsTheInvariantAndFourDigits) {
  // Shows that signatures of one invariant get different folders.
  EXPECT_TRUE(folder_name("no-duplicate/two-objects").starts_with("no-duplicate-"));
  EXPECT_EQ(folder_name("no-duplicate/two-objects").size(),
            std::string("no-duplicate-4be1").size());
  EXPECT_NE(folder_name("no-duplicate/two-objects"), folder_name("no-duplicate/other"));
}

TEST_F(Files, WhetherAFileCanBeWrittenIsSaidBeforehand) {
  // Shows what stands in the way of a file, and that asking leaves no trace.
  EXPECT_TRUE(check_can_write(root_ / "a"));
  EXPECT_TRUE(check_can_write("a"));
  EXPECT_FALSE(fs::exists(root_ / "a"));
  const auto error = [](const fs::path& path) { return check_can_write(path).error().message; };
  EXPECT_NE(error(root_).find("it is a folder"), std::string::npos);
  EXPECT_NE(error(root_ / "none" / "a").find("there is no folder"), std::string::npos);
}

TEST_F(Files, SavedFailuresAreThoseOfOneProperty) {
  // Shows that failures of the same engine, profile and plants are found, in order, and everything
  // else that may lie there is passed over.
  const suite::Scenario wanted = scenario();
  suite::Scenario other = wanted;
  other.plants.clear();
  suite::Scenario unsaid = wanted;
  unsaid.expected.clear();
  const auto put = [&](const std::string& name, const std::string& text) {
    fs::create_directories(root_ / "failures" / name);
    ASSERT_TRUE(write_file(root_ / "failures" / name / "scenario.json", text));
  };
  EXPECT_TRUE(saved_failures(root_, wanted).empty());
  put("b", suite::to_text(wanted));
  put("a", suite::to_text(wanted));
  put("other", suite::to_text(other));
  put("unsaid", suite::to_text(unsaid));
  put("broken", "{");
  fs::create_directories(root_ / "failures" / "empty");
  const std::vector<SavedFailure> saved = saved_failures(root_, wanted);
  ASSERT_EQ(saved.size(), 2U);
  EXPECT_EQ(saved[0].folder, root_ / "failures" / "a");
  EXPECT_EQ(saved[1].scenario.expected, wanted.expected);
}

}  // namespace
}  // namespace squall::campaign
