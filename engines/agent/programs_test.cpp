#include "engines/agent/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace squall::engines {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class ProgramsTest : public testing::Test {
 protected:
  ProgramsTest() {
    std::string name = testing::TempDir() + "squall-test-XXXXXX";
    folder_ = mkdtemp(name.data());
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
  }
  ~ProgramsTest() override {
    setenv("PATH", path_.c_str(), 1);
    fs::remove_all(folder_);
  }
  std::string program(const std::string& name) {
    const fs::path file = folder_ / name;
    std::ofstream(file) << "#!/bin/sh\n";
    fs::permissions(file, fs::perms::owner_all);
    return file.string();
  }
  static std::string error_of(const std::string& asked) {
    const Result<std::string> found = find_agent(asked, false);
    return found ? "found " + *found : found.error().message;
  }

  fs::path folder_;
  std::string path_;
};

// Shows: a path is taken as it is, from wherever the run works; what is no program is said.
TEST_F(ProgramsTest, TakesAPath) {
  const std::string program = this->program("an-agent");
  EXPECT_EQ(*find_agent(program, false), program);
  EXPECT_TRUE(fs::path(*find_agent(fs::relative(program).string(), true)).is_absolute());
  EXPECT_THAT(error_of("/no/such/agent"), HasSubstr("there is no program /no/such/agent"));
  EXPECT_THAT(error_of(folder_.string()), HasSubstr("there is no program"));
  std::ofstream(folder_ / "text") << "not executable";
  EXPECT_THAT(error_of((folder_ / "text").string()), HasSubstr("there is no program"));
}

// Shows: a name is looked for on PATH, folder by folder.
TEST_F(ProgramsTest, LooksForANameOnThePath) {
  const std::string program = this->program("squall-agent-of-a-test");
  setenv("PATH", ("/no/such/folder::" + folder_.string()).c_str(), 1);
  EXPECT_EQ(*find_agent("squall-agent-of-a-test", false), program);
  EXPECT_THAT(error_of("squall-agent-of-another"),
              AllOf(HasSubstr("no program squall-agent-of-another"), HasSubstr("PATH"),
                    HasSubstr("--binary")));
}

// Shows: unless told otherwise it is the one beside this program, else the one on PATH; with plants
// it is the one that has them.
TEST_F(ProgramsTest, KnowsItsOwn) {
  const fs::path beside = fs::path(*path_of_this_program()).parent_path();
  setenv("PATH", folder_.c_str(), 1);
  for (const bool planted : {false, true}) {
    const std::string name = planted ? "squall-agent-planted" : "squall-agent";
    const std::string on_path = program(name);
    const std::string own = (beside / name).string();
    EXPECT_EQ(*find_agent("", planted), fs::exists(own) ? own : on_path);
  }
}

}  // namespace
}  // namespace squall::engines
