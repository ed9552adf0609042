// `squall provider --cloud-socket` as the reference engine starts it: a process whose standard
// input is the engine's life line and whose first line says where it listens.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <optional>
#include <thread>

#include "provider/cloud_server/served_cloud_test.h"
#include "provider/plugin/handshake.h"
#include "provider/plugin/plugin_client.h"
#include "provider/plugin/plugin_client_test.h"
#include "tests/cli/command_line_test.h"

namespace squall {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// A process of squall, with both ends of its pipes held by the test.
class PipedProcess {
 public:
  explicit PipedProcess(std::vector<std::string> words, std::vector<std::string> variables = {}) {
    std::array<int, 2> input = {};
    std::array<int, 2> output = {};
    EXPECT_EQ(::pipe2(input.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(output.data(), O_CLOEXEC), 0);
    words.insert(words.begin(), SQUALL_BINARY);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<char*> environment;
    for (std::string& each : variables) environment.push_back(each.data());
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output[1], STDERR_FILENO);
    EXPECT_EQ(::posix_spawn(&pid_, SQUALL_BINARY, &files, nullptr, argv.data(), environment.data()),
              0);
    posix_spawn_file_actions_destroy(&files);
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    output_ = output[0];
  }
  ~PipedProcess() {
    close_input();
    ::close(output_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  PipedProcess(const PipedProcess&) = delete;
  PipedProcess& operator=(const PipedProcess&) = delete;

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

class ProviderCommand : public testing::Test {
 protected:
  // A provider that has said where it is.
  std::string start(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"provider", "--cloud-socket", world.listen(1)});
    // What a provider that is killed leaves behind goes with the world.
    process.emplace(std::move(arguments), std::vector{"TMPDIR=" + world.folder()});
    return process->socket();
  }
  static bool is_there(const std::string& socket) {
    return fs::exists(fs::path(socket).parent_path());
  }

  ServedCloud world;
  std::optional<PipedProcess> process;
};

// Shows: the process describes the cloud's types and carries a call to the cloud.
TEST_F(ProviderCommand, Serves) {
  const std::string socket = start();
  plugin::PluginClient client(socket);
  const auto description = client.describe(60s);
  ASSERT_TRUE(description) << description.error().message;
  EXPECT_EQ(description->schemas, schemas_of(cloud::built_in_types()));
  EXPECT_EQ(plugin::call_and_wait(client, create_request("a")).native_id, "generic-1");
  EXPECT_EQ(world.objects(), 1U);
}

// Shows: when its standard input ends, as it does when the engine is killed, the process ends with
// exit code 0, also amid a call that hangs, and takes its socket's folder along.
TEST_F(ProviderCommand, EndsWithItsInput) {
  world.inject(CallKind::kCreate, "hang", std::nullopt);
  const std::string socket = start();
  EXPECT_TRUE(is_there(socket));
  plugin::PluginClient client(socket);
  plugin::Answers answers;
  client.call(create_request("a"), 600s, answers.expect_one());
  while (world.records(cloud::LogPhase::kArrived) == 0) std::this_thread::yield();
  process->close_input();
  EXPECT_EQ(process->wait(), 0);
  EXPECT_FALSE(is_there(socket));
  answers.wait_until_fewer_are_missing(1);
}

// Shows: SIGTERM and SIGINT end it as well.
TEST_F(ProviderCommand, EndsWithSignals) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto path = world.server->listen_for_providers(static_cast<uint64_t>(signal));
    PipedProcess each({"provider", "--cloud-socket", *path});
    const std::string socket = each.socket();
    each.send(signal);
    EXPECT_EQ(each.wait(), 0);
    EXPECT_FALSE(is_there(socket));
  }
}

// Shows: it ends when the engine asks it to, and tells what it was at.
TEST_F(ProviderCommand, EndsWhenAsked) {
  world.inject(CallKind::kCreate, "hang", std::nullopt);
  const std::string socket = start();
  plugin::PluginClient client(socket);
  plugin::Answers answers;
  client.call(create_request("a"), 600s, answers.expect_one());
  while (world.records(cloud::LogPhase::kArrived) == 0) std::this_thread::yield();
  client.shut_down();
  EXPECT_EQ(process->wait(), 0);
  EXPECT_FALSE(is_there(socket));
  answers.wait_until_fewer_are_missing(1);
}

// Shows: calls under way in a provider that is killed are NetworkFailure, each once, and the cloud
// has done what it was asked all the same.
TEST_F(ProviderCommand, Killed) {
  world.shared.locked([](cloud::Cloud& each) { each.set_gate(false); });
  plugin::PluginClient client(start());
  plugin::Answers answers;
  for (int i = 0; i < 20; ++i) {
    client.call(create_request(std::to_string(i)), 600s, answers.expect_one());
  }
  while (world.shared.pending() < 20) std::this_thread::yield();
  process->send(SIGKILL);
  EXPECT_EQ(process->wait(), 128 + SIGKILL);
  answers.wait_until_fewer_are_missing(1);
  EXPECT_EQ(answers.count(ErrorCode::kNetworkFailure), 20U);
  world.shared.locked([](cloud::Cloud& each) { each.set_gate(true); });
  EXPECT_TRUE(world.shared.wait_until_idle(60s));
  EXPECT_EQ(world.objects(), 20U);
  EXPECT_EQ(plugin::call_and_wait(client, create_request("x")).error, ErrorCode::kNetworkFailure);
}

// Shows: the rate that it is told is what it announces.
TEST_F(ProviderCommand, Rate) {
  plugin::PluginClient client(start({"--rate", "25"}));
  EXPECT_EQ(client.describe(60s)->rate_per_second, 25U);
}

// Shows: an engine that speaks later versions of the protocol too gets this one, and to one that
// speaks none in common it says so, with exit code 3.
TEST_F(ProviderCommand, Versions) {
  const std::string socket = world.listen(1);
  {
    PipedProcess both({"provider", "--cloud-socket", socket}, {"SQUALL_PROVIDER_PROTOCOLS=2,1"});
    EXPECT_THAT(both.line(), StartsWith("squall-provider|1|unix|/"));
  }
  PipedProcess later({"provider", "--cloud-socket", socket}, {"SQUALL_PROVIDER_PROTOCOLS=2,3"});
  EXPECT_THAT(later.line(), HasSubstr("the engine speaks the protocol versions 2,3"));
  EXPECT_EQ(later.wait(), 3);
}

// Shows: what cannot work is told at once, with exit code 2.
TEST_F(ProviderCommand, BadInput) {
  const std::string socket = world.listen(1);
  struct Bad {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<Bad> cases = {
      {{"--cloud-socket", "/no/such/socket"}, "cannot use the cloud at /no/such/socket"},
      {{"--protocol", "squall"}, "--protocol squall needs --cloud-socket"},
      {{"--protocol", "tfplugin6", "--cloud-socket", socket}, "go with --protocol squall"},
      {{"--protocol", "tfplugin7"}, "there is no protocol \"tfplugin7\"; known are tfplugin6"},
      {{"--rate", "5"}, "go with --protocol squall"},
      {{"--cloud-socket", socket, "--types", "x.toml"}, "--types is for `squall cloud serve`"},
      {{}, "this is a provider of Terraform and OpenTofu"},
  };
  for (const Bad& each : cases) {
    std::vector<std::string> arguments = each.arguments;
    arguments.insert(arguments.begin(), "provider");
    PipedProcess refused(arguments);
    EXPECT_THAT(refused.line(), HasSubstr(each.message));
    EXPECT_EQ(refused.wait(), 2) << each.message;
  }
}

// The path in a line like "providers /path".
std::string path_in(const std::string& line, const std::string& word) {
  EXPECT_THAT(line, StartsWith(word + " /"));
  return line.substr(std::min(line.size(), word.size() + 1));
}

// Shows: a cloud that is served by itself has a socket for providers and one for controllers, for
// its owner only; a provider reaches it; and it goes with everything when it is told to.
TEST(CloudCommand, Serves) {
  for (const int signal : {SIGTERM, SIGINT}) {
    PipedProcess cloud({"cloud", "serve"});
    const std::string providers = path_in(cloud.line(), "providers");
    const std::string controllers = path_in(cloud.line(), "controllers");
    for (const std::string& path : {providers, controllers}) {
      EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    }
    const fs::path folder = fs::path(providers).parent_path();
    EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
    PipedProcess provider({"provider", "--cloud-socket", providers});
    plugin::PluginClient client(provider.socket());
    EXPECT_EQ(plugin::call_and_wait(client, create_request("a")).native_id, "generic-1");
    cloud.send(signal);
    EXPECT_EQ(cloud.wait(), 0);
    EXPECT_FALSE(fs::exists(folder));
    EXPECT_EQ(plugin::call_and_wait(client, create_request("b")).error, ErrorCode::kNetworkFailure);
  }
}

// Shows: in a folder that it is given it makes the sockets and removes them, and leaves the rest;
// types of one's own come beside the built-in ones.
TEST(CloudCommand, FolderAndTypes) {
  const auto folder = *SocketFolder::make();
  const std::string types = folder.path() + "/types.toml";
  std::ofstream(types) << "[[type]]\nname = \"Acme::Web::Site\"\nidentifier = \"Id\"\n";
  PipedProcess cloud({"cloud", "serve", "--folder", folder.path(), "--types", types});
  const std::string providers = path_in(cloud.line(), "providers");
  EXPECT_TRUE(providers.starts_with(folder.path() + "/"));
  const auto remote = connect_to_cloud(providers);
  ASSERT_TRUE(remote) << remote.error().message;
  EXPECT_NE(find_type((*remote)->types(), "Acme::Web::Site"), nullptr);
  EXPECT_NE(find_type((*remote)->types(), kGenericResource), nullptr);
  cloud.send(SIGTERM);
  EXPECT_EQ(cloud.wait(), 0);
  EXPECT_FALSE(fs::exists(providers));
  EXPECT_TRUE(fs::exists(types));
}

// Shows: what cannot work is told at once, with exit code 2.
TEST(CloudCommand, BadInput) {
  const auto folder = *SocketFolder::make();
  const std::string open = folder.path() + "/open";
  fs::create_directory(open);
  fs::permissions(open, fs::perms::all);
  struct Bad {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<Bad> cases = {
      {{"rain"}, "there is no `squall cloud rain`; there is `squall cloud serve`"},
      {{"serve", "--folder", "/no/such"}, "/no/such: it is not there"},
      {{"serve", "--folder", open}, "others may enter it"},
      {{"serve", "--types", "/no/such.toml"}, "/no/such.toml"},
  };
  for (const Bad& each : cases) {
    std::vector<std::string> arguments = each.arguments;
    arguments.insert(arguments.begin(), "cloud");
    PipedProcess refused(arguments);
    EXPECT_THAT(refused.line(), HasSubstr(each.message));
    EXPECT_EQ(refused.wait(), 2) << each.message;
  }
}

}  // namespace
}  // namespace squall
