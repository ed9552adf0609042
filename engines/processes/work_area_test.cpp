#include "engines/processes/work_area.h"

#include <sys/stat.h>

#include "engines/processes/helpers_test.h"

namespace squall::processes {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class WorkAreaTest : public testing::Test {
 protected:
  ~WorkAreaTest() override { fs::remove_all(parent); }
  WorkArea create() {
    auto area = WorkArea::create(parent);
    if (!area) ADD_FAILURE() << area.error().message;
    return std::move(*area);
  }
  const std::string parent = make_temporary_directory();
};

// Shows: the directories are private, and nothing is left at the end.
TEST_F(WorkAreaTest, IsPrivateAndGoes) {
  {
    const WorkArea area = create();
    struct stat root{};
    ASSERT_EQ(stat(area.root().c_str(), &root), 0);
    EXPECT_EQ(root.st_mode & 0777, 0700U);
    const auto directory = area.make_directory("case-1");
    ASSERT_TRUE(directory);
    ASSERT_TRUE(write_text(*directory + "/a", "text"));
    EXPECT_EQ(*read_text(*directory + "/a"), "text");
    EXPECT_TRUE(area.remove_directory(*directory));
    EXPECT_FALSE(fs::exists(*directory));
    ASSERT_TRUE(area.make_directory("case-2"));
  }
  EXPECT_TRUE(fs::is_empty(parent));
}

// Shows: two harnesses side by side do not touch each other's, and the first to go leaves the
// other.
TEST_F(WorkAreaTest, SeveralSideBySide) {
  const WorkArea first = create();
  {
    const WorkArea second = create();
    EXPECT_EQ(second.swept(), 0);
    EXPECT_NE(first.root(), second.root());
  }
  EXPECT_TRUE(fs::exists(first.root()));
  EXPECT_EQ(create().swept(), 0);
  EXPECT_TRUE(fs::exists(first.root()));
}

// Shows: what a SIGKILLed harness left (and its guardian could not remove) is swept by the next
// one.
TEST_F(WorkAreaTest, SweepsWhatTheDeadLeft) {
  const WorkArea alive = create();
  HelperHarness helper([&](int report) {
    const WorkArea area = create();
    EXPECT_TRUE(area.make_directory("case"));
    report_line(report, area.root());
    pause();
  });
  const std::string left = helper.line();
  EXPECT_EQ(create().swept(), 0);
  helper.kill();
  EXPECT_TRUE(fs::exists(left + "/case"));
  EXPECT_EQ(create().swept(), 1);
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(alive.root()));
}

// Shows: a place that cannot be used is an error with what to do about it.
TEST_F(WorkAreaTest, SaysWhyNot) {
  const auto missing = WorkArea::create(parent + "/missing");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message,
              HasSubstr("No such file or directory; set TMPDIR to a directory that is there"));

  const std::string outer = fmt::format("{}/squall-{}", parent, geteuid());
  fs::create_directory(outer);
  fs::permissions(outer, fs::perms(0755));
  const auto open_to_others = WorkArea::create(parent);
  ASSERT_FALSE(open_to_others);
  EXPECT_THAT(open_to_others.error().message, HasSubstr("with no rights for others (0700)"));
}

// Shows: a full disk is named as one.
TEST_F(WorkAreaTest, SaysThatTheDiskIsFull) {
  const auto written = write_text("/dev/full", "text");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("write /dev/full: No space left on device; the "
                                                 "disk is full: make room"));
}

// Shows: names that could leave the area, and one twice, are errors.
TEST_F(WorkAreaTest, RefusesNames) {
  const WorkArea area = create();
  for (const char* name : {"", ".", "..", "a/b", "a b"}) EXPECT_FALSE(area.make_directory(name));
  EXPECT_TRUE(area.make_directory("a"));
  EXPECT_FALSE(area.make_directory("a"));
  EXPECT_FALSE(area.remove_directory("/tmp"));
}

}  // namespace
}  // namespace squall::processes
