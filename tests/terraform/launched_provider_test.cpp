// `squall provider` as Terraform and OpenTofu use it: installed from a filesystem mirror, started
// as a process by every phase of every run, with its cloud in a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/utsname.h>

#include <filesystem>
#include <thread>

#include "provider/tfplugin/command_line_test.h"

namespace squall::tfplugin {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kType = "squall_generic_resource";

std::string platform() {
  utsname system = {};
  ::uname(&system);
  const std::string machine = system.machine;
  return machine == "aarch64" ? "linux_arm64" : "linux_amd64";
}

class LaunchedProvider : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    const auto program = find_command_line();
    if (!program) GTEST_SKIP() << "neither terraform nor tofu on PATH";
    command_line = std::make_unique<CommandLine>(*program);
    const std::string folder =
        command_line->mirror() + "/squall.test/local/squall/1.0.0/" + platform();
    fs::create_directories(folder);
    const std::string binary = folder + "/terraform-provider-squall_v1.0.0";
    write_text(binary, "#!/bin/sh\nexec '" SQUALL_BINARY "' provider --protocol tfplugin6\n");
    fs::permissions(binary, fs::perms::owner_all);
    command_line->set("SQUALL_CLOUD_FILE", cloud_file());
    if (!GetParam()) command_line->set("TF_DISABLE_PLUGIN_TLS", "1");
  }

  std::string cloud_file() const { return command_line->folder() + "/cloud.json"; }

  CommandLine::Result run(const std::vector<std::string>& arguments) {
    CommandLine::Result result = command_line->run(arguments);
    RecordProperty(arguments.front() + "_ms", static_cast<int>(result.took.count()));
    return result;
  }
  void apply(const JsonObject& resources, const JsonObject& provider = {}) {
    command_line->configure({{"resource", JsonObject{{kType, resources}}}}, provider);
    const auto result = run({"apply", "-auto-approve", "-no-color"});
    ASSERT_EQ(result.exit_code, 0) << result.output;
    // One that does not exit when it is told to is killed, and leaves its socket.
    EXPECT_EQ(socket_folders(), 0);
  }
  void init() {
    command_line->configure({});
    const auto result = run({"init", "-no-color"});
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }

  JsonArray objects() const {
    const auto cloud = parse_json(read_text(cloud_file()));
    JsonArray alive;
    if (!cloud) return alive;
    for (const Json& object : cloud->at("objects").as_array()) {
      if (member(object, "properties") != nullptr) alive.push_back(object.at("properties"));
    }
    return alive;
  }

  // Processes in whose environment our folder stands.
  int left_behind() const {
    int count = 0;
    std::error_code ignored;
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
      const std::string environment = read_text(process.path().string() + "/environ");
      if (environment.find(cloud_file()) != std::string::npos) ++count;
    }
    return count;
  }
  int socket_folders() const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(command_line->folder())) {
      if (entry.path().filename().string().starts_with("squall-")) ++count;
    }
    return count;
  }

  std::unique_ptr<CommandLine> command_line;
};

INSTANTIATE_TEST_SUITE_P(Connections, LaunchedProvider, testing::Bool(),
                         [](const auto& connection) {
                           return connection.param ? "WithTls" : "Plain";
                         });

// Shows: from init to destroy, with the cloud in its file between processes, and nothing left
// behind.
TEST_P(LaunchedProvider, FromInitToDestroy) {
  init();
  apply({{"a", JsonObject{{"name", "one"}, {"value", "x"}, {"set_tags", {"t"}}}}});
  ASSERT_THAT(objects(), SizeIs(1));
  EXPECT_EQ(command_line->attribute(kType, "a", "id"), "\"generic-1\"");
  EXPECT_EQ(run({"plan", "-detailed-exitcode"}).exit_code, 0);
  apply({{"a", JsonObject{{"name", "one"}, {"value", "y"}}}});
  EXPECT_EQ(canonical(objects().at(0)), R"({"Id":"generic-1","Name":"one","Value":"y"})");
  apply({{"a", JsonObject{{"name", "two"}}}});
  EXPECT_EQ(command_line->attribute(kType, "a", "id"), "\"generic-2\"");
  EXPECT_EQ(run({"destroy", "-auto-approve"}).exit_code, 0);
  EXPECT_THAT(objects(), SizeIs(0));
  EXPECT_EQ(left_behind(), 0);
  EXPECT_EQ(socket_folders(), 0);
}

// Shows: the attribute names the file as well; without either the error says what to do.
TEST_P(LaunchedProvider, TheCloudFileMustBeNamed) {
  init();
  command_line->unset("SQUALL_CLOUD_FILE");
  apply({{"a", JsonObject{{"name", "one"}}}}, {{"cloud_file", cloud_file()}});
  EXPECT_THAT(objects(), SizeIs(1));
  command_line->configure({});
  const auto result = run({"plan", "-no-color"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("no cloud file is named"));
}

// Shows: many creates at once through one file, each durable.
TEST_P(LaunchedProvider, FiftyResources) {
  init();
  JsonObject all;
  for (int i = 0; i < 50; ++i) {
    all["r" + std::to_string(i)] = JsonObject{{"name", "r" + std::to_string(i)}};
  }
  apply(all);
  EXPECT_THAT(objects(), SizeIs(50));
}

// Shows: two runs in two folders on one file do not get into each other's way.
TEST_P(LaunchedProvider, TwoRunsShareAFile) {
  init();
  CommandLine other(*find_command_line());
  other.set("SQUALL_CLOUD_FILE", cloud_file());
  other.set("TF_CLI_CONFIG_FILE", command_line->folder() + "/cli.tfrc");
  const auto many = [](const std::string& prefix) {
    JsonObject all;
    for (int i = 0; i < 20; ++i) {
      const std::string name = prefix + std::to_string(i);
      all[name] = JsonObject{{"name", name}};
    }
    return JsonObject{{"resource", JsonObject{{kType, all}}}};
  };
  other.configure(many("b"));
  ASSERT_EQ(other.run({"init"}).exit_code, 0);
  command_line->configure(many("a"));
  CommandLine::Result second;
  std::thread beside([&] { second = other.run({"apply", "-auto-approve", "-no-color"}); });
  const auto first = run({"apply", "-auto-approve", "-no-color"});
  beside.join();
  EXPECT_EQ(first.exit_code, 0) << first.output;
  EXPECT_EQ(second.exit_code, 0) << second.output;
  EXPECT_THAT(objects(), SizeIs(40));
}

// Shows: a provider whose launcher was killed ends by itself and removes its socket.
TEST_P(LaunchedProvider, EndsWithItsLauncher) {
  CommandLine shell("/bin/sh");
  shell.set("TF_PLUGIN_MAGIC_COOKIE",
            "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");
  shell.set("PLUGIN_PROTOCOL_VERSIONS", "6,5");
  shell.set("SQUALL_CLOUD_FILE", cloud_file());
  const std::string script = shell.folder() + "/launch.sh";
  write_text(script, "'" SQUALL_BINARY "' provider &\nwait\n");
  const std::string output = shell.folder() + "/output";
  const pid_t launcher = shell.start_plainly({script}, output);
  const auto becomes = [](const auto& condition) {
    for (int tries = 0; tries < 1000 && !condition(); ++tries) ::poll(nullptr, 0, 10);
    return condition();
  };
  EXPECT_TRUE(becomes([&] { return read_text(output).ends_with("|grpc|\n"); }));
  EXPECT_THAT(read_text(output), testing::StartsWith("1|6|unix|"));
  EXPECT_GE(left_behind(), 1);
  ::kill(launcher, SIGKILL);
  CommandLine::finish(launcher, output);
  EXPECT_TRUE(becomes([&] { return left_behind() == 0; }));
  for (const auto& entry : fs::directory_iterator(shell.folder())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("squall-")) << entry.path();
  }
}

// Shows: SIGINT, which a terminal sends to all of its processes, is ignored; SIGTERM ends it.
TEST_P(LaunchedProvider, Signals) {
  CommandLine binary(SQUALL_BINARY);
  binary.set("TF_PLUGIN_MAGIC_COOKIE",
             "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");
  const std::string output = binary.folder() + "/output";
  const pid_t provider = binary.start_plainly({"provider"}, output);
  const auto becomes = [](const auto& condition) {
    for (int tries = 0; tries < 1000 && !condition(); ++tries) ::poll(nullptr, 0, 10);
    return condition();
  };
  EXPECT_TRUE(becomes([&] { return read_text(output).ends_with("|grpc|\n"); }));
  ::kill(provider, SIGINT);
  EXPECT_EQ(::kill(provider, 0), 0);
  ::kill(provider, SIGTERM);
  EXPECT_EQ(CommandLine::finish(provider, output).exit_code, 0);
  for (const auto& entry : fs::directory_iterator(binary.folder())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("squall-")) << entry.path();
  }
}

}  // namespace
}  // namespace squall::tfplugin
