#include "agent/provider_process.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>
#include <optional>

#include "agent/fake_provider_test.h"
#include "agent/log.h"

namespace squall::agent {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class ProviderProcessTest : public WithProvider {
 protected:
  ~ProviderProcessTest() override { end(); }

  void start(const std::string& script) { start(options(script)); }
  void start(ProviderOptions told) {
    testing::internal::CaptureStderr();
    is_captured_ = true;
    process_.emplace(io_, queue_, std::move(told), log_);
    process_->start([this] { ++announcements_; },
                    [this](const std::string& why) { hopeless_ = why; });
  }
  // Ends it, and gives what was logged.
  std::string end() {
    process_.reset();
    return std::exchange(is_captured_, false) ? testing::internal::GetCapturedStderr() : "";
  }
  void run_until_announced() {
    run_until([this] { return announcements_ > 0; });
  }
  void run_until_running(uint64_t starts) {
    run_until([&] {
      const PluginView view = process_->view();
      return view.state == "running" && view.starts == starts;
    });
  }
  void call() {
    answer_.reset();
    process_->call(create_request(), 20s, [this](ProviderReply reply) { answer_ = reply; });
  }
  ProviderReply call_and_wait() {
    call();
    EXPECT_FALSE(answer_) << "answered from within call()";
    run_until([this] { return answer_.has_value(); });
    return *answer_;
  }
  static bool is_gone(int64_t pid) { return kill(static_cast<pid_t>(pid), 0) != 0; }

  Log log_;
  std::optional<ProviderProcess> process_;
  int announcements_ = 0;
  std::string hopeless_;
  std::optional<ProviderReply> answer_;

 private:
  bool is_captured_ = false;
};

// Shows: what a provider announces of itself is there once it has, and calls reach it.
TEST_F(ProviderProcessTest, ServesOnceItHasAnnouncedItself) {
  start(announce());
  EXPECT_EQ(process_->view().state, "starting");
  run_until_announced();
  EXPECT_EQ(process_->announcement().schemas, generic_types());
  EXPECT_EQ(process_->announcement().rate_per_second, 7U);
  const PluginView view = process_->view();
  EXPECT_EQ(view.state, "running");
  EXPECT_EQ(view.name, "fake");
  EXPECT_EQ(view.starts, 1U);
  EXPECT_FALSE(is_gone(view.pid));
  EXPECT_EQ(call_and_wait().native_id, "native-1");
  end();
  EXPECT_TRUE(is_gone(view.pid));
}

// Shows: calls beyond what the provider may have at a time wait for their turn, and get it.
TEST_F(ProviderProcessTest, HasSoManyCallsAtATime) {
  std::atomic<int> at_work = 0;
  std::atomic<int> most_at_work = 0;
  provider_.on_create = [&](const ProviderRequest&) {
    most_at_work = std::max<int>(most_at_work, ++at_work);
    --at_work;
    ProviderReply reply;
    reply.native_id = "native-1";
    return reply;
  };
  ProviderOptions told = options(announce());
  told.most_calls = 1;
  start(told);
  run_until_announced();
  std::vector<int> answered;
  for (int i = 0; i < 5; ++i) {
    process_->call(create_request(), 20s, [&answered, i](const ProviderReply& reply) {
      EXPECT_TRUE(reply.ok());
      answered.push_back(i);
    });
  }
  run_until([&] { return answered.size() == 5; });
  EXPECT_EQ(answered, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(most_at_work, 1);
}

// Shows: whatever a program writes in place of its announcement, it is killed for it and started
// again; the log says what was wrong, in lines of JSON.
TEST_F(ProviderProcessTest, StartsAgainWhatWritesGarbage) {
  const char* const garbage[] = {"echo hello", "printf '\\377\\376\\n'", "echo",
                                 "head -c 9000 /dev/zero | tr '\\0' x",
                                 "echo 'squall-provider|99|unix|/tmp/x'"};
  for (const char* each : garbage) {
    std::filesystem::remove(mark());
    announcements_ = 0;
    start(first(std::string(each) + "; exec cat >/dev/null"));
    run_until_announced();
    EXPECT_EQ(process_->view().starts, 2U) << each;
    const std::string log = end();
    EXPECT_THAT(log, HasSubstr("provider-refused")) << each;
    EXPECT_TRUE(parse_json(log.substr(0, log.find('\n')))) << log;
  }
}

// Shows: a program that says nothing is killed at the deadline; one whose socket nobody listens at,
// or that cannot describe itself, at once.
TEST_F(ProviderProcessTest, StartsAgainWhatDoesNotAnnounceItself) {
  ProviderOptions hasty = options(first("exec cat >/dev/null"));
  hasty.start_deadline = 50ms;
  start(hasty);
  run_until([this] { return process_->view().starts == 2; });
  EXPECT_THAT(end(), HasSubstr("it has not announced itself in time"));

  std::filesystem::remove(mark());
  start(first("echo 'squall-provider|1|unix|/no/such/socket'; exec cat >/dev/null"));
  run_until_announced();
  EXPECT_EQ(process_->view().starts, 2U);
  EXPECT_THAT(end(), HasSubstr("/no/such/socket"));

  provider_.descriptions.clear();
  start(announce());
  run_until([this] { return process_->view().starts == 2; });
  EXPECT_EQ(announcements_, 1);
  EXPECT_THAT(end(), HasSubstr("it has forgotten what it is"));
}

// Shows: a program that ends at once is started again and again, and the log says how it ended.
TEST_F(ProviderProcessTest, StartsAgainWhatEnds) {
  start("exit 3");
  run_until([this] { return process_->view().starts == 4; });
  EXPECT_EQ(announcements_, 0);
  EXPECT_EQ(hopeless_, "");
  EXPECT_THAT(end(), HasSubstr("ended with 3"));
}

// Shows: a provider that dies is started again; the call that was under way is answered
// NetworkFailure, one that is made meanwhile waits for the next provider; what the first one
// announced stays, and a difference is logged.
TEST_F(ProviderProcessTest, OutlivesItsProvider) {
  provider_.descriptions.push_back({.name = "other", .schemas = generic_types()});
  std::promise<void> free;
  const auto freed = free.get_future().share();
  provider_.on_create = [freed, usual = provider_.on_create](const ProviderRequest& request) {
    freed.wait();
    return usual(request);
  };
  start(announce());
  run_until_announced();
  call();
  run_until([this] {
    boost::asio::post(io_, [] {});  // the provider is in threads of its own
    return provider_.creates == 1;
  });
  kill(static_cast<pid_t>(process_->view().pid), SIGKILL);
  run_until([this] { return process_->view().state != "running"; });
  EXPECT_EQ(process_->view().pid, 0);
  std::optional<ProviderReply> meanwhile;
  process_->call(create_request(), 20s, [&](ProviderReply reply) { meanwhile = reply; });
  run_until([&] { return answer_.has_value(); });
  EXPECT_EQ(answer_->error, ErrorCode::kNetworkFailure);
  EXPECT_FALSE(meanwhile);
  free.set_value();
  run_until_running(2);
  run_until([&] { return meanwhile.has_value(); });
  EXPECT_TRUE(meanwhile->ok()) << meanwhile->message;
  EXPECT_EQ(announcements_, 1);
  EXPECT_EQ(process_->announcement().rate_per_second, 7U);
  const ProviderReply after = call_and_wait();
  EXPECT_TRUE(after.ok()) << after.message;
  const std::string log = end();
  EXPECT_THAT(log, HasSubstr("was killed by signal 9"));
  EXPECT_THAT(log, HasSubstr("provider-changed"));
}

// Shows: a call waits no longer for a provider than its deadline, whatever that of another.
TEST_F(ProviderProcessTest, CallsWaitForAProviderUntilTheirDeadline) {
  start("exec sleep 1000");
  std::vector<std::string> ended;
  const auto call_for = [&](Duration deadline, const std::string& name) {
    process_->call(create_request(), deadline, [&ended, name](ProviderReply reply) {
      ended.push_back(name);
      EXPECT_EQ(reply.error, ErrorCode::kNetworkFailure);
    });
  };
  call_for(20s, "patient");
  call_for(40ms, "second");
  call_for(20ms, "first");
  run_until([&] { return ended.size() == 2; });
  EXPECT_THAT(ended, testing::ElementsAre("first", "second"));
}

// Shows: what cannot be started at all is said at once.
TEST_F(ProviderProcessTest, SaysWhatCannotBeStarted) {
  start(ProviderOptions{.command = {"/no/such/provider"}});
  EXPECT_THAT(hopeless_, HasSubstr("cannot start /no/such/provider"));
  EXPECT_EQ(process_->view().state, "down");
}

// Shows: at the end nobody waits for a program that has not announced itself, deaf as it may be.
TEST_F(ProviderProcessTest, EndsAtOnce) {
  start("trap '' TERM INT HUP; while :; do read line || exec sleep 1000; done");
  const int64_t pid = process_->view().pid;
  const auto begun = std::chrono::steady_clock::now();
  end();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  EXPECT_TRUE(is_gone(pid));
}

// Shows: a call that is under way at the end is never answered, and nothing runs afterwards.
TEST_F(ProviderProcessTest, AnswersNobodyAfterItsEnd) {
  std::promise<void> free;
  provider_.on_create = [freed = free.get_future().share()](const ProviderRequest&) {
    freed.wait();
    return ProviderReply();
  };
  start(announce());
  run_until_announced();
  call();
  run_until([this] {
    boost::asio::post(io_, [] {});
    return provider_.creates == 1;
  });
  end();
  free.set_value();
  EXPECT_FALSE(answer_);
}

}  // namespace
}  // namespace squall::agent
