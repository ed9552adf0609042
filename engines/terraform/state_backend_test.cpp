#include "engines/terraform/state_backend.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/hash.h"
#include "engines/terraform/real_cli_test.h"
#include "engines/terraform/state_store.h"

namespace squall::terraform {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// --- The store: no network ----------------------------------------------------------------------

class StoreTest : public testing::Test {
 protected:
  StoreReply call(BackendCall call, const std::string& body = "", const std::string& lock_id = "") {
    const auto fault = store.strike(call);
    return store.carry_out({.call = call, .run = "r", .lock_id = lock_id, .body = body}, fault,
                           store.log().size() + 1, {});
  }
  static std::string info(const std::string& id) {
    return R"({"ID":")" + id + R"(","Operation":"OperationTypeApply"})";
  }
  const BackendRecord& last() const { return store.log().back(); }
  StateStore store;
};

// Shows: a state is read as it was written, and the log holds serial, digest and who held the lock.
TEST_F(StoreTest, KeepsAState) {
  EXPECT_EQ(call(BackendCall::kRead).status, 204);
  EXPECT_EQ(last().outcome, BackendOutcome::kNoState);
  call(BackendCall::kLock, info("a"));
  const std::string state = R"({"serial":7})";
  EXPECT_EQ(call(BackendCall::kWrite, state, "a").status, 200);
  EXPECT_EQ(last().serial, 7U);
  EXPECT_EQ(last().holder, "a");
  EXPECT_EQ(call(BackendCall::kRead).body, state);
  EXPECT_EQ(last().digest, hash_text(state));
  EXPECT_EQ(call(BackendCall::kWrite, "{", "a").status, 400);
  EXPECT_EQ(store.state(), state);
}

// Shows: one lock at a time, given back by its holder; a write with another's id is refused.
TEST_F(StoreTest, LocksOnce) {
  EXPECT_EQ(call(BackendCall::kLock, "").status, 400);
  EXPECT_EQ(call(BackendCall::kLock, info("a")).status, 200);
  EXPECT_EQ(last().operation, "OperationTypeApply");
  const StoreReply second = call(BackendCall::kLock, info("b"));
  EXPECT_EQ(second.status, 423);
  EXPECT_EQ(second.body, info("a"));
  EXPECT_EQ(call(BackendCall::kWrite, "{}", "b").status, 409);
  EXPECT_EQ(call(BackendCall::kWrite, "{}").status, 200);
  EXPECT_EQ(call(BackendCall::kUnlock, info("b")).status, 409);
  EXPECT_EQ(last().outcome, BackendOutcome::kNotHolder);
  EXPECT_EQ(call(BackendCall::kUnlock, info("a")).status, 200);
  EXPECT_EQ(call(BackendCall::kUnlock, info("a")).status, 409);
  EXPECT_EQ(last().outcome, BackendOutcome::kNotHeld);
}

// Shows: a fault strikes its kind and ordinals only; what fails has no effect, what loses its reply
// has one.
TEST_F(StoreTest, StrikesByKindAndOrdinal) {
  store.inject({.call = BackendCall::kWrite, .nth = 2, .times = 2, .status = 500});
  store.inject({.call = BackendCall::kLock, .kind = BackendFaultKind::kReplyLost});
  EXPECT_EQ(call(BackendCall::kWrite, R"({"serial":1})").status, 200);
  EXPECT_EQ(call(BackendCall::kWrite, R"({"serial":2})").status, 500);
  EXPECT_EQ(last().outcome, BackendOutcome::kFailed);
  EXPECT_EQ(call(BackendCall::kWrite, R"({"serial":3})").status, 500);
  EXPECT_EQ(store.state(), R"({"serial":1})");
  EXPECT_EQ(call(BackendCall::kWrite, R"({"serial":4})").status, 200);
  EXPECT_FALSE(call(BackendCall::kLock, info("a")).replied);
  EXPECT_EQ(store.holder(), "a");
  EXPECT_FALSE(last().replied);
  EXPECT_EQ(last().fault, BackendFaultKind::kReplyLost);
  store.inject({.call = BackendCall::kUnlock});
  store.withdraw_faults();
  EXPECT_EQ(call(BackendCall::kUnlock, info("a")).status, 200);
}

// --- The server ---------------------------------------------------------------------------------

// Sends a request on a connection of its own, and returns all that comes back.
std::string converse(uint16_t port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string reply;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    char bytes[4096];
    for (ssize_t got = 0; (got = read(fd, bytes, sizeof bytes)) > 0;) {
      reply.append(bytes, static_cast<size_t>(got));
    }
  }
  close(fd);
  return reply;
}

std::string request(const std::string& method, const std::string& path) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, path);
}

// Shows: only the address with the token answers, until the case is closed; nothing listens after.
TEST(StateBackendTest, AnswersAtSecretAddressesOnly) {
  auto backend = std::move(*StateBackend::start());
  backend->open("case");
  const std::string address = backend->environment("case", "run")["TF_HTTP_ADDRESS"];
  const std::string path = address.substr(address.find("/case"));
  const uint16_t port = backend->port();
  EXPECT_THAT(converse(port, request("GET", path)), HasSubstr("204 No Content"));
  EXPECT_THAT(converse(port, request("GET", "/case/guess/run")), HasSubstr("404 Not Found"));
  EXPECT_THAT(converse(port, request("PATCH", path)), HasSubstr("404 Not Found"));
  EXPECT_THAT(converse(port, "nonsense\r\n\r\n"), IsEmpty());
  EXPECT_EQ(backend->strangers(), 2U);
  ASSERT_THAT(backend->log("case"), SizeIs(1));
  EXPECT_EQ(backend->log("case")[0].run, "run");
  backend->close("case");
  EXPECT_THAT(converse(port, request("GET", path)), HasSubstr("404 Not Found"));
  backend.reset();
  EXPECT_THAT(converse(port, request("GET", path)), IsEmpty());
}

// Shows: what a caller that has gone asked for last is waited for: it is carried out by then.
TEST(StateBackendTest, IsQuietOnceAllIsCarriedOut) {
  auto backend = std::move(*StateBackend::start());
  backend->open("case");
  backend->wait_until_quiet("case");
  const std::string address = backend->environment("case", "run")["TF_HTTP_ADDRESS"];
  const std::string path = address.substr(address.find("/case"));
  backend->inject("case", {.call = BackendCall::kWrite,
                           .kind = BackendFaultKind::kSlow,
                           .delay = std::chrono::milliseconds(100)});
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(backend->port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  const std::string look = fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path);
  const std::string save = fmt::format(
      "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n{{\"serial\":7}}", path);
  char answer[1024];
  ASSERT_EQ(write(fd, look.data(), look.size()), static_cast<ssize_t>(look.size()));
  ASSERT_GT(read(fd, answer, sizeof answer), 0);
  ASSERT_EQ(write(fd, save.data(), save.size()), static_cast<ssize_t>(save.size()));
  close(fd);
  backend->wait_until_quiet("case");
  EXPECT_EQ(backend->state("case"), R"({"serial":7})");
  EXPECT_EQ(backend->connections(), 0U);
}

// --- With a real CLI ----------------------------------------------------------------------------

class HttpStateTest : public RealCliTest {
 protected:
  void SetUp() override {
    RealCliTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    backend = std::move(*StateBackend::start());
    backend->open("case");
    Configuration configuration;
    configuration.backend = {.type = "http"};
    configuration.root.resources = {data("a", {{"input", 1}})};
    configure(configuration);
    as("init");
    succeed(command::init());
  }
  void as(const std::string& run, int retries = 0) {
    options.environment = backend->environment("case", run, retries);
  }
  std::vector<BackendRecord> log_of(const std::string& run) const {
    std::vector<BackendRecord> found;
    for (const BackendRecord& each : backend->log("case")) {
      if (each.run == run) found.push_back(each);
    }
    return found;
  }
  static std::vector<BackendCall> calls(const std::vector<BackendRecord>& records) {
    std::vector<BackendCall> made;
    for (const BackendRecord& each : records) made.push_back(each.call);
    return made;
  }
  State held_state() const {
    const auto read = parse_state(backend->state("case"));
    return read && *read ? **read : State();
  }
  std::unique_ptr<StateBackend> backend;
};

// Shows: each run's calls are known as its own although one init served them all; lock, read, write
// and unlock come in that order, and a saved plan is applied from another address.
TEST_F(HttpStateTest, AttributesEveryCall) {
  as("planner");
  succeed(command::plan("saved"));
  as("applier");
  succeed(command::apply_saved("saved"));
  const auto planned = log_of("planner");
  ASSERT_THAT(planned, testing::Not(IsEmpty()));
  EXPECT_EQ(planned.front().operation, "OperationTypePlan");
  const auto applied = log_of("applier");
  ASSERT_THAT(applied, SizeIs(testing::Ge(4U)));
  EXPECT_EQ(applied.front().call, BackendCall::kLock);
  EXPECT_EQ(applied.back().call, BackendCall::kUnlock);
  EXPECT_EQ(applied[applied.size() - 2].call, BackendCall::kWrite);
  EXPECT_EQ(applied[applied.size() - 2].serial, held_state().serial);
  EXPECT_EQ(applied[applied.size() - 2].lock_id, applied.front().lock_id);
  EXPECT_EQ(backend->holder("case"), "");
  EXPECT_EQ(held_state().managed_objects(), 1U);
  EXPECT_FALSE(std::filesystem::exists(path("terraform.tfstate")));
}

// Shows: a lock that somebody holds is LockHeld; force-unlock with its id frees it.
TEST_F(HttpStateTest, IsHeldUntilForcedOpen) {
  backend->inject("case", {.call = BackendCall::kUnlock});
  as("leaves-it");
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kUnlockFailed));
  const std::string id = backend->holder("case");
  ASSERT_NE(id, "");
  as("contends");
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kLockHeld));
  as("unlocks");
  succeed(command::force_unlock(id));
  EXPECT_EQ(backend->holder("case"), "");
  as("after");
  succeed(command::apply());
}

// Shows: a lock whose reply is lost is a failed lock, and stays; with retries the CLI finds its own
// lock in its way.
TEST_F(HttpStateTest, LosesTheReplyToALock) {
  backend->inject("case", {.call = BackendCall::kLock, .kind = BackendFaultKind::kReplyLost});
  as("unheard");
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kLockFailed));
  ASSERT_NE(backend->holder("case"), "");
  as("unlocks");
  succeed(command::force_unlock(backend->holder("case")));

  backend->inject("case", {.call = BackendCall::kLock, .kind = BackendFaultKind::kReplyLost});
  as("retries", 2);
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kLockHeld));
  const auto retried = log_of("retries");
  ASSERT_THAT(retried, SizeIs(testing::Ge(2U)));
  EXPECT_EQ(retried[0].lock_id, retried[1].lock_id);
  EXPECT_EQ(retried[1].outcome, BackendOutcome::kAlreadyHeld);
}

// Shows: a save that fails leaves errored.tfstate, which can be pushed; nothing is lost.
TEST_F(HttpStateTest, RecoversAFailedSave) {
  backend->inject("case", {.call = BackendCall::kWrite, .times = 100});
  as("fails");
  const CliRun failed = run(command::apply());
  EXPECT_TRUE(failed.rejected_as(Rejection::kStateSaveFailed)) << failed.describe();
  EXPECT_EQ(backend->state("case"), "");
  const auto errored = read_state(path("errored.tfstate"));
  ASSERT_TRUE(errored && *errored);
  EXPECT_EQ((*errored)->managed_objects(), 1U);
  backend->withdraw_faults("case");
  as("pushes");
  succeed(command::state_push("errored.tfstate"));
  EXPECT_EQ(held_state().managed_objects(), 1U);
  as("after");
  EXPECT_EQ(succeed(command::plan("")).end.exit_code, 0);
}

// Shows: a save whose reply is lost is saved, though the CLI does not know; with retries it does.
TEST_F(HttpStateTest, LosesTheReplyToASave) {
  const BackendFault lost{.call = BackendCall::kWrite, .kind = BackendFaultKind::kReplyLost};
  backend->inject("case", lost);
  as("retries", 1);
  succeed(command::apply());
  EXPECT_EQ(held_state().managed_objects(), 1U);

  backend->inject(
      "case", {.call = BackendCall::kWrite, .kind = BackendFaultKind::kReplyLost, .times = 100});
  as("unheard");
  EXPECT_TRUE(run(command::destroy()).rejected_as(Rejection::kStateSaveFailed));
  EXPECT_EQ(held_state().managed_objects(), 0U);
}

// Shows: a slow save is waited for, and happens when it is due.
TEST_F(HttpStateTest, SavesSlowly) {
  constexpr auto kDelay = std::chrono::milliseconds(300);
  backend->inject("case",
                  {.call = BackendCall::kWrite, .kind = BackendFaultKind::kSlow, .delay = kDelay});
  as("slow");
  EXPECT_GE(succeed(command::apply()).end.wall, kDelay);
  const auto records = log_of("slow");
  const auto slow = std::ranges::find(records, BackendFaultKind::kSlow, [](const auto& each) {
    return each.fault.value_or(BackendFaultKind::kFails);
  });
  ASSERT_NE(slow, records.end());
  EXPECT_GE(slow->carried_out - slow->arrived, kDelay);
}

// Shows: a state that cannot be read, and one that is none, are known as what they are.
TEST_F(HttpStateTest, CannotReadTheState) {
  backend->inject("case", {.call = BackendCall::kRead});
  as("refused");
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kStateReadFailed));
  backend->set_state("case", "garbage");
  as("garbage");
  const CliRun garbage = run(command::apply());
  EXPECT_TRUE(garbage.rejected_as(Rejection::kStateMalformed)) << garbage.describe();
}

// Shows: the record that `init` leaves for the backend serves any other directory, since the
// address is not in it: one init serves all cases.
TEST_F(HttpStateTest, OneInitServesManyDirectories) {
  const std::string record = processes::read_file(path(".terraform/terraform.tfstate"));
  EXPECT_THAT(record, testing::Not(HasSubstr("127.0.0.1")));
  const std::string main = processes::read_file(path("main.tf.json"));
  options.directory = *area().make_directory("another");
  std::filesystem::create_directory(path(".terraform"));
  processes::write_file(path(".terraform/terraform.tfstate"), record);
  configure(main);
  backend->open("another");
  options.environment = backend->environment("another", "first");
  succeed(command::apply());
  EXPECT_THAT(backend->state("another"), HasSubstr("terraform_data"));
  EXPECT_EQ(backend->state("case"), "");
}

// Shows: after a second interrupt the CLI gives what is under way five seconds: the run ends before
// a slow save does.
TEST_F(HttpStateTest, EndsAtOnceWhenInterruptedTwice) {
  constexpr auto kDelay = std::chrono::seconds(8);
  backend->inject("case", {.call = BackendCall::kWrite,
                           .kind = BackendFaultKind::kSlow,
                           .times = 100,
                           .delay = kDelay});
  as("impatient");
  RunningCli* running = nullptr;
  int interrupts = 0;
  const auto started = start(command::apply(), [&](const Event& event) {
    const auto* apply = std::get_if<event::Apply>(&event);
    const bool done = apply != nullptr && apply->phase == Phase::kComplete;
    const auto* log = std::get_if<event::Log>(&event);
    const bool first_heard =
        log != nullptr && log->message.find("Interrupt received") != std::string::npos;
    if (done || (first_heard && interrupts == 1)) {
      ++interrupts;
      running->interrupt();
    }
  });
  running = started.get();
  const CliRun ended = started->wait();
  EXPECT_EQ(interrupts, 2);
  EXPECT_EQ(ended.end.exit_code, 1) << ended.describe();
  EXPECT_LT(ended.end.wall, kDelay);
  EXPECT_TRUE(ended.rejected_as(Rejection::kInterrupted)) << ended.describe();
  for (const Diagnostic& each : ended.diagnostics) {
    EXPECT_NE(classify(each).rejection, Rejection::kUnknown) << each.summary << each.detail;
  }
}

// Shows: a run that is SIGKILLed leaves its lock, as it would with any such backend.
TEST_F(HttpStateTest, OutlivesAKilledRun) {
  Configuration configuration;
  configuration.backend = {.type = "http"};
  configuration.root.resources = {data("a")};
  configuration.root.resources[0].provisioners = {{.command = "sleep 1000"}};
  configure(configuration);
  as("killed");
  RunningCli* running = nullptr;
  const auto started = start(command::apply(), [&](const Event& event) {
    if (std::holds_alternative<event::Provision>(event)) running->kill();
  });
  running = started.get();
  EXPECT_EQ(started->wait().end.signal, SIGKILL);
  EXPECT_NE(backend->holder("case"), "");
  as("contends");
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kLockHeld));
}

}  // namespace
}  // namespace squall::terraform
