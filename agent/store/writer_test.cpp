#include "agent/store/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iterator>

#include "agent/store/store_test.h"

namespace squall::agent {
namespace {

using engine::Batch;
using engine::Committed;

// The engine's thread of a test: runs what is posted when it is told to.
class Posts {
 public:
  Writer::Post post() {
    return [this](std::deque<std::function<void()>> functions) {
      const std::lock_guard lock(mutex_);
      ++calls_;
      std::ranges::move(functions, std::back_inserter(functions_));
      changed_.notify_one();
    };
  }
  // Waits for the next one and runs it.
  void run_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !functions_.empty(); });
    const std::function<void()> function = std::move(functions_.front());
    functions_.pop_front();
    lock.unlock();
    function();
  }
  // How often something was posted.
  size_t calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  void run_until(const std::function<bool()>& condition) {
    while (!condition()) run_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> functions_;
  size_t calls_ = 0;
};

// A store in memory that a test can hold up and make fail.
class FakeStore final : public Store {
 public:
  Result<void> load(const std::function<void(const std::string&,
                                             std::shared_ptr<const engine::Record>)>&) override {
    return {};
  }
  Committed commit(std::span<const Batch> batches) override {
    std::unique_lock lock(mutex_);
    is_entered_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    groups_.emplace_back();
    for (const Batch& batch : batches) groups_.back().push_back(batch.size());
    return answer_ ? answer_(batches) : Committed::kYes;
  }
  const std::string& why_failed() const override { return why_; }
  Result<uint64_t> size_bytes() override { return 0; }

  void hold() {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
    is_entered_ = false;
  }
  void wait_until_entered() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_entered_; });
  }
  void release() {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    changed_.notify_all();
  }
  // Sizes of the batches of each transaction.
  std::vector<std::vector<size_t>> groups() {
    const std::lock_guard lock(mutex_);
    return groups_;
  }
  std::function<Committed(std::span<const Batch>)> answer_;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;
  bool is_entered_ = false;
  std::vector<std::vector<size_t>> groups_;
  std::string why_ = "why not";
};

class WriterTest : public testing::Test {
 protected:
  WriterTest()
      : store_(new FakeStore), writer_(new Writer(std::unique_ptr<Store>(store_), posts_.post())) {}

  void commit(size_t size) {
    writer_->commit(Batch(size), [this, size](Committed committed, const std::string& why) {
      answers_.push_back({size, committed, why});
    });
  }
  // The first is being written when it returns, and stays so until release().
  void commit_and_hold(size_t size) {
    store_->hold();
    commit(size);
    store_->wait_until_entered();
  }
  void wait_for(size_t answers) {
    posts_.run_until([&] { return answers_.size() == answers; });
  }

  struct Answer {
    size_t size;
    Committed committed;
    std::string why;
    friend bool operator==(const Answer&, const Answer&) = default;
  };
  Posts posts_;
  FakeStore* store_;
  std::unique_ptr<Writer> writer_;
  std::vector<Answer> answers_;
};

// Shows: what is handed over during a transaction is written in the next one, all of it together,
// and answered in order, with one call into the engine's thread.
TEST_F(WriterTest, WritesTogetherWhatWaits) {
  commit_and_hold(1);
  for (const size_t size : {2, 3, 4}) commit(size);
  EXPECT_EQ(writer_->statistics().waiting, 3U);
  store_->release();
  posts_.run_one();
  EXPECT_EQ(answers_, (std::vector<Answer>{{1, Committed::kYes, ""}}));
  wait_for(4);
  EXPECT_EQ(posts_.calls(), 2U);
  EXPECT_EQ(answers_.back(), (Answer{4, Committed::kYes, ""}));
  EXPECT_EQ(store_->groups(), (std::vector<std::vector<size_t>>{{1}, {2, 3, 4}}));
  const Writer::Statistics statistics = writer_->statistics();
  EXPECT_EQ(statistics.batches, 4U);
  EXPECT_EQ(statistics.transactions, 2U);
  EXPECT_EQ(statistics.records, 10U);
  EXPECT_EQ(statistics.most_batches, 3U);
  EXPECT_EQ(statistics.waiting, 0U);
}

// Shows: a batch that finds the disk full does not take those with it that were to be written
// together with it.
TEST_F(WriterTest, RefusesOnlyWhatHasNoRoom) {
  store_->answer_ = [](std::span<const Batch> batches) {
    size_t total = 0;
    for (const Batch& batch : batches) total += batch.size();
    return total > 10 ? Committed::kDiskFull : Committed::kYes;
  };
  commit_and_hold(1);
  for (const size_t size : {2, 20, 3}) commit(size);
  store_->release();
  wait_for(4);
  EXPECT_EQ(answers_, (std::vector<Answer>{{1, Committed::kYes, ""},
                                           {2, Committed::kYes, ""},
                                           {20, Committed::kDiskFull, "why not"},
                                           {3, Committed::kYes, ""}}));
  EXPECT_EQ(writer_->statistics().refused, 1U);
  EXPECT_EQ(writer_->statistics().records, 6U);
}

// Shows: a commit of which nobody knows is said to be so to all that were in it.
TEST_F(WriterTest, SaysWhenNobodyKnows) {
  store_->answer_ = [](std::span<const Batch>) { return Committed::kUnknown; };
  commit_and_hold(1);
  commit(2);
  store_->release();
  wait_for(2);
  EXPECT_EQ(answers_, (std::vector<Answer>{{1, Committed::kUnknown, "why not"},
                                           {2, Committed::kUnknown, "why not"}}));
}

// Shows: what waits at the end is written and answered before the writer is gone.
TEST_F(WriterTest, WritesWhatWaitsAtTheEnd) {
  commit_and_hold(1);
  commit(2);
  store_->release();
  writer_.reset();
  wait_for(2);
  EXPECT_EQ(answers_.back(), (Answer{2, Committed::kYes, ""}));
}

// Shows: a writer that was never used ends.
TEST_F(WriterTest, EndsWithoutACommit) { writer_.reset(); }

// Shows: with a database behind it, what was acknowledged is there.
TEST(WriterOnSqlite, KeepsWhatItAcknowledged) {
  const TestFolder folder;
  Posts posts;
  std::vector<Batch> batches;
  size_t answers = 0;
  {
    Writer writer(*open_store("sqlite", folder.path()), posts.post());
    size_t loaded = 0;
    ASSERT_TRUE(writer.load([&](const std::string&, auto) { ++loaded; }).has_value());
    EXPECT_EQ(loaded, 0U);
    for (int i = 0; i < 100; ++i) {
      batches.push_back(row(i));
      writer.commit(batches.back(), [&](Committed committed, const std::string& why) {
        EXPECT_EQ(committed, Committed::kYes) << why;
        ++answers;
      });
    }
    posts.run_until([&] { return answers == 100; });
  }
  auto store = *open_store("sqlite", folder.path());
  EXPECT_EQ(*texts_in(*store), texts_of(batches));
}

}  // namespace
}  // namespace squall::agent
