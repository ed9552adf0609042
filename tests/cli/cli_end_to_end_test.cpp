// The command line as its users meet it: every test starts build/squall as a process and looks at
// its output and its exit code.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "documents/json.h"

namespace squall {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kPlantScenario = SQUALL_SCENARIOS "/lost-create-new-token.json";

struct Outcome {
  int code = -1;  // the exit code; -1: killed by a signal
  std::string out;
  std::string err;
};

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A process with its output in files; killed and reaped if a test leaves it running.
class Process {
 public:
  Process(const fs::path& folder, const std::vector<std::string>& arguments,
          const std::string& output = "")
      : out_(output.empty() ? (folder / "stdout").string() : output), err_(folder / "stderr") {
    std::vector<std::string> words = {SQUALL_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_.c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err_.c_str(), flags, 0600);
    posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
    EXPECT_EQ(::posix_spawn(&pid_, SQUALL_BINARY, &files, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&files);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  // Returns once stderr holds `text`, or the process has gone.
  bool wait_for_stderr(const std::string& text) const {
    while (read_all(err_).find(text) == std::string::npos) {
      siginfo_t info = {};
      ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
      if (info.si_pid == pid_) return read_all(err_).find(text) != std::string::npos;
    }
    return true;
  }
  void send(int signal) const { ::kill(pid_, signal); }

  Outcome wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    Outcome outcome;
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.err = read_all(err_);
    if (fs::is_regular_file(out_)) outcome.out = read_all(out_);
    return outcome;
  }

 private:
  std::string out_;
  fs::path err_;
  pid_t pid_ = 0;
};

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    std::string name = (fs::temp_directory_path() / "squall-cli-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CommandLine() override { fs::remove_all(folder_); }

  Outcome squall(const std::vector<std::string>& arguments) const {
    return Process(folder_, arguments).wait();
  }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  fs::path folder_;
};

JsonObject last_line(const std::string& output) {
  std::string text = output;
  while (text.ends_with('\n')) text.pop_back();
  const Result<Json> parsed = parse_json(text.substr(text.rfind('\n') + 1));
  EXPECT_TRUE(parsed) << output;
  return parsed && parsed->is_object() ? parsed->get_object() : JsonObject();
}

TEST_F(CommandLine, BadInputIsExitCodeTwoWithAMessage) {
  // Shows for each kind of bad input: exit code 2, nothing on stdout, and a message that says what
  // was wrong with what, and what would be right.
  struct Bad {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::string newer = file("newer.json", R"({"format": 99})");
  const std::string broken = file("broken.json", "{\"format\": 1,");
  const std::string wrong = file("wrong.json", R"({"format": 1, "world": 7})");
  const std::vector<Bad> cases = {
      {{}, "test"},
      {{"frobnicate"}, "there is no subcommand \"frobnicate\"; known are test, replay"},
      {{"test", "--bogus"}, "--bogus"},
      {{"test", "--cases", "many"}, "\"many\" is not a whole number of at least 1"},
      {{"test", "--cases", "0"}, "\"0\" is not a whole number of at least 1"},
      {{"test", "--time", "soon"}, "\"soon\" is not a time"},
      {{"test", "--jobs", "0"}, "\"0\" is not a whole number from 1"},
      {{"test", "--engine", "nimbus"}, "there is no engine \"nimbus\"; known are sim"},
      {{"test", "--profile", "storm"}, "there is no profile \"storm\""},
      {{"test", "--plant", "oak"}, "there is no plant \"oak\"; known are"},
      {{"test", "--failures-dir", newer}, "is not a folder"},
      {{"replay"}, "FILE is required"},
      {{"replay", "nowhere.json"}, "reading nowhere.json: No such file or directory"},
      {{"replay", folder_.string()}, "it is a folder"},
      {{"replay", newer}, "newer.json"},
      {{"replay", broken}, "broken.json"},
      {{"replay", wrong}, "wrong.json: $"},
      {{"replay", kPlantScenario, "--plant", "oak"}, "there is no plant \"oak\""},
      {{"replay", kPlantScenario, "--engine", "nimbus"}, "there is no engine \"nimbus\""},
      {{"explain", broken}, "broken.json"},
      {{"list", "clouds"}, "there is no list \"clouds\"; known are engines, profiles"},
  };
  for (const Bad& bad : cases) {
    const Outcome outcome = squall(bad.arguments);
    const std::string shown = ::testing::PrintToString(bad.arguments);
    EXPECT_EQ(outcome.code, 2) << shown << outcome.err;
    EXPECT_EQ(outcome.out, "") << shown;
    EXPECT_THAT(outcome.err, HasSubstr(bad.message)) << shown;
  }
  EXPECT_EQ(read_all(newer), R"({"format": 99})");
  EXPECT_FALSE(fs::exists(folder_ / ".squall"));
}

TEST_F(CommandLine, HelpAndVersionAreNoErrors) {
  // Shows that asking for help succeeds, at the top and in a subcommand.
  EXPECT_THAT(squall({"--help"}).out, AllOf(HasSubstr("replay"), HasSubstr("Exit codes")));
  EXPECT_EQ(squall({"--help"}).code, 0);
  EXPECT_THAT(squall({"test", "--help"}).out, HasSubstr("--max-failures"));
  EXPECT_EQ(squall({"test", "--help"}).code, 0);
  EXPECT_THAT(squall({"--version"}).out, StartsWith("squall "));
  EXPECT_EQ(squall({"--version"}).code, 0);
}

TEST_F(CommandLine, ListsHaveTheirNames) {
  // Shows that every list prints a table with something that must be in it.
  const std::vector<std::pair<std::string, std::string>> lists = {
      {"engines", "sim"},
      {"profiles", "sequential-with-failures"},
      {"operations", "destroy"},
      {"faults", "lost-reply"},
      {"invariants", "no-duplicate"},
      {"plants", "lost-create-new-token"},
      {"marks", "crash-during-recovery"},
      {"types", "Test::Generic::Resource"},
  };
  for (const auto& [name, entry] : lists) {
    const Outcome outcome = squall({"list", name});
    EXPECT_EQ(outcome.code, 0) << name;
    EXPECT_THAT(outcome.out, HasSubstr(entry));
  }
}

TEST_F(CommandLine, ACleanRunSaysWhatItCovered) {
  // Shows a run that finds nothing: exit code 0, the summary, the JSON object last, and no trace
  // of it on the disk.
  const Outcome outcome = squall({"test", "--cases", "60", "--jobs", "2", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("✓ nothing found in 60 cases"), HasSubstr("marks")));
  const JsonObject json = last_line(outcome.out);
  for (const char* key : {"cases", "failures", "seconds", "cases_per_second", "operations",
                          "effective_operations", "accepted", "noop", "rejected", "skipped",
                          "excused", "peak_calls_in_flight", "marks", "seed", "trace_hash"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_TRUE(same(json.at("cases"), Json(60)));
  EXPECT_TRUE(same(json.at("failures"), Json(0)));
  EXPECT_FALSE(fs::exists(folder_ / ".squall"));
}

TEST_F(CommandLine, TheTraceHashDependsOnTheSeedAlone) {
  // Shows that one seed gives one run, with one job and with several, and another seed another.
  const auto hash = [&](const std::string& seed, const std::string& jobs) {
    const Outcome outcome =
        squall({"test", "--cases", "200", "--seed", seed, "--jobs", jobs, "--json"});
    return canonical(last_line(outcome.out).at("trace_hash"));
  };
  const std::string one = hash("5", "1");
  EXPECT_EQ(hash("5", "1"), one);
  EXPECT_EQ(hash("5", "2"), one);
  EXPECT_NE(hash("6", "1"), one);
}

TEST_F(CommandLine, APlantIsFoundSavedExplainedAndReplayed) {
  // Shows the whole way of a bug: found with exit code 1, saved, in words, replayed with exit code
  // 1, and gone without the plant.
  const Outcome found = squall({"test", "--plant", "lost-create-new-token", "--cases", "3000",
                                "--failures-dir", "kept here", "--json"});
  ASSERT_EQ(found.code, 1) << found.out << found.err;
  EXPECT_THAT(found.out, AllOf(HasSubstr("✗ "), HasSubstr("new · confirmed 10 of 10"),
                               HasSubstr("shrunk"), HasSubstr("failure 1 of 1")));
  const JsonObject json = last_line(found.out);
  const Json& finding = json.at("findings").at(0);
  const fs::path saved = folder_ / text_of(finding, "folder");
  for (const char* name : {"scenario.json", "log.jsonl", "report.txt", "report.json"}) {
    EXPECT_TRUE(fs::is_regular_file(saved / name)) << name;
  }
  EXPECT_TRUE(parse_json(read_all(saved / "report.json")));
  const std::string scenario = (saved / "scenario.json").string();

  const Outcome explained = squall({"explain", scenario});
  EXPECT_EQ(explained.code, 0) << explained.err;
  EXPECT_THAT(explained.out, HasSubstr("planted: lost-create-new-token"));

  const Outcome replayed = squall({"replay", scenario, "--log", "log.jsonl", "--json"});
  EXPECT_EQ(replayed.code, 1) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("shows what it expects"));
  EXPECT_TRUE(same(last_line(replayed.out).at("shows_what_it_expects"), Json(true)));
  EXPECT_EQ(read_all(folder_ / "log.jsonl"), read_all(saved / "log.jsonl"));

  const Outcome mended = squall({"replay", scenario, "--no-plants"});
  EXPECT_EQ(mended.code, 0) << mended.out << mended.err;
  EXPECT_THAT(mended.out, HasSubstr("no longer shows what it expects"));
}

TEST_F(CommandLine, TheLogIsNeverWrittenOverTheScenario) {
  // Shows that a slip of the pen costs no scenario.
  const std::string text = read_all(kPlantScenario);
  const std::string scenario = file("scenario.json", text);
  const Outcome outcome = squall({"replay", scenario, "--log", scenario});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(read_all(scenario), text);
}

TEST_F(CommandLine, InterruptedRunsSayWhatTheyDid) {
  // Shows that the first Ctrl-C, or SIGTERM, ends a run in good order with what it did so far.
  for (const int signal : {SIGINT, SIGTERM}) {
    Process process(folder_, {"test", "--cases", "100000000", "--json"});
    ASSERT_TRUE(process.wait_for_stderr("testing sim"));
    process.send(signal);
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("interrupted"));
    EXPECT_TRUE(same(last_line(outcome.out).at("interrupted"), Json(true)));
  }
}

TEST_F(CommandLine, AReaderThatGoesAwayIsNoError) {
  // Shows that a closed pipe neither kills the run nor changes its verdict.
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  Process process(folder_, {"test", "--cases", "60"}, pipe);
  ASSERT_TRUE(process.wait_for_stderr("testing sim"));
  ::close(reader);
  EXPECT_EQ(process.wait().code, 0);
}

TEST_F(CommandLine, AFullDiskIsAnError) {
  // Shows that an answer that could not be written is not passed off as given.
  Process process(folder_, {"list", "engines"}, "/dev/full");
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("writing the output: No space left on device"));
}

TEST_F(CommandLine, OutputThatIsNoTerminalIsPlain) {
  // Shows that neither colours nor rewritten lines end up in files.
  const Outcome outcome = squall({"test", "--cases", "60"});
  EXPECT_THAT(outcome.out + outcome.err, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\r"))));
}

}  // namespace
}  // namespace squall
