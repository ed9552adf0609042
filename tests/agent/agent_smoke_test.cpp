// squall-agent as people start it: the cloud, the agent and its provider as processes of their own,
// and the commands for people.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <list>
#include <thread>

#include "agent/client/api_client.h"
#include "documents/json.h"
#include "engines/processes/process.h"
#include "provider/cloud_server/remote_cloud.h"

namespace squall {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using processes::Process;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kForma = SQUALL_SOURCE_DIR "/examples/hello.json";

struct Said {
  int code = -1;
  std::string out;
  std::string err;
};

// A process that serves, and the lines it has written.
struct Server {
  std::vector<std::string> lines;
  std::unique_ptr<Process> process;

  // What follows `beginning` in the line that begins so; empty where it ends without.
  std::string line_after(const std::string& beginning) {
    std::array<Process*, 1> one = {process.get()};
    for (bool is_over = false;;) {
      for (const std::string& line : lines)
        if (line.starts_with(beginning)) return line.substr(beginning.size());
      if (is_over) break;
      is_over = processes::wait_any(one, 20s);
    }
    ADD_FAILURE() << "it has ended: " << process->err().text;
    return "";
  }
};

class AgentSmoke : public testing::Test {
 protected:
  AgentSmoke() {
    std::string name = testing::TempDir() + "squall-smoke-XXXXXX";
    folder_ = mkdtemp(name.data());
    fs::create_directory(temporary());
  }
  ~AgentSmoke() override {
    servers_.clear();
    fs::remove_all(folder_);
  }

  fs::path temporary() const { return folder_ / "tmp"; }
  std::unique_ptr<Process> spawn(const std::string& program,
                                 const std::vector<std::string>& arguments,
                                 const std::string& token, Process::LineHandler on_line = nullptr) {
    processes::ProcessSpec spec;
    spec.program = program;
    spec.arguments = arguments;
    spec.environment = {"PATH=/usr/bin:/bin", "TMPDIR=" + temporary().string()};
    if (!token.empty()) spec.environment.push_back("SQUALL_AGENT_TOKEN=" + token);
    spec.directory = folder_;
    spec.deadline = 60s;
    auto process = Process::spawn(guardian_, spec, std::move(on_line));
    EXPECT_TRUE(process) << process.error().message;
    return std::move(*process);
  }
  Server& serve(const std::string& program, const std::vector<std::string>& arguments,
                const std::string& token = "") {
    Server& server = servers_.emplace_back();
    server.process = spawn(program, arguments, token,
                           [&server](std::string_view line) { server.lines.emplace_back(line); });
    return server;
  }
  // The agent on the data folder of this test, on any port, with the cloud's provider.
  Server& serve_agent(const std::string& token = "") {
    return serve(SQUALL_AGENT_BINARY,
                 {"serve", "--data", (folder_ / "data").string(), "--listen", "127.0.0.1:0", "--",
                  SQUALL_BINARY, "provider", "--cloud-socket", cloud_socket_},
                 token);
  }
  // Its address, once it answers requests.
  std::string address_of(Server& agent, const std::string& token = "") {
    const std::string address = agent.line_after("squall-agent listens on http://");
    agent::ApiClient client = client_of(address, token);
    for (Result<bool> ready = client.ready(); ready && !*ready; ready = client.ready())
      std::this_thread::yield();
    return address;
  }
  static agent::ApiClient client_of(const std::string& address, const std::string& token = "") {
    const int port = std::stoi(address.substr(address.rfind(':') + 1));
    return agent::ApiClient("127.0.0.1", static_cast<uint16_t>(port), token);
  }
  Said run(const std::vector<std::string>& arguments, const std::string& token = "") {
    const auto process = spawn(SQUALL_AGENT_BINARY, arguments, token);
    const processes::ProcessEnd& end = process->wait();
    return {end.exit_code.value_or(-1), process->out().text, process->err().text};
  }
  static Json json_of(const std::string& text) {
    Result<Json> parsed = parse_json(text);
    EXPECT_TRUE(parsed) << text;
    return parsed ? std::move(*parsed) : Json();
  }
  static pid_t provider_of(const std::string& address, const std::string& token = "") {
    const Result<std::string> text = client_of(address, token).get("/api/v1/plugins");
    EXPECT_TRUE(text) << text.error().message;
    return static_cast<pid_t>(json_of(*text).at(0).at("Pid").to_number<int>());
  }
  // What the cloud holds under that id.
  ProviderReply read_from_cloud(const std::string& native_id) const {
    const Result<std::shared_ptr<CloudAccess>> cloud = connect_to_cloud(cloud_socket_);
    EXPECT_TRUE(cloud) << cloud.error().message;
    ProviderRequest request;
    request.kind = CallKind::kRead;
    request.type = "Test::Generic::Resource";
    request.target = "default";
    request.native_id = native_id;
    return (*cloud)->call(request, {});
  }
  static int end_of(Server& server) {
    server.process->signal(SIGTERM);
    const processes::ProcessEnd& end = server.process->wait();
    return end.exit_code.value_or(-1);
  }

  fs::path folder_;
  std::string cloud_socket_;
  processes::Guardian guardian_ = *processes::Guardian::start();
  std::list<Server> servers_;
};

// Shows: what is applied is in the inventory and in the cloud; what was done can be asked for, also
// of an agent that was started again; what is destroyed is gone. Stopped, it leaves nothing behind.
TEST_F(AgentSmoke, DoesItsWork) {
  Server& cloud = serve(SQUALL_BINARY, {"cloud", "serve"});
  cloud_socket_ = cloud.line_after("providers ");
  Server* agent = &serve_agent();
  std::string address = address_of(*agent);

  const Said applied = run({"apply", kForma, "--agent", address});
  EXPECT_EQ(applied.code, 0) << applied.err;
  EXPECT_THAT(applied.out, HasSubstr("create     hello  one    Test::Generic::Resource  Success"));
  EXPECT_THAT(applied.err, HasSubstr("accepted as "));
  const Said again = run({"apply", kForma, "--agent", address});
  EXPECT_EQ(again.out, "nothing to do\n") << again.err;

  const Said inventory = run({"inventory", "--json", "--agent", address});
  const Json rows = json_of(inventory.out).at("Resources");
  ASSERT_EQ(rows.as_array().size(), 1U) << inventory.out;
  EXPECT_EQ(rows.at(0).at("Label"), "one");
  const std::string native_id(rows.at(0).at("NativeID").as_string());
  const ProviderReply object = read_from_cloud(native_id);
  ASSERT_TRUE(object.ok()) << object.message;
  EXPECT_EQ(object.properties.at("Value"), rows.at(0).at("Properties").at("Value"));

  const pid_t provider = provider_of(address);
  EXPECT_EQ(kill(provider, 0), 0);
  EXPECT_EQ(end_of(*agent), 0) << agent->process->err().text;
  EXPECT_NE(kill(provider, 0), 0);
  size_t left = 0;
  for (const auto& entry : fs::directory_iterator(temporary()))
    left += entry.path() != fs::path(cloud_socket_).parent_path() ? 1 : 0;
  EXPECT_EQ(left, 0U) << "the provider's socket is still there";

  agent = &serve_agent();
  address = address_of(*agent);
  const Said status = run({"status", "--json", "--agent", address});
  const Json commands = json_of(status.out).at("Commands");
  ASSERT_EQ(commands.as_array().size(), 1U) << status.out;
  EXPECT_EQ(commands.at(0).at("State"), "Success");
  const std::string id(commands.at(0).at("CommandId").as_string());
  EXPECT_THAT(run({"status", id, "--agent", address}).out,
              HasSubstr("apply reconcile " + id + ": Success"));
  EXPECT_EQ(run({"status", "nobody", "--agent", address}).code, 2);

  const Said destroyed = run({"destroy", kForma, "--agent", address});
  EXPECT_EQ(destroyed.code, 0) << destroyed.err;
  EXPECT_EQ(run({"inventory", "--agent", address}).out, "the inventory is empty\n");
  EXPECT_EQ(read_from_cloud(native_id).error, ErrorCode::kNotFound);
  EXPECT_EQ(end_of(*agent), 0) << agent->process->err().text;
  EXPECT_EQ(end_of(cloud), 0);
  EXPECT_TRUE(fs::is_empty(temporary()));
}

// Shows: a second agent on the same data is refused, and says why; who shows no token, or another
// one, is told nothing; the token is in no log, and not for the provider.
TEST_F(AgentSmoke, KeepsOthersOut) {
  Server& cloud = serve(SQUALL_BINARY, {"cloud", "serve"});
  cloud_socket_ = cloud.line_after("providers ");
  const std::string token = "a-token-that-nobody-guesses";
  Server& agent = serve_agent(token);
  const std::string address = address_of(agent, token);
  Server& second = serve_agent(token);

  EXPECT_EQ(run({"inventory", "--agent", address}, token).code, 0);
  for (const std::string wrong : {"", "another-token"}) {
    const Said refused = run({"apply", kForma, "--agent", address}, wrong);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("401"));
  }
  std::ifstream environment("/proc/" + std::to_string(provider_of(address, token)) + "/environ");
  const std::string variables{std::istreambuf_iterator<char>(environment), {}};
  EXPECT_THAT(variables, AllOf(HasSubstr("TMPDIR="), Not(HasSubstr(token))));

  EXPECT_EQ(second.process->wait().exit_code, 2);
  EXPECT_THAT(second.process->err().text, HasSubstr("is in use by another process"));
  EXPECT_THAT(second.lines, IsEmpty());
  EXPECT_EQ(end_of(agent), 0);
  EXPECT_THAT(agent.process->err().text, AllOf(HasSubstr("\"ready\""), Not(HasSubstr(token))));
}

// Shows: what cannot be done is said in one line, with exit code 2, and names what to do.
TEST_F(AgentSmoke, SaysWhatItCannotDo) {
  const auto complains = [this](const std::vector<std::string>& arguments,
                                const std::string& words) {
    const Said said = run(arguments);
    EXPECT_EQ(said.code, 2) << said.out;
    EXPECT_THAT(said.err, HasSubstr(words));
  };
  const std::string data = (folder_ / "data").string();
  complains({}, "subcommand is required");
  complains({"serve", "--no-such-option"}, "--no-such-option");
  complains({"serve"}, "no folder is named for the agent's data; say --data FOLDER");
  complains({"serve", "--data", data}, "no provider is named; say --provider COMMAND");
  complains({"serve", "--data", data, "--provider", "/no/such/provider", "--listen", "127.0.0.1:0"},
            "cannot start /no/such/provider");
  complains({"serve", "--data", data, "--provider", "true", "--listen", "0.0.0.0:0"},
            "without a bearer token");
  complains({"serve", "--data", data, "--provider", "true", "--store", "oracle:password"},
            "unknown kind of store \"oracle\"");
  complains({"serve", "--config", "/no/such/file"}, "cannot read /no/such/file");
  fs::create_directory(folder_ / "open");
  fs::permissions(folder_ / "open", fs::perms::all);
  complains({"serve", "--data", (folder_ / "open").string(), "--provider", "true"}, "chmod 700 it");
  complains({"apply", "/no/such/file"}, "cannot read /no/such/file");
  complains({"apply", folder_.string()}, "Is a directory");
  complains({"apply", SQUALL_AGENT_BINARY}, SQUALL_AGENT_BINARY);
  complains({"status", "--agent", "127.0.0.1:1"}, "cannot reach the agent at 127.0.0.1:1");
  complains({"status", "--agent", "nowhere"}, "\"nowhere\" is no address");
}

// Shows: a port that somebody has is said; an agent whose provider never comes can be stopped at
// once, although the provider is deaf.
TEST_F(AgentSmoke, StopsBeforeItIsReady) {
  const std::string data = (folder_ / "data").string();
  Server& agent = serve(SQUALL_AGENT_BINARY, {"serve", "--data", data, "--listen", "127.0.0.1:0",
                                              "--", "/bin/sh", "-c", "exec sleep 1000"});
  const std::string address = agent.line_after("squall-agent listens on http://");
  const Said second =
      run({"serve", "--data", data + "2", "--listen", address, "--provider", "true"});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("does another agent run? choose another port"));
  EXPECT_EQ(run({"inventory", "--agent", address}).code, 2);
  EXPECT_EQ(end_of(agent), 0);
}

}  // namespace
}  // namespace squall
