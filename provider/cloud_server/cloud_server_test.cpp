#include "provider/cloud_server/cloud_server.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

#include "provider/cloud_server/served_cloud_test.h"

namespace squall {
namespace {

using namespace std::chrono_literals;
using cloud::LogPhase;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Duration kLong = 10min;

Patience patience_for(Duration deadline) {
  Patience out;
  out.deadline = deadline;
  return out;
}

// What on_call was told.
class Stages {
 public:
  // answer_or_not: what is returned.
  std::function<bool(CallStage, const ProviderRequest&)> hook(
      std::function<bool(CallStage)> answer_or_not = [](CallStage) { return true; }) {
    return [this, answer_or_not = std::move(answer_or_not)](CallStage stage,
                                                            const ProviderRequest& request) {
      {
        const std::scoped_lock lock(mutex_);
        seen_.push_back(stage);
        requests_.push_back(request);
      }
      return answer_or_not(stage);
    };
  }
  std::vector<CallStage> seen() const {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }
  std::vector<ProviderRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  void wait_for(size_t number) const {
    while (seen().size() < number) std::this_thread::yield();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<CallStage> seen_;
  std::vector<ProviderRequest> requests_;
};

void wait_for(ServedCloud& world, LogPhase phase, size_t number = 1) {
  while (world.records(phase) < number) std::this_thread::yield();
}

// Shows: a remote cloud has the types of the one that is served, with all that a catalogue says.
TEST(RemoteCloud, Types) {
  ServedCloud world;
  EXPECT_EQ(world.connect(world.listen())->types(), cloud::built_in_types());
}

// Shows: traits are those of the moment.
TEST(RemoteCloud, Traits) {
  ServedCloud world;
  const auto remote = world.connect(world.listen());
  EXPECT_TRUE(remote->traits().create_tokens);
  EXPECT_TRUE(remote->traits().versions);
  EXPECT_FALSE(remote->traits().normalises);
  world.shared.locked([](cloud::Cloud& each) {
    cloud::Behaviours behaviours;
    behaviours.create_tokens = false;
    behaviours.versions = false;
    behaviours.normalises = true;
    behaviours.consistency_window = 250ms;
    ASSERT_TRUE(each.set_behaviours(behaviours));
  });
  const CloudTraits traits = remote->traits();
  EXPECT_FALSE(traits.create_tokens);
  EXPECT_FALSE(traits.versions);
  EXPECT_TRUE(traits.normalises);
  EXPECT_EQ(traits.consistency_window, 250ms);
}

// Shows: its clock is that of the cloud, as far as one can tell from outside, and goes on when the
// cloud is gone.
TEST(RemoteCloud, Clock) {
  ServedCloud world;
  const Instant before = world.shared.now();
  const auto remote = world.connect(world.listen());
  const Duration connecting = world.shared.now() - before;
  const Instant first = world.shared.now();
  const Instant there = remote->now();
  const Instant last = world.shared.now();
  EXPECT_GE(there, first - connecting);
  EXPECT_LE(there, last + connecting);
  world.server.reset();
  EXPECT_GE(remote->now(), there);
}

// Shows: where no cloud is served, connecting says so at once.
TEST(RemoteCloud, NobodyListens) {
  const auto started = steady_clock::now();
  const auto remote = connect_to_cloud("/no/such/socket");
  ASSERT_FALSE(remote);
  EXPECT_THAT(remote.error().message, HasSubstr("/no/such/socket"));
  EXPECT_LT(steady_clock::now() - started, 5s);
}

// Shows: a caller's deadline ends its wait, and the call is done in the cloud all the same.
TEST(RemoteCloud, Deadline) {
  ServedCloud world;
  const auto remote = world.connect(world.listen());
  world.shared.locked([](cloud::Cloud& each) {
    cloud::FaultRule rule;
    rule.permille = 1000;
    rule.effect = {.kind = "late-delivery", .code = std::nullopt, .delay = 20ms};
    ASSERT_TRUE(each.inject(rule));
  });
  // On a busy machine a call may be given up before it has come to the cloud.
  while (world.records(LogPhase::kArrived) == 0) {
    EXPECT_EQ(remote->call(create_request("a"), patience_for(10ms)).error,
              ErrorCode::kDeadlineExceeded);
  }
  wait_for(world, LogPhase::kExecuted);
  EXPECT_EQ(world.objects(), 1U);
}

// Shows: a caller that is killed does not wait, and the cloud's log has the answer that came after
// it as not delivered.
TEST(RemoteCloud, ACallerThatIsKilled) {
  ServedCloud world;
  const auto remote = world.connect(world.listen());
  world.inject(CallKind::kCreate, "latency", std::nullopt, 500ms);
  std::stop_source killed;
  Patience patience = patience_for(kLong);
  patience.killed = killed.get_token();
  std::jthread killer([&] {
    wait_for(world, LogPhase::kArrived);
    killed.request_stop();
  });
  EXPECT_EQ(remote->call(create_request("a"), patience).error, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(world.shared.wait_until_idle(kLong));
  EXPECT_EQ(world.records(LogPhase::kUndelivered), 1U);
}

// Shows: a caller that is asked to stop hears an answer that comes within its grace, and waits no
// longer.
TEST(RemoteCloud, StopLeavesTheGrace) {
  ServedCloud world;
  const auto remote = world.connect(world.listen());
  std::stop_source stop;
  stop.request_stop();
  Patience patience = patience_for(kLong);
  patience.stop = stop.get_token();
  patience.grace = kLong;
  EXPECT_TRUE(remote->call(create_request("a"), patience).ok());
  world.inject(CallKind::kCreate, "hang", std::nullopt);
  patience.grace = 10ms;
  EXPECT_EQ(remote->call(create_request("b"), patience).error, ErrorCode::kDeadlineExceeded);
}

// Shows: calls of a cloud that goes end with NetworkFailure, and so do those made after that.
TEST(RemoteCloud, TheCloudGoes) {
  ServedCloud world;
  const auto remote = world.connect(world.listen());
  world.inject(CallKind::kCreate, "hang", std::nullopt);
  std::jthread killer([&] {
    wait_for(world, LogPhase::kArrived);
    world.server.reset();
  });
  EXPECT_EQ(remote->call(create_request("a"), patience_for(kLong)).error,
            ErrorCode::kNetworkFailure);
  EXPECT_EQ(remote->call(create_request("b"), patience_for(kLong)).error,
            ErrorCode::kNetworkFailure);
  EXPECT_TRUE(remote->traits().versions) << "what was told last";
}

// Shows: each socket is one life of the engine: calls carry its number, whatever their callers say.
TEST(CloudServer, LivesAreNumbered) {
  ServedCloud world;
  const auto first = world.connect(world.listen(1));
  const auto second = world.connect(world.listen(2));
  ProviderRequest request = create_request("a");
  request.connection = 99;
  EXPECT_TRUE(first->call(request, {}).ok());
  EXPECT_TRUE(second->call(create_request("b"), {}).ok());
  world.shared.locked([](cloud::Cloud& each) {
    for (const cloud::LogRecord& record : each.records()) {
      EXPECT_EQ(record.request->connection, record.request->label == "a" ? 1U : 2U);
    }
  });
  const auto again = world.server->listen_for_providers(2);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("life 2"));
}

// Shows: calls of a life that is dropped get no answer, do in the cloud what they were going to do,
// and leave the other lives alone; the socket is gone.
TEST(CloudServer, DropProviders) {
  ServedCloud world;
  const std::string path = world.listen(1);
  const auto first = world.connect(path);
  const auto second = world.connect(world.listen(2));
  world.inject(CallKind::kCreate, "late-delivery", std::nullopt, 100ms);
  std::jthread dropper([&] {
    wait_for(world, LogPhase::kArrived);
    world.server->drop_providers(1);
  });
  EXPECT_EQ(first->call(create_request("a"), patience_for(kLong)).error,
            ErrorCode::kNetworkFailure);
  dropper.join();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(world.shared.wait_until_idle(kLong));
  EXPECT_EQ(world.objects(), 1U);
  EXPECT_TRUE(second->call(create_request("b"), {}).ok());
  EXPECT_EQ(first->call(create_request("c"), patience_for(kLong)).error,
            ErrorCode::kNetworkFailure);
  world.server->drop_providers(1);
  world.server->drop_providers(77);
  EXPECT_TRUE(world.server->listen_for_providers(1)) << "the number may be used again";
}

// Shows: calls at the closed gate are dropped with their life, and go through when it opens.
TEST(CloudServer, DropAtTheGate) {
  ServedCloud world;
  const auto remote = world.connect(world.listen());
  world.shared.locked([](cloud::Cloud& each) { each.set_gate(false); });
  std::jthread dropper([&] {
    while (world.shared.pending() == 0) std::this_thread::yield();
    world.server->drop_providers(1);
  });
  EXPECT_EQ(remote->call(create_request("a"), patience_for(kLong)).error,
            ErrorCode::kNetworkFailure);
  EXPECT_EQ(world.objects(), 0U);
  world.shared.locked([](cloud::Cloud& each) { each.set_gate(true); });
  EXPECT_EQ(world.objects(), 1U);
}

// Shows: on_call is told of a call before the cloud knows of it, when the cloud has answered, and
// when the answer is on its way; each time with the whole request.
TEST(CloudServer, OnCall) {
  Stages stages;
  ServedCloud world(stages.hook());
  const auto remote = world.connect(world.listen(3));
  EXPECT_TRUE(remote->call(create_request("a"), {}).ok());
  stages.wait_for(3);
  EXPECT_THAT(stages.seen(),
              ElementsAre(CallStage::kArrived, CallStage::kExecuted, CallStage::kAnswered));
  for (const ProviderRequest& each : stages.requests()) {
    EXPECT_EQ(each.kind, CallKind::kCreate);
    EXPECT_EQ(each.label, "a");
    EXPECT_EQ(each.connection, 3U);
    EXPECT_EQ(each.properties, create_request("a").properties);
  }
}

// Shows: a call that on_call keeps from the cloud is on record, and not carried out, and its caller
// is left waiting, until its life is dropped.
TEST(CloudServer, NoAnswerBeforeTheCloud) {
  Stages stages;
  ServedCloud world(stages.hook([](CallStage stage) { return stage != CallStage::kArrived; }));
  const auto remote = world.connect(world.listen());
  std::jthread dropper([&] {
    stages.wait_for(1);
    world.server->drop_providers(1);
  });
  EXPECT_EQ(remote->call(create_request("a"), patience_for(kLong)).error,
            ErrorCode::kNetworkFailure);
  EXPECT_THAT(stages.seen(), ElementsAre(CallStage::kArrived));
  EXPECT_EQ(world.records(LogPhase::kArrived), 1U);
  EXPECT_EQ(world.records(LogPhase::kExecuted), 0U);
  EXPECT_EQ(world.shared.pending(), 0U);
}

// Shows: a call whose answer on_call keeps back is done, and its caller is left waiting.
TEST(CloudServer, NoAnswerAfterTheCloud) {
  Stages stages;
  ServedCloud world(stages.hook([](CallStage stage) { return stage != CallStage::kExecuted; }));
  const auto remote = world.connect(world.listen());
  std::jthread dropper([&] {
    stages.wait_for(2);
    world.server->drop_providers(1);
  });
  EXPECT_EQ(remote->call(create_request("a"), patience_for(kLong)).error,
            ErrorCode::kNetworkFailure);
  EXPECT_EQ(world.objects(), 1U);
  EXPECT_EQ(world.records(LogPhase::kUndelivered), 1U);
  EXPECT_THAT(stages.seen(), ElementsAre(CallStage::kArrived, CallStage::kExecuted));
}

// Shows: of the callers that are forgotten nobody hears an answer, however far their calls have
// come; who calls at the same socket afterwards does.
TEST(CloudServer, ForgetsCallers) {
  Stages stages;
  std::promise<void> forgotten;
  const auto may_leave = forgotten.get_future().share();
  ServedCloud world(stages.hook([may_leave](CallStage stage) {
    if (stage == CallStage::kExecuted) may_leave.wait();
    return true;
  }));
  const std::string path = world.listen();
  const auto dead = world.connect(path);
  std::jthread caller([&] {
    EXPECT_EQ(dead->call(create_request("a"), patience_for(kLong)).error,
              ErrorCode::kNetworkFailure);
  });
  stages.wait_for(2);
  world.server->forget_callers(1);
  world.server->forget_callers(77);
  forgotten.set_value();
  wait_for(world, LogPhase::kUndelivered);
  const auto next = world.connect(path);
  EXPECT_TRUE(next->call(create_request("b"), patience_for(kLong)).ok());
  EXPECT_EQ(world.records(LogPhase::kUndelivered), 1U);
  EXPECT_EQ(world.objects(), 2U);
  world.server->drop_providers(1);
}

// Shows: a provider that starts waits for on_start.
TEST(CloudServer, OnStart) {
  std::atomic<uint64_t> started = 0;
  ServedCloud world(nullptr, [&](uint64_t connection) { started = connection; });
  EXPECT_NE(world.connect(world.listen(7)), nullptr);
  EXPECT_EQ(started, 7U);
}

// Shows: a caller that is left waiting gives up at its deadline, and the call is over.
TEST(CloudServer, NoAnswerAndADeadline) {
  Stages stages;
  ServedCloud world(stages.hook([](CallStage) { return false; }));
  const auto remote = world.connect(world.listen());
  EXPECT_EQ(remote->call(create_request("a"), patience_for(30ms)).error,
            ErrorCode::kDeadlineExceeded);
}

// Shows: drop_providers returns once no call of that life is being handled, on_call included.
TEST(CloudServer, DropWaitsForHandlers) {
  std::latch inside(1);
  std::promise<void> release;
  std::atomic<bool> left = false;
  ServedCloud world(
      [&, released = release.get_future().share()](CallStage stage, const ProviderRequest&) {
        if (stage != CallStage::kExecuted) return true;
        inside.count_down();
        released.wait();
        left = true;
        return true;
      });
  const auto remote = world.connect(world.listen());
  std::jthread caller([&] {
    EXPECT_EQ(remote->call(create_request("a"), patience_for(kLong)).error,
              ErrorCode::kNetworkFailure);
  });
  inside.wait();
  std::jthread dropper([&] {
    world.server->drop_providers(1);
    EXPECT_TRUE(left);
  });
  // The caller's connection is cut although the handler is not done.
  caller.join();
  release.set_value();
}

// Shows: sockets are their owner's only, and a folder that is not, or is none, is refused.
TEST(CloudServer, Folders) {
  ServedCloud world;
  for (const std::string& path : {world.listen(), *world.server->listen_for_controllers()}) {
    struct stat found = {};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0600U) << path;
    EXPECT_TRUE(path.starts_with(world.folder()));
  }
  const auto refused = [&](const std::string& folder) {
    const auto started = CloudServer::start(world.shared, {.folder = folder, .on_call = {}});
    return started ? "" : started.error().message;
  };
  EXPECT_THAT(refused("/no/such/folder"), HasSubstr("/no/such/folder: it is not there"));
  EXPECT_THAT(refused("/etc/passwd"), HasSubstr("it is no folder"));
  const std::string open = world.folder() + "/open";
  ASSERT_EQ(::mkdir(open.c_str(), 0755), 0);
  EXPECT_THAT(refused(open), HasSubstr("others may enter it"));
  const std::string deep = world.folder() + "/" + std::string(100, 'x');
  ASSERT_EQ(::mkdir(deep.c_str(), 0700), 0);
  const auto started = CloudServer::start(world.shared, {.folder = deep, .on_call = {}});
  ASSERT_TRUE(started);
  const auto listening = (*started)->listen_for_providers(1);
  ASSERT_FALSE(listening);
  EXPECT_THAT(listening.error().message, HasSubstr("107 bytes"));
}

}  // namespace
}  // namespace squall
