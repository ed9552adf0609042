#include "agent/store/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/store/sqlite.h"
#include "agent/store/store_test.h"
#include "base/check.h"

namespace squall::agent {

namespace {

using engine::Batch;
using engine::Committed;
using testing::HasSubstr;

class SqliteDatabase final : public TestDatabase {
 public:
  Place place() const override { return {"sqlite", folder_.path()}; }
  Result<std::unique_ptr<Store>> open_with(Migrations migrations) override {
    return open_sqlite_store(
        {.path = path(), .patience = std::chrono::milliseconds(1), .migrations = migrations});
  }
  Migrations migrations() const override { return sqlite_migrations(); }
  Result<void> run(const std::string& sql) override {
    TRY(sqlite::Database database, sqlite::Database::open(path(), std::chrono::milliseconds(0)));
    return database.run(sql.c_str());
  }
  Result<void> refuse(const std::string& key) override {
    return run(
        fmt::format("CREATE TRIGGER refuse BEFORE INSERT ON record WHEN NEW.key = '{}' "
                    "BEGIN SELECT RAISE(ABORT, 'refused by a test'); END",
                    key));
  }
  Result<void> allow() override { return run("DROP TRIGGER refuse"); }
  std::string path() const { return folder_.path() + "/agent.db"; }

 private:
  TestFolder folder_;
};

// Shows: a transaction for which there is no room is refused as a whole, in words, and others that
// have room go on.
TEST(SqliteStore, SaysWhenTheDiskIsFull) {
  const TestFolder folder;
  const SqliteOptions options = {.path = folder.path() + "/agent.db", .max_pages = 40};
  Batches large;
  for (int i = 100; i < 1000; ++i) large.push_back(row(i));
  {
    const auto store = *open_sqlite_store(options);
    ASSERT_EQ(store->commit(Batches{row(1)}), Committed::kYes);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(store->commit(large), Committed::kDiskFull);
      EXPECT_THAT(store->why_failed(), HasSubstr("agent.db: database or disk is full"));
    }
    EXPECT_EQ(store->commit(Batches{row(2)}), Committed::kYes) << store->why_failed();
  }
  EXPECT_EQ(*texts_in(**open_sqlite_store(options)), texts_of(Batches{row(1), row(2)}));
}

// Shows: the same where the system refuses to write, and nothing acknowledged is lost.
TEST(SqliteStore, SaysWhenTheSystemHasNoRoom) {
  const SqliteDatabase database;
  CommittingChild child(database.place(), [] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit at_most = {200'000, 200'000};
    ::setrlimit(RLIMIT_FSIZE, &at_most);
  });
  int acknowledged = 0;
  char said = 0;
  while ((said = child.next()) == 'y') ++acknowledged;
  child.wait();
  EXPECT_EQ(said, 'f');
  EXPECT_GT(acknowledged, 0);
  const auto store = open_store("sqlite", database.place().data_folder);
  EXPECT_EQ(whole_commits_in(**store), acknowledged);
}

// Shows: nobody but the owner can read the files, also where they were there before.
TEST(SqliteStore, KeepsItsFilesPrivate) {
  const TestFolder folder;
  const std::string path = folder.path() + "/agent.db";
  std::ofstream(path) << "";
  SQUALL_CHECK(::chmod(path.c_str(), 0644) == 0);
  const auto store = open_store("sqlite", folder.path());
  ASSERT_TRUE(store.has_value()) << store.error().message;
  ASSERT_EQ((*store)->commit(Batches{row(1)}), Committed::kYes);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(entry.status().permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << entry.path();
  }
}

// Shows: a file that is none of ours is refused and left as it is.
TEST(SqliteStore, RefusesFilesOfOthers) {
  SqliteDatabase database;
  const std::string folder = database.place().data_folder;
  std::ofstream(database.path()) << std::string(8192, 'x');
  EXPECT_THAT(open_store("sqlite", folder).error().message, HasSubstr("is no SQLite database"));
  std::filesystem::remove(database.path());
  std::ofstream(database.path()) << "";
  ASSERT_TRUE(database.run("CREATE TABLE theirs (a)").has_value());
  EXPECT_THAT(open_store("sqlite", folder).error().message,
              HasSubstr("is a database of another program"));
}

}  // namespace

std::unique_ptr<TestDatabase> make_sqlite_database() { return std::make_unique<SqliteDatabase>(); }

}  // namespace squall::agent
