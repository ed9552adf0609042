#include "agent/real_env.h"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <thread>

#include "agent/fake_provider_test.h"
#include "agent/log.h"
#include "agent/metrics.h"
#include "agent/store/store_test.h"
#include "agent/store/writer.h"
#include "agent/vault.h"

namespace squall::agent {
namespace {

using namespace std::chrono_literals;
using engine::Committed;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A store that goes wrong at its first commit.
class BrokenStore final : public Store {
 public:
  Result<void> load(const std::function<void(const std::string&,
                                             std::shared_ptr<const engine::Record>)>&) override {
    return fail("it is broken");
  }
  Committed commit(std::span<const engine::Batch>) override { return Committed::kUnknown; }
  const std::string& why_failed() const override { return why_; }
  Result<uint64_t> size_bytes() override { return 0; }

 private:
  const std::string why_ = "the disk is on fire";
};

// Says so when the frame that holds it goes.
struct Farewell {
  explicit Farewell(int& the_count) : count(the_count) {}
  ~Farewell() { ++count; }
  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;
  int& count;
};

class RealEnvTest : public WithProvider {
 protected:
  RealEnvTest()
      : process_(io_, queue_, options(announce()), log_), vault_(*Vault::open(data_.path())) {}
  ~RealEnvTest() override { end(); }

  void begin(std::unique_ptr<Store> store) {
    if (!announced_) process_.start([this] { announced_ = true; }, [](const std::string&) {});
    writer_.emplace(std::move(store), [this](std::deque<std::function<void()>> tasks) {
      queue_.post(std::move(tasks));
    });
    env_.emplace(
        RealEnv::World{.io = io_,
                       .queue = queue_,
                       .writer = *writer_,
                       .provider = process_,
                       .vault = vault_,
                       .metrics = metrics_,
                       .in_background =
                           [this](std::function<void()> work, std::function<void()> done) {
                             std::thread(std::move(work)).join();
                             queue_.post(std::move(done));
                           },
                       .on_stopped = [this](const std::string& why) { stops_.push_back(why); },
                       .on_progress = [this] { ++progress_; }});
    run_until([this] { return announced_; });
  }
  void begin() {
    Result<std::unique_ptr<Store>> store = database_->open();
    ASSERT_TRUE(store) << store.error().message;
    begin(*std::move(store));
  }
  // As at the end of a life: coroutines, Env, then the rest.
  void end() {
    if (env_) env_->end();
    env_.reset();
    writer_.reset();
  }
  // Nothing of the last life is left in the queue.
  void begin_again() {
    run_what_is_due();
    end();
    begin();
  }
  // Everything that was begun has come back: calls, commits, timers.
  void end_of_work() {
    run_until([this] {
      boost::asio::post(io_, [] {});  // others work in threads of their own
      const Writer::Statistics written = writer_->statistics();
      return env_->calls_in_flight() == 0 && written.waiting == 0;
    });
    boost::asio::steady_timer later(io_, 5ms);
    bool is_later = false;
    later.async_wait([&](const boost::system::error_code&) { is_later = true; });
    run_until([&] { return is_later; });
  }
  void run_until_heard(size_t count) {
    run_until([this, count] { return heard_.size() >= count; });
  }

  static Task<void> sleeping(RealEnvTest* self, Duration how_long, std::string name) {
    Task<void> sleep = self->env_->sleep(how_long);
    co_await std::move(sleep);
    self->heard_.push_back(name);
  }
  static Task<void> committing(RealEnvTest* self, engine::Batch batch) {
    Task<Committed> commit = self->env_->commit(std::move(batch));
    const Committed committed = co_await std::move(commit);
    self->heard_.emplace_back(committed == Committed::kYes ? "durable" : "not durable");
    if (committed != Committed::kYes) self->env_->stop("cannot commit");
  }
  static Task<void> calling(RealEnvTest* self) {
    Task<ProviderReply> call =
        self->env_->call(std::make_unique<ProviderRequest>(create_request()), 20s);
    const ProviderReply reply = co_await std::move(call);
    self->heard_.push_back(reply.ok() ? reply.native_id : std::string(to_string(reply.error)));
  }
  static Task<void> loading(RealEnvTest* self) {
    std::vector<std::string>& heard = self->heard_;
    Task<Result<void>> load = self->env_->load(
        [&heard](const std::string& key, const std::shared_ptr<const engine::Record>&) {
          heard.push_back(key.substr(0, key.find('/')));
        });
    const Result<void> loaded = co_await std::move(load);
    heard.push_back(loaded ? "loaded" : loaded.error().message);
  }
  static Task<void> working(RealEnvTest* self, std::function<void()> work) {
    Task<void> elsewhere = self->env_->elsewhere(std::move(work));
    co_await std::move(elsewhere);
    self->heard_.emplace_back("worked");
  }
  static Task<void> stopping(RealEnvTest* self) {
    self->env_->stop("enough");
    co_return;
  }
  // Waits in the queue for its turn.
  static Task<void> yielding(RealEnvTest* self, std::string name) {
    struct Turn {
      RealEnv& env;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> waiting) const { env.resume_soon(waiting); }
      void await_resume() const {}
    };
    const Farewell farewell(self->gone_);
    self->heard_.push_back(name + " begins");
    Turn turn{*self->env_};
    co_await turn;
    self->heard_.push_back(name + " ends");
  }

  TestFolder data_;
  std::unique_ptr<TestDatabase> database_ = make_sqlite_database();
  Log log_ = Log(LogLevel::kError);
  Metrics metrics_;
  ProviderProcess process_;
  Vault vault_;
  std::optional<Writer> writer_;
  std::optional<RealEnv> env_;
  bool announced_ = false;
  std::vector<std::string> stops_;
  std::vector<std::string> heard_;
  int gone_ = 0;
  int progress_ = 0;
};

// Shows: who sleeps shorter wakes first, and time goes on as it should.
TEST_F(RealEnvTest, Sleeps) {
  begin();
  const Instant begun = env_->monotonic_now();
  env_->spawn(sleeping(this, 60ms, "long"));
  env_->spawn(sleeping(this, 1ms, "short"));
  run_until_heard(2);
  EXPECT_THAT(heard_, ElementsAre("short", "long"));
  EXPECT_GE(env_->monotonic_now() - begun, 60ms);
  EXPECT_GT(progress_, 0);
}

// Shows: long work is done in another thread, and whoever waits for it goes on in this one.
TEST_F(RealEnvTest, WorksElsewhere) {
  begin();
  std::optional<std::thread::id> worked_in;
  env_->spawn(working(this, [&worked_in] { worked_in = std::this_thread::get_id(); }));
  run_until_heard(1);
  EXPECT_THAT(heard_, ElementsAre("worked"));
  ASSERT_TRUE(worked_in.has_value());
  EXPECT_NE(*worked_in, std::this_thread::get_id());
}

// Shows: what was committed is there for who opens the store next, and a load gives it back.
TEST_F(RealEnvTest, CommitsAndLoads) {
  begin();
  env_->spawn(loading(this));
  run_until_heard(1);
  EXPECT_THAT(heard_, ElementsAre("loaded"));
  heard_.clear();
  env_->spawn(committing(this, row(1)));
  run_until_heard(1);
  EXPECT_THAT(heard_, ElementsAre("durable"));

  heard_.clear();
  begin_again();
  env_->spawn(loading(this));
  run_until_heard(2);
  EXPECT_THAT(heard_, ElementsAre("row", "loaded"));
}

// Shows: a call reaches the provider and its answer comes back; meanwhile it is in flight.
TEST_F(RealEnvTest, Calls) {
  begin();
  EXPECT_EQ(env_->provider().rate_per_second, 7U);
  env_->spawn(calling(this));
  // Comes after the call has been made; its answer comes later through the same queue.
  size_t in_flight = 0;
  queue_.post([&] { in_flight = env_->calls_in_flight(); });
  run_until_heard(1);
  EXPECT_EQ(in_flight, 1U);
  EXPECT_THAT(heard_, ElementsAre("native-1"));
  EXPECT_EQ(env_->calls_in_flight(), 0U);
  EXPECT_THAT(metrics_.text({}), HasSubstr("squall_provider_calls_total{kind=\"create\""));
}

// Shows: a task starts from the queue, not within spawn(); resume_soon() lets others go first; a
// task that has ended is gone.
TEST_F(RealEnvTest, TakesTurns) {
  begin();
  env_->spawn(yielding(this, "a"));
  env_->spawn(yielding(this, "b"));
  EXPECT_THAT(heard_, IsEmpty());
  run_until_heard(4);
  EXPECT_THAT(heard_, ElementsAre("a begins", "b begins", "a ends", "b ends"));
  run_what_is_due();
  EXPECT_EQ(gone_, 2);
}

// Shows: after stop() no coroutine goes on, whatever it waits for, and on_stopped comes once; end()
// then drops them all.
TEST_F(RealEnvTest, RunsNothingAfterItHasStopped) {
  begin();
  env_->spawn(yielding(this, "first"));
  // Comes after its first half, and before its second.
  queue_.post([this] {
    EXPECT_THAT(heard_, ElementsAre("first begins"));
    env_->spawn(sleeping(this, 1us, "slept"));
    env_->spawn(committing(this, row(1)));
    env_->spawn(calling(this));
    env_->spawn(yielding(this, "late"));
    env_->stop("enough");
    env_->stop("enough again");
    heard_.clear();
  });
  run_until([this] { return !stops_.empty(); });
  end_of_work();
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_THAT(stops_, ElementsAre("enough"));
  EXPECT_EQ(gone_, 0);
  env_->end();
  EXPECT_EQ(gone_, 1);
}

// Shows: the same where they wait already: for a sleep, a commit, a call.
TEST_F(RealEnvTest, ResumesNothingAfterItHasStopped) {
  begin();
  env_->spawn(sleeping(this, 1us, "slept"));
  env_->spawn(committing(this, row(1)));
  env_->spawn(calling(this));
  env_->spawn(stopping(this));
  run_until([this] { return !stops_.empty(); });
  end_of_work();
  EXPECT_THAT(heard_, IsEmpty());
}

// Shows: a commit that failed stops the engine, once, and the reason says why it failed.
TEST_F(RealEnvTest, SaysWhyItStopped) {
  begin(std::make_unique<BrokenStore>());
  env_->spawn(committing(this, row(1)));
  env_->spawn(committing(this, row(2)));
  run_until([this] { return !stops_.empty(); });
  end_of_work();
  EXPECT_THAT(heard_, ElementsAre("not durable"));
  EXPECT_THAT(stops_, ElementsAre("cannot commit: the disk is on fire"));
  EXPECT_THAT(metrics_.text({}), HasSubstr("squall_commits_failed_total 2"));
}

// Shows: a sealed secret tells nothing and opens again; no two lives draw the same numbers; marks
// are counted.
TEST_F(RealEnvTest, SealsDrawsAndCounts) {
  begin();
  const std::string sealed = env_->seal("secret");
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_EQ(*env_->open(sealed), "secret");
  env_->mark("a");
  env_->mark("a");
  EXPECT_EQ(env_->marks().at("a"), 2U);
  const uint64_t drawn = env_->random();
  begin_again();
  EXPECT_NE(env_->random(), drawn);
}

}  // namespace
}  // namespace squall::agent
