#include "agent/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/store/sqlite.h"
#include "agent/store/sqlite_store.h"
#include "agent/store/store_test.h"
#include "base/check.h"
#include "engine/record_json.h"

namespace squall::agent {

using engine::Batch;
using engine::Committed;
using testing::HasSubstr;

// ---- store_test.h

TestFolder::TestFolder() {
  std::string made = std::filesystem::temp_directory_path() / "squall-store-XXXXXX";
  SQUALL_CHECK(::mkdtemp(made.data()) != nullptr);
  path_ = made;
}
TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<Texts> texts_in(Store& store) {
  Texts texts;
  std::string last;
  TRY_VOID(store.load([&](const std::string& key, std::shared_ptr<const engine::Record> record) {
    EXPECT_LT(last, key) << "in key order";
    last = key;
    texts[key] = engine::to_text(*record);
  }));
  return texts;
}

Texts texts_of(std::span<const Batch> batches) {
  Texts texts;
  for (const Batch& batch : batches) {
    for (const engine::Write& write : batch) {
      if (write.record == nullptr) {
        texts.erase(write.key);
      } else {
        texts[write.key] = engine::to_text(*write.record);
      }
    }
  }
  return texts;
}

Batch row(int number, int version) {
  engine::ResourceRow row;
  row.ksuid = fmt::format("{:027}", number);
  row.identity = {"stack", fmt::format("label-{}", number), "Test::Generic::Resource"};
  row.target = "target";
  row.native_id = fmt::format("native-{}", number);
  row.version = version;
  row.declared = {{"Name", Json(fmt::format("label-{}", number))}, {"Size", Json(version)}};
  row.values = row.declared;
  row.echo = row.declared;
  row.actual = row.declared;
  row.read_only = {{"Arn", Json(fmt::format("arn:{}:\"{}\"\n", number, version))}};
  row.is_declared = true;
  Batch batch;
  put(batch, std::move(row));
  return batch;
}

Batch command(int number, uint32_t updates) {
  engine::StoredCommand command;
  command.id = fmt::format("command-{:05}", number);
  command.sequence = static_cast<uint64_t>(number);
  command.client_id = "client \xff";
  command.started = instant_at(number);
  command.update_count = updates;
  Batch batch;
  put(batch, std::move(command));
  return batch;
}

Batch update(int command, uint32_t position, UpdateState state) {
  engine::PlannedUpdate plan;
  plan.identity = {"stack", fmt::format("label-{}", position), "Test::Generic::Resource"};
  plan.ksuid = fmt::format("{:027}", position);
  plan.target = "target";
  plan.desired = {{"Name", Json(fmt::format("label-{}", position))}};
  engine::StoredUpdate update;
  update.command = fmt::format("command-{:05}", command);
  update.position = position;
  update.plan = std::make_shared<const engine::PlannedUpdate>(std::move(plan));
  update.state = state;
  if (state == UpdateState::kInProgress) {
    update.intent.emplace().token = fmt::format("token-{}", position);
    update.intent->wanted = update.plan->desired;
  }
  if (state == UpdateState::kFailed) update.error = "it failed";
  Batch batch;
  put(batch, std::move(update));
  return batch;
}

Batch removed_row(int number) {
  Batch batch;
  engine::remove_row(batch, fmt::format("{:027}", number));
  return batch;
}

Batch joined(std::vector<Batch> batches) {
  Batch all;
  for (Batch& batch : batches) {
    for (engine::Write& write : batch) all.push_back(std::move(write));
  }
  return all;
}

namespace {

class SqliteDatabase final : public TestDatabase {
 public:
  Result<std::unique_ptr<Store>> open() override { return open_store("sqlite", folder_.path()); }
  Result<std::unique_ptr<Store>> open_with(Migrations migrations) override {
    return open_sqlite_store({.path = path(), .migrations = migrations});
  }
  Migrations migrations() const override { return sqlite_migrations(); }
  Result<void> run(const char* sql) override {
    TRY(sqlite::Database database, sqlite::Database::open(path(), 0));
    return database.run(sql);
  }
  std::string path() const { return folder_.path() + "/agent.db"; }

 private:
  TestFolder folder_;
};

using MakeDatabase = std::unique_ptr<TestDatabase> (*)();
struct Kind {
  const char* name;
  MakeDatabase make;
};

class StoreTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    database_ = GetParam().make();
    if (database_ == nullptr) GTEST_SKIP() << "no PostgreSQL server is installed";
  }
  std::unique_ptr<Store> open() {
    Result<std::unique_ptr<Store>> opened = database_->open();
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
    return opened ? *std::move(opened) : nullptr;
  }
  static Committed commit(Store& store, std::vector<Batch> batches) {
    return store.commit(batches);
  }

  std::unique_ptr<TestDatabase> database_;
};

// Shows: records of every kind come back, in key order, whole, also after the store was closed.
TEST_P(StoreTest, GivesBackWhatWasCommitted) {
  const std::vector<Batch> batches = {row(2), row(1), command(1),
                                      update(1, 0, UpdateState::kNotStarted)};
  auto store = open();
  EXPECT_EQ(*texts_in(*store), Texts());
  EXPECT_EQ(store->commit(batches), Committed::kYes) << store->why_failed();
  EXPECT_EQ(*texts_in(*store), texts_of(batches));
  store.reset();
  store = open();
  EXPECT_EQ(*texts_in(*store), texts_of(batches));
  EXPECT_GT(*store->size_bytes(), 0U);
}

std::string name_of(const testing::TestParamInfo<Kind>& info) { return info.param.name; }
std::unique_ptr<TestDatabase> make_sqlite() { return std::make_unique<SqliteDatabase>(); }

INSTANTIATE_TEST_SUITE_P(Databases, StoreTest, testing::Values(Kind{"Sqlite", make_sqlite}),
                         name_of);

}  // namespace
}  // namespace squall::agent
