#include "agent/postgres/postgres_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "agent/postgres/postgres.h"

namespace squall::agent {
namespace {

using testing::HasSubstr;

class PostgresServerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresServer::is_installed()) GTEST_SKIP() << "no PostgreSQL server is installed";
  }
};

// Shows: a server has databases of one's own, on a socket alone, and nothing is left of it.
TEST_F(PostgresServerTest, ServesAndLeavesNothing) {
  auto server = PostgresServer::start({.syncs = true});
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const std::string folder = (*server)->folder();
  const std::string name = *(*server)->create_database();
  EXPECT_NE(*(*server)->create_database(), name);
  {
    auto connection = postgres::Connection::open((*server)->settings(name));
    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    EXPECT_EQ(*connection->number("SELECT 41 + 1"), 42);
    EXPECT_EQ(connection->run("SHOW fsync").value(0, 0), "on");
    EXPECT_EQ(connection->run("SHOW listen_addresses").value(0, 0), "");
    EXPECT_THAT(connection->number("SELECT nonsense").error().message, HasSubstr("nonsense"));
  }
  EXPECT_TRUE((*server)->drop_database(name).has_value());
  EXPECT_FALSE(postgres::Connection::open((*server)->settings(name)).has_value());
  server->reset();
  EXPECT_FALSE(std::filesystem::exists(folder));
}

// What a child tells of the server that it has started.
struct Started {
  pid_t guardian = 0;
  std::array<char, 200> folder = {};
};

// Shows: the server ends and its folder goes, also where the process that started it is killed.
TEST_F(PostgresServerTest, EndsWithAKilledProcess) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const auto server = PostgresServer::start({});
    if (!server) ::_exit(1);
    Started started;
    started.guardian = (*server)->guardian();
    (*server)->folder().copy(started.folder.data(), started.folder.size() - 1);
    if (::write(ends[1], &started, sizeof(started)) != sizeof(started)) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(ends[1]);
  Started started;
  ASSERT_EQ(::read(ends[0], &started, sizeof(started)), ssize_t{sizeof(started)});
  ::close(ends[0]);
  EXPECT_TRUE(std::filesystem::exists(started.folder.data()));
  const auto guardian = static_cast<int>(::syscall(SYS_pidfd_open, started.guardian, 0));
  ASSERT_GE(guardian, 0);
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  pollfd end = {guardian, POLLIN, 0};
  EXPECT_EQ(::poll(&end, 1, 30'000), 1) << "it goes on after 30 s";
  ::close(guardian);
  EXPECT_FALSE(std::filesystem::exists(started.folder.data()));
}

// Shows: what keeps it from starting is said, and nothing is left behind.
TEST_F(PostgresServerTest, SaysWhyItDoesNotStart) {
  const auto no_folder = PostgresServer::start({.parent_folder = "/nonexistent"});
  ASSERT_FALSE(no_folder.has_value());
  EXPECT_THAT(no_folder.error().message, HasSubstr("cannot make a folder in /nonexistent"));
  // A socket in it has no name that a socket can have.
  std::string parent = std::filesystem::temp_directory_path() / ("squall-" + std::string(90, 'x'));
  ASSERT_TRUE(std::filesystem::create_directory(parent));
  const auto too_long = PostgresServer::start({.parent_folder = parent});
  EXPECT_FALSE(too_long.has_value());
  if (!too_long) {
    EXPECT_THAT(too_long.error().message, HasSubstr("too long"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(parent));
  std::filesystem::remove_all(parent);
}

}  // namespace
}  // namespace squall::agent
