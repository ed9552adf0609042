#include "agent/store/postgres_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "agent/postgres/postgres.h"
#include "agent/postgres/postgres_server.h"
#include "agent/store/store_test.h"

namespace squall::agent {

namespace {

using engine::Batch;
using engine::Committed;
using testing::HasSubstr;

// One server for all tests; started by the first that needs it, gone with the process.
PostgresServer* server() {
  static const Result<std::unique_ptr<PostgresServer>> kServer = PostgresServer::start({});
  if (!kServer) ADD_FAILURE() << kServer.error().message;
  return kServer ? kServer->get() : nullptr;
}

class PostgresDatabase final : public TestDatabase {
 public:
  explicit PostgresDatabase(PostgresServer& server)
      : server_(server), name_(*server.create_database()) {}
  ~PostgresDatabase() override { EXPECT_TRUE(server_.drop_database(name_).has_value()); }

  Place place() const override { return {server_.where(name_), ""}; }
  Result<std::unique_ptr<Store>> open_with(Migrations migrations) override {
    return open_postgres_store({.settings = server_.settings(name_),
                                .patience = std::chrono::milliseconds(1),
                                .migrations = migrations});
  }
  Migrations migrations() const override { return postgres_migrations(); }
  Result<void> run(const std::string& sql) override {
    TRY(postgres::Connection connection, postgres::Connection::open(server_.settings(name_)));
    TRY_VOID(connection.must_run("SET search_path = squall_agent"));
    return connection.must_run(sql.c_str());
  }
  Result<void> refuse(const std::string& key) override { return refuse(key, "P0001"); }
  Result<void> refuse(const std::string& key, std::string_view sql_state) {
    return run(
        fmt::format("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                    "RAISE EXCEPTION 'refused by a test' USING ERRCODE = '{}'; END $$; "
                    "CREATE TRIGGER refuse BEFORE INSERT ON record FOR EACH ROW "
                    "WHEN (NEW.key = '{}'::bytea) EXECUTE FUNCTION refuse()",
                    sql_state, key));
  }
  Result<void> allow() override { return run("DROP FUNCTION refuse CASCADE"); }
  const std::string& name() const { return name_; }

 private:
  PostgresServer& server_;
  std::string name_;
};

class PostgresStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresServer::is_installed()) GTEST_SKIP() << "no PostgreSQL server is installed";
    ASSERT_NE(server(), nullptr);
    database_.emplace(*server());
  }
  std::optional<PostgresDatabase> database_;
};

// Shows: when the server has no room, nothing is written, and it is said so; others go on.
TEST_F(PostgresStoreTest, SaysWhenTheDiskIsFull) {
  (void)*database_->open();
  ASSERT_TRUE(database_->refuse(row(5)[0].key, "53100").has_value());
  {
    const auto store = *database_->open();
    EXPECT_EQ(store->commit(Batches{row(4), row(5), row(6)}), Committed::kDiskFull);
    EXPECT_THAT(store->why_failed(), HasSubstr("refused by a test"));
    EXPECT_EQ(store->commit(Batches{row(7)}), Committed::kYes) << store->why_failed();
  }
  EXPECT_EQ(*texts_in(**database_->open()), texts_of(Batches{row(7)}));
}

// Shows: where the connection is lost, nobody knows what became of the commit, and none comes after
// it, although the server is there again.
TEST_F(PostgresStoreTest, ALostConnectionIsUnknown) {
  const auto store = *database_->open();
  ASSERT_EQ(store->commit(Batches{row(1)}), Committed::kYes);
  ASSERT_TRUE(server()->end_connections(database_->name()).has_value());
  EXPECT_EQ(store->commit(Batches{row(2)}), Committed::kUnknown);
  EXPECT_THAT(store->why_failed(), HasSubstr("terminating connection"));
  EXPECT_EQ(store->commit(Batches{row(3)}), Committed::kUnknown);
  EXPECT_FALSE(texts_in(*store).has_value());
  EXPECT_EQ(*texts_in(**database_->open()), texts_of(Batches{row(1)}));
}

}  // namespace

std::unique_ptr<TestDatabase> make_postgres_database() {
  if (!PostgresServer::is_installed() || server() == nullptr) return nullptr;
  return std::make_unique<PostgresDatabase>(*server());
}

}  // namespace squall::agent
