#include "agent/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/store/layout.h"
#include "agent/store/store_test.h"
#include "engine/record_json.h"

namespace squall::agent {
namespace {

using engine::Batch;
using engine::Committed;
using testing::HasSubstr;

struct Kind {
  const char* name;
  std::unique_ptr<TestDatabase> (*make)();
};
std::string name_of(const testing::TestParamInfo<Kind>& info) { return info.param.name; }

// What all stores must do.
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
  std::string error_of_open() {
    const Result<std::unique_ptr<Store>> opened = database_->open();
    return opened ? "no error" : opened.error().message;
  }
  // One transaction.
  static void commit(Store& store, Batches batches) {
    ASSERT_EQ(store.commit(batches), Committed::kYes) << store.why_failed();
  }
  static Texts load(Store& store) {
    Result<Texts> texts = texts_in(store);
    EXPECT_TRUE(texts.has_value()) << (texts ? "" : texts.error().message);
    return texts ? *std::move(texts) : Texts();
  }
  Texts load_anew() { return load(*open()); }

  std::unique_ptr<TestDatabase> database_;
};
INSTANTIATE_TEST_SUITE_P(Databases, StoreTest,
                         testing::Values(Kind{"Sqlite", make_sqlite_database},
                                         Kind{"Postgresql", make_postgres_database}),
                         name_of);

// Shows: records of every kind come back whole and in key order, also after the store was closed.
TEST_P(StoreTest, GivesBackWhatWasCommitted) {
  engine::StoredTarget target{{.label = "target", .name_space = "Test"}};
  Batch more;
  put(more, target);
  put(more, engine::IdempotencyKey{"a key", "command-00001"});
  const Batches batches = {row(2),
                           row(1),
                           command(1, 2),
                           update(1, 1, UpdateState::kNotStarted),
                           update(1, 0, UpdateState::kNotStarted),
                           more};
  {
    const auto store = open();
    EXPECT_EQ(load(*store), Texts());
    commit(*store, batches);
    EXPECT_EQ(load(*store), texts_of(batches));
    EXPECT_GT(*store->size_bytes(), 0U);
  }
  EXPECT_EQ(load_anew(), texts_of(batches));
}

// Shows: keys and texts may hold any bytes, and are ordered by them.
TEST_P(StoreTest, KeepsAnyBytes) {
  Batches batches;
  for (const std::string_view key : {std::string_view("b\0a", 3), std::string_view("B"),
                                     std::string_view("\xff'"), std::string_view("")}) {
    Batch batch;
    put(batch, engine::IdempotencyKey{std::string(key), "\xfe\n"});
    batches.push_back(std::move(batch));
  }
  commit(*open(), batches);
  EXPECT_EQ(load_anew(), texts_of(batches));
}

// Shows: a record is replaced and removed, and to remove what is not there is no error.
TEST_P(StoreTest, ReplacesAndRemoves) {
  const Batches first = {row(1), row(2), row(3)};
  const Batches second = {row(2, 2), removed_row(3), removed_row(4)};
  {
    const auto store = open();
    commit(*store, first);
    commit(*store, second);
  }
  EXPECT_EQ(load_anew(), texts_of(Batches{row(1), row(2, 2)}));
}

// Shows: of several writes of a key in one transaction the last one counts.
TEST_P(StoreTest, TheLastWriteCounts) {
  {
    const auto store = open();
    commit(*store,
           {row(1), row(2), removed_row(1), row(3), row(2, 2), row(1, 3), row(4), removed_row(4)});
  }
  EXPECT_EQ(load_anew(), texts_of(Batches{row(1, 3), row(2, 2), row(3)}));
}

// Shows: an update comes back whole in each of its states, with the plan that was written at first.
TEST_P(StoreTest, UpdatesKeepTheirPlans) {
  {
    const auto store = open();
    commit(*store, {command(1, 3), update(1, 0, UpdateState::kNotStarted),
                    update(1, 1, UpdateState::kNotStarted)});
  }
  const Batches later = {command(1, 3), update(1, 0, UpdateState::kInProgress),
                         update(1, 1, UpdateState::kFailed)};
  {
    const auto store = open();
    commit(*store, {update(1, 0, UpdateState::kInProgress)});
    commit(*store, {update(1, 1, UpdateState::kInProgress), update(1, 1, UpdateState::kFailed)});
    EXPECT_EQ(load(*store), texts_of(later));
  }
  EXPECT_EQ(load_anew(), texts_of(later));
}

// Shows: an update that comes in a later state at first has its plan, too; and one that was removed
// and comes again has the new one.
TEST_P(StoreTest, UpdatesBringTheirPlans) {
  const Batch changed = update(1, 2, UpdateState::kInProgress);
  Batch other = update(1, 0, UpdateState::kFailed);
  engine::StoredUpdate with_other_plan = std::get<engine::StoredUpdate>(other[0].record->value);
  with_other_plan.plan = std::make_shared<const engine::PlannedUpdate>();
  other.clear();
  put(other, with_other_plan);
  const Batch removed = {{other[0].key, nullptr}};
  {
    const auto store = open();
    commit(*store, {update(1, 0, UpdateState::kFailed), row(1), changed,
                    update(1, 1, UpdateState::kNotStarted), update(1, 1, UpdateState::kFailed)});
    EXPECT_EQ(load(*store).size(), 4U);
    commit(*store, {removed, other});
    EXPECT_EQ(load(*store)[other[0].key], engine::to_text(*other[0].record));
    commit(*store, {removed});
    commit(*store, {other});
  }
  EXPECT_EQ(load_anew(),
            texts_of(Batches{other, row(1), changed, update(1, 1, UpdateState::kFailed)}));
}

// Shows: a commit of nothing is one, and costs nothing.
TEST_P(StoreTest, CommitsNothing) {
  const auto store = open();
  commit(*store, {});
  commit(*store, {Batch(), Batch()});
}

// Shows: a large transaction goes through.
TEST_P(StoreTest, CommitsMuch) {
  Batches batches;
  for (int i = 0; i < 5000; ++i) batches.push_back(row(i));
  for (int i = 0; i < 5000; ++i) {
    batches.push_back(update(1, static_cast<uint32_t>(i), UpdateState::kNotStarted));
  }
  const auto store = open();
  commit(*store, batches);
  EXPECT_EQ(load(*store), texts_of(batches));
}

// Shows: where one write of a transaction fails, nothing of any batch in it is written, what became
// of it is said to be unknown, and nothing is written afterwards either.
TEST_P(StoreTest, WritesAllOrNothing) {
  commit(*open(), {row(1)});
  ASSERT_TRUE(database_->refuse(row(5)[0].key).has_value());
  {
    const auto store = open();
    EXPECT_EQ(store->commit(Batches{row(1, 2), row(4), joined({row(5), row(6)})}),
              Committed::kUnknown);
    EXPECT_THAT(store->why_failed(), HasSubstr("refused by a test"));
    EXPECT_EQ(store->commit(Batches{row(7)}), Committed::kUnknown);
    EXPECT_THAT(store->why_failed(), HasSubstr("refused by a test"));
  }
  ASSERT_TRUE(database_->allow().has_value());
  EXPECT_EQ(load_anew(), texts_of(Batches{row(1)}));
}

// Shows: a second agent is refused as long as the first one has the store, which goes on.
TEST_P(StoreTest, RefusesASecondAgent) {
  auto store = open();
  const auto second = database_->open_with(database_->migrations());
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message, HasSubstr("is in use by another"));
  commit(*store, {row(1)});
  store.reset();
  EXPECT_EQ(load_anew(), texts_of(Batches{row(1)}));
}

std::vector<const char*> with_one_more(Migrations migrations, const char* next) {
  std::vector<const char*> more(migrations.begin(), migrations.end());
  more.push_back(next);
  return more;
}

// Shows: a newer program brings the layout up to date and keeps what is there; the older one then
// refuses it. A migration that fails leaves the old layout.
TEST_P(StoreTest, MigratesAndRefusesNewerLayouts) {
  const Batches batches = {row(1), update(1, 0, UpdateState::kNotStarted)};
  commit(*open(), batches);
  const auto wrong = with_one_more(database_->migrations(), "CREATE TABLE extra (a); nonsense");
  EXPECT_FALSE(database_->open_with(wrong).has_value());
  EXPECT_EQ(load_anew(), texts_of(batches));
  const auto newer =
      with_one_more(database_->migrations(), "ALTER TABLE record ADD COLUMN extra integer");
  {
    const auto migrated = database_->open_with(newer);
    ASSERT_TRUE(migrated.has_value()) << migrated.error().message;
    EXPECT_EQ(load(**migrated), texts_of(batches));
  }
  EXPECT_THAT(error_of_open(), HasSubstr(fmt::format("has layout {}, and this squall-agent knows "
                                                     "layouts up to {}",
                                                     newer.size(), newer.size() - 1)));
  const auto again = database_->open_with(newer);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(load(**again), texts_of(batches));
}

// Shows: a record that makes no sense is named by its key.
TEST_P(StoreTest, NamesADamagedRecord) {
  commit(*open(), {row(1), row(2)});
  ASSERT_TRUE(database_
                  ->run("UPDATE record SET text = '{\"format\":1}' WHERE key = 'row/" +
                        fmt::format("{:027}", 2) + "'")
                  .has_value());
  const Result<Texts> texts = texts_in(*open());
  ASSERT_FALSE(texts.has_value());
  EXPECT_THAT(texts.error().message, HasSubstr(row(2)[0].key));
}

// Shows: whoever is killed in a commit has written all of it or nothing, and everything that was
// acknowledged before.
TEST_P(StoreTest, AKilledProcessLosesNothingAcknowledged) {
  for (int acknowledged = 1; acknowledged < 8; ++acknowledged) {
    database_ = GetParam().make();
    CommittingChild child(database_->place(), [] {});
    for (int i = 0; i < acknowledged; ++i) ASSERT_EQ(child.next(), 'y');
    child.kill();
    int also_acknowledged = 0;  // between our last look and its death
    while (child.next() == 'y') ++also_acknowledged;
    const int written = whole_commits_in(*open());
    EXPECT_GE(written, acknowledged + also_acknowledged);
    EXPECT_LE(written, acknowledged + also_acknowledged + 1);
  }
}

// ---- opening

// Shows: what cannot be opened is named, with what to do, and no password.
TEST(OpenStore, SaysWhatItCannotOpen) {
  const auto error = [](const std::string& where, const std::string& folder) {
    const auto opened = open_store(where, folder);
    return opened ? "no error" : opened.error().message;
  };
  EXPECT_EQ(error("mysql://u:secret@h/d", ""),
            "unknown kind of store \"mysql\"; there are \"sqlite\" and \"postgresql:URL\"");
  EXPECT_THAT(error("sqlite", "/nonexistent"),
              HasSubstr("the data folder /nonexistent is not there: make it"));
  for (const char* settings : {"postgresql:host=/nonexistent dbname=things user=u password=secret",
                               "postgresql:postgresql://u:secret@%2Fnonexistent/things",
                               "postgresql://u:secret@%2Fnonexistent/things"}) {
    const std::string message = error(settings, "");
    EXPECT_THAT(message, HasSubstr("cannot reach the PostgreSQL database things on /nonexistent"));
    EXPECT_THAT(message, testing::Not(HasSubstr("secret")));
  }
  for (const char* settings : {"postgresql:passwor secret", "postgresql:password='secret",
                               "postgresql:postgresql://u:secret@h:x:y/?what=secret"}) {
    const std::string message = error(settings, "");
    EXPECT_THAT(message, HasSubstr("cannot read the settings of the PostgreSQL server"));
    EXPECT_THAT(message, testing::Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace squall::agent
