// Databases to test a Store on, and records to put into it.
#pragma once

#include <filesystem>
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
  // Opens it as an agent does, or as one of other migrations would.
  virtual Result<std::unique_ptr<Store>> open() = 0;
  virtual Result<std::unique_ptr<Store>> open_with(Migrations migrations) = 0;
  virtual Migrations migrations() const = 0;
  // As some other program would. REQUIRES: no store has it open, where that is not shared.
  virtual Result<void> run(const char* sql) = 0;
};

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
engine::Batch joined(std::vector<engine::Batch> batches);

}  // namespace squall::agent
