// What is declared in agent/store/store_test.h.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "agent/store/store_test.h"
#include "base/check.h"
#include "engine/record_json.h"

namespace squall::agent {

using engine::Batch;
using engine::Committed;

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

Batch joined(Batches batches) {
  Batch all;
  for (Batch& batch : batches) {
    for (engine::Write& write : batch) all.push_back(std::move(write));
  }
  return all;
}

namespace {

// What commit `number` of the child below writes: several batches, each of several records.
Batches commit_number(int number) {
  Batches batches;
  for (int i = 0; i < 5; ++i) {
    const int first = number * 10 + 2 * i;
    batches.push_back(joined({row(first), row(first + 1), row(1'000'000, number)}));
  }
  return batches;
}

[[noreturn]] void commit_until_killed(const TestDatabase::Place& place, void (*before)(),
                                      int says) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  before();
  const auto store = open_store(place.where, place.data_folder);
  if (!store) ::_exit(1);
  for (int number = 0;; ++number) {
    const Committed committed = (*store)->commit(commit_number(number));
    const char said = committed == Committed::kYes        ? 'y'
                      : committed == Committed::kDiskFull ? 'f'
                                                          : 'u';
    if (::write(says, &said, 1) != 1 || said != 'y') ::_exit(0);
  }
}

}  // namespace

CommittingChild::CommittingChild(const TestDatabase::Place& place, void (*before)()) {
  std::array<int, 2> ends = {};
  SQUALL_CHECK(::pipe(ends.data()) == 0);
  said_ = ends[0];
  process_ = ::fork();
  if (process_ == 0) commit_until_killed(place, before, ends[1]);
  ::close(ends[1]);
}
CommittingChild::~CommittingChild() { ::close(said_); }
char CommittingChild::next() {
  char said = 0;
  return ::read(said_, &said, 1) == 1 ? said : '\0';
}
void CommittingChild::kill() {
  ::kill(process_, SIGKILL);
  wait();
}
void CommittingChild::wait() { SQUALL_CHECK(::waitpid(process_, nullptr, 0) == process_); }

int whole_commits_in(Store& store) {
  const Result<Texts> texts = texts_in(store);
  EXPECT_TRUE(texts.has_value());
  Batches all;
  for (int number = 0;; ++number) {
    if (*texts == texts_of(all)) return number;
    if (all.size() > texts->size()) {
      ADD_FAILURE() << "it holds a part of a commit";
      return -1;
    }
    for (Batch& batch : commit_number(number)) all.push_back(std::move(batch));
  }
}

}  // namespace squall::agent
