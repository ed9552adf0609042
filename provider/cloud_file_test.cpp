#include "provider/cloud_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"

namespace squall {
namespace {

namespace fs = std::filesystem;

ProviderRequest create_of(const std::string& name) {
  ProviderRequest request;
  request.kind = CallKind::kCreate;
  request.type = kGenericResource;
  request.token = "token-" + name;
  request.properties.set("Name", Json(name));
  return request;
}
ProviderRequest read(const NativeId& id) {
  ProviderRequest request;
  request.kind = CallKind::kRead;
  request.type = kGenericResource;
  request.native_id = id;
  return request;
}

class CloudFileTest : public testing::Test {
 protected:
  CloudFileTest() {
    folder = (fs::temp_directory_path() / "squall-test-XXXXXX").string();
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    path = folder + "/cloud.json";
  }
  ~CloudFileTest() override { fs::remove_all(folder); }

  std::shared_ptr<CloudFile> open() {
    auto opened = CloudFile::open(path, types);
    EXPECT_TRUE(opened) << opened.error().message;
    return *opened;
  }

  std::shared_ptr<const cloud::Catalogue> types = cloud::catalogue_of(cloud::built_in_types());
  std::string folder;
  std::string path;
};

// Shows: what one opening of the file did, another one knows, tokens included; nobody else may read
// it.
TEST_F(CloudFileTest, OutlivesItsOpening) {
  const ProviderReply made = open()->call(create_of("a"), {});
  ASSERT_TRUE(made.ok()) << made.message;
  const auto again = open();
  EXPECT_EQ(again->call(read(made.native_id), {}).version, 1);
  EXPECT_EQ(again->call(create_of("a"), {}).native_id, made.native_id);
  struct stat found = {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

// Shows: two that have it open at once see each other's changes.
TEST_F(CloudFileTest, TwoAtOnceSeeEachOther) {
  const auto one = open();
  const auto other = open();
  const ProviderReply a = one->call(create_of("a"), {});
  const ProviderReply b = other->call(create_of("b"), {});
  EXPECT_NE(a.native_id, b.native_id);
  EXPECT_TRUE(one->call(read(b.native_id), {}).ok());
  EXPECT_TRUE(other->call(read(a.native_id), {}).ok());
}

// Shows: processes and threads that create at the same time lose nothing and make nothing twice.
TEST_F(CloudFileTest, ManyWritersLoseNothing) {
  constexpr int kProcesses = 4;
  constexpr int kEach = 20;
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto file = CloudFile::open(path, types);
      bool good = file.has_value();
      for (int i = 0; good && i < kEach; ++i) {
        good = (*file)->call(create_of(std::to_string(process) + "-" + std::to_string(i)), {}).ok();
      }
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const auto file = open();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&file, i] { file->call(create_of("t" + std::to_string(i)), {}); });
    }
  }
  ProviderRequest list;
  list.kind = CallKind::kList;
  list.type = kGenericResource;
  EXPECT_EQ(file->call(list, {}).listed.size(), size_t{kProcesses * kEach + 4});
}

// Shows: a file that holds no cloud, and a folder that is not there, are errors that name them.
TEST_F(CloudFileTest, ErrorsNameThePlace) {
  std::ofstream(path) << "{}";
  const auto opened = CloudFile::open(path, types);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find(path), std::string::npos);
  EXPECT_FALSE(CloudFile::open(folder + "/no/cloud.json", types));
  EXPECT_FALSE(CloudFile::open("", types));
}

}  // namespace
}  // namespace squall
