#include "property/failure_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace squall::property {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A folder of its own for each test.
class FailureDatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root = fs::path(::testing::TempDir()) /
           ("squall-" + std::to_string(::getpid()) + "-" + test->name());
    fs::remove_all(root);
  }
  void TearDown() override { fs::remove_all(root); }

  static void write(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  fs::path root;
};

TEST_F(FailureDatabaseTest, WhatIsSavedIsListedAndLoaded) {
  // Shows the life of a failure: saved, listed, loaded, replaced, removed.
  const FailureDatabase database(root);
  EXPECT_THAT(*database.list("failures"), IsEmpty());
  ASSERT_TRUE(database.save("failures", "no-orphan", "one\n").has_value());
  ASSERT_TRUE(database.save("failures", "idempotent", "two").has_value());
  ASSERT_TRUE(database.save("chaos", "live", "three").has_value());
  EXPECT_THAT(*database.list("failures"), ElementsAre("idempotent", "no-orphan"));
  EXPECT_EQ(*database.load("failures", "no-orphan"), "one\n");

  ASSERT_TRUE(database.save("failures", "no-orphan", "again").has_value());
  EXPECT_EQ(*database.load("failures", "no-orphan"), "again");
  EXPECT_TRUE(*database.remove("failures", "no-orphan"));
  EXPECT_FALSE(*database.remove("failures", "no-orphan"));
  EXPECT_THAT(*database.list("failures"), ElementsAre("idempotent"));
}

TEST_F(FailureDatabaseTest, AnyNameIsAGoodName) {
  // Shows that names with slashes, dots, capitals or nothing in them stay inside the root, apart
  // from each other, and come back as they were.
  const FailureDatabase database(root);
  const std::vector<std::string> names{"",  "%",   "..",        ".hidden", "A",
                                       "a", "a b", "a/../../b", "\xff"};
  for (const std::string& name : names) {
    const auto path = database.save("../x", name, name);
    ASSERT_TRUE(path.has_value()) << path.error().message;
    EXPECT_EQ(path->parent_path().parent_path(), root);
  }
  std::vector<std::string> listed = *database.list("../x");
  EXPECT_THAT(listed, ::testing::UnorderedElementsAreArray(names));
  for (const std::string& name : names) EXPECT_EQ(*database.load("../x", name), name);
}

TEST_F(FailureDatabaseTest, AFileAppearsWholeAndNothingElseStays) {
  // Shows that saving leaves exactly the one file, readable by others.
  const FailureDatabase database(root);
  const auto path = database.save("p", "s", std::string(100000, 'x'));
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(*path, root / "p" / "s.json");
  EXPECT_EQ(fs::file_size(*path), 100000U);
  EXPECT_EQ(fs::status(*path).permissions() & fs::perms::others_read, fs::perms::others_read);
  EXPECT_EQ(std::distance(fs::directory_iterator(root / "p"), fs::directory_iterator()), 1);
}

TEST_F(FailureDatabaseTest, WhatIsNotItsOwnIsLeftAlone) {
  // Shows that foreign files are neither listed nor touched, and that a folder or a link in the
  // place of a failure is an error, not something to overwrite.
  const FailureDatabase database(root);
  write(root / "p" / "notes.txt", "mine");
  write(root / "p" / "Upper.json", "mine");
  write(root / "p" / "bad%zz.json", "mine");
  write(root / "p" / "short%4.json", "mine");
  write(root / "p" / "folder.json" / "inside", "mine");
  write(root / "elsewhere", "mine");
  fs::create_symlink(root / "elsewhere", root / "p" / "link.json");

  EXPECT_THAT(*database.list("p"), ElementsAre("link"));
  for (const std::string_view name : {"folder", "link"}) {
    const auto saved = database.save("p", name, "new");
    ASSERT_FALSE(saved.has_value());
    EXPECT_THAT(saved.error().message, HasSubstr("move it away"));
    EXPECT_FALSE(database.remove("p", name).has_value());
  }
  EXPECT_TRUE(fs::exists(root / "p" / "folder.json" / "inside"));
  EXPECT_EQ(fs::file_size(root / "elsewhere"), 4U);
}

TEST_F(FailureDatabaseTest, ErrorsSayWhatAndWhere) {
  // Shows the messages for a missing failure, a root that is a file, and a name too long for the
  // file system.
  const FailureDatabase database(root);
  EXPECT_THAT(database.load("p", "s").error().message,
              AllOf(HasSubstr("reading the failure"), HasSubstr("s.json: No such file")));

  write(root / "file", "mine");
  const FailureDatabase blocked(root / "file");
  EXPECT_THAT(blocked.save("p", "s", "x").error().message,
              AllOf(HasSubstr("making the folder"), HasSubstr("Not a directory")));
  EXPECT_FALSE(blocked.list("p").has_value());

  const std::string name(300, 'n');
  EXPECT_THAT(database.save("p", name, "x").error().message, HasSubstr("File name too long"));
  EXPECT_FALSE(database.load("p", name).has_value());
  EXPECT_FALSE(database.remove("p", name).has_value());
}

}  // namespace
}  // namespace squall::property
