// Databases to test a Store on, and records to put into it.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/store/layout.h"
#include "agent/store/store.h"
#include "engine/records.h"

namespace squall::agent {

// A folder that is removed with all that is in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One empty database of one kind, gone at the end.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  // What open_store() needs to open it.
  struct Place {
    std::string where;
    std::string data_folder;
  };
  virtual Place place() const = 0;
  // Opens it as an agent with other migrations would, and waits for nobody.
  virtual Result<std::unique_ptr<Store>> open_with(Migrations migrations) = 0;
  virtual Migrations migrations() const = 0;
  // As some other program would. REQUIRES: no store has it open.
  virtual Result<void> run(const std::string& sql) = 0;
  // From now on, until it is allowed, whoever adds that key fails.
  virtual Result<void> refuse(const std::string& key) = 0;
  virtual Result<void> allow() = 0;

  Result<std::unique_ptr<Store>> open() {
    const Place at = place();
    return open_store(at.where, at.data_folder);
  }
};

// nullptr: this machine has no such server.
std::unique_ptr<TestDatabase> make_sqlite_database();
std::unique_ptr<TestDatabase> make_postgres_database();

using Batches = std::vector<engine::Batch>;

// What a load finds, by key, as text; the plan is in it.
using Texts = std::map<std::string, std::string>;
Result<Texts> texts_in(Store& store);
// The same of batches, in their order.
Texts texts_of(std::span<const engine::Batch> batches);

// Whole records of every kind; `number` makes them differ.
engine::Batch row(int number, int version = 1);
engine::Batch command(int number, uint32_t updates = 1);
engine::Batch update(int command, uint32_t position, UpdateState state);
engine::Batch removed_row(int number);
engine::Batch joined(Batches batches);

// A process that opens a store and commits one transaction after the other, and says so after each,
// until it dies or a commit fails.
class CommittingChild {
 public:
  // before: run in the child, first.
  CommittingChild(const TestDatabase::Place& place, void (*before)() = [] {});
  ~CommittingChild();
  CommittingChild(const CommittingChild&) = delete;
  CommittingChild& operator=(const CommittingChild&) = delete;

  // Waits for the next commit: 'y' if it was one, 'f' if the disk was full, 'u' if it is unknown;
  // 0 at the child's end.
  char next();
  void kill();  // and waits for its end
  void wait();  // for its end

 private:
  pid_t process_ = 0;
  int said_ = -1;
};
// Checks that the store holds the first commits of such a child, each of them whole, and counts
// them.
int whole_commits_in(Store& store);

}  // namespace squall::agent
