// `squall provider --cloud-socket` as the reference engine starts it: a process whose standard
// input is the engine's life line and whose first line says where it listens.
#include <gmock/gmock.h>

#include <array>
#include <future>

#include "provider/cloud_server/served_cloud_test.h"
#include "provider/plugin/handshake.h"
#include "provider/plugin/plugin_client.h"
#include "tests/cli/command_line_test.h"

namespace squall {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// A provider process, with both ends of its pipes held by the test.
class ProviderProcess {
 public:
  explicit ProviderProcess(const std::vector<std::string>& arguments) {
    std::array<int, 2> input = {};
    std::array<int, 2> output = {};
    EXPECT_EQ(::pipe2(input.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(output.data(), O_CLOEXEC), 0);
    std::vector<std::string> words = {SQUALL_BINARY, "provider"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output[1], STDERR_FILENO);
    EXPECT_EQ(::posix_spawn(&pid_, SQUALL_BINARY, &files, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&files);
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    output_ = output[0];
  }
  ~ProviderProcess() {
    close_input();
    ::close(output_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ProviderProcess(const ProviderProcess&) = delete;
  ProviderProcess& operator=(const ProviderProcess&) = delete;

  // Blocks until there is one, or the process has closed its output.
  std::string line() const {
    std::string out;
    for (char each = 0; ::read(output_, &each, 1) == 1 && each != '\n';) out += each;
    return out;
  }
  std::string socket() const {
    const auto handshake = plugin::parse_handshake(line());
    EXPECT_TRUE(handshake) << handshake.error().message;
    return handshake ? handshake->socket : "";
  }
  void close_input() { ::close(std::exchange(input_, -1)); }
  void send(int signal) const { ::kill(pid_, signal); }
  // The exit code; 128 + the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
  int input_ = -1;
  int output_ = -1;
};

ProviderReply call(plugin::PluginClient& client, const ProviderRequest& request) {
  std::promise<ProviderReply> answered;
  client.call(request, 60s,
              [&answered](ProviderReply reply) { answered.set_value(std::move(reply)); });
  return answered.get_future().get();
}

class ProviderCommand : public testing::Test {
 protected:
  // A provider that has said where it is.
  std::string start() {
    process.emplace(std::vector<std::string>{"--cloud-socket", world.listen(1)});
    return process->socket();
  }
  static bool is_there(const std::string& socket) {
    return fs::exists(fs::path(socket).parent_path());
  }

  ServedCloud world;
  std::optional<ProviderProcess> process;
};

// Shows: the process describes the cloud's types and carries a call to the cloud.
TEST_F(ProviderCommand, Serves) {
  const std::string socket = start();
  plugin::PluginClient client(socket);
  const auto description = client.describe(60s);
  ASSERT_TRUE(description) << description.error().message;
  EXPECT_EQ(description->schemas, schemas_of(cloud::built_in_types()));
  EXPECT_EQ(call(client, create_request("a")).native_id, "generic-1");
  EXPECT_EQ(world.objects(), 1U);
}

// Shows: when its standard input ends, as it does when the engine is killed, the process ends with
// exit code 0, also amid a call that hangs, and takes its socket's folder along.
TEST_F(ProviderCommand, EndsWithItsInput) {
  world.inject(CallKind::kCreate, "hang", std::nullopt);
  const std::string socket = start();
  EXPECT_TRUE(is_there(socket));
  plugin::PluginClient client(socket);
  std::promise<ProviderReply> answered;
  client.call(create_request("a"), 600s,
              [&answered](ProviderReply reply) { answered.set_value(std::move(reply)); });
  while (world.records(cloud::LogPhase::kArrived) == 0) std::this_thread::yield();
  process->close_input();
  EXPECT_EQ(process->wait(), 0);
  EXPECT_FALSE(is_there(socket));
  EXPECT_EQ(answered.get_future().get().status, ReplyStatus::kFailure);
}

}  // namespace
}  // namespace squall
