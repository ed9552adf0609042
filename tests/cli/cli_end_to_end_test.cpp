// The command line as its users meet it: every test starts build/squall as a process and looks at
// its output and its exit code.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <regex>

#include "tests/cli/command_line_test.h"

namespace squall {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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
  const std::string passing =
      file("passing.json", R"({"format": 1, "world": {"stacks": ["stack-0"], "resources": []},
                              "operations": []})");
  const std::string taken =
      file("taken.toml", "[[type]]\nname = \"Test::Generic::Resource\"\nidentifier = \"Id\"\n");
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
      {{"test", "--shard", "4/4"}, "\"4/4\" is no shard"},
      {{"test", "--case-time", "0s"}, "\"0s\" is not a time"},
      {{"test", "--case-memory", "lots"}, "\"lots\" is not a size"},
      {{"test", "--failures-dir", ""}, "name a folder"},
      {{"test", "--junit", "no/such/junit.xml"}, "there is no folder no/such; make it first"},
      {{"test", "--summary", folder_.string()}, "it is a folder"},
      {{"test", "--shrink-log", "/dev/null/log"}, "there is no folder /dev/null"},
      {{"test", "--known", "none.toml"}, "reading none.toml: No such file"},
      {{"test", "--known", broken}, "reading the known failures"},
      {{"shrink"}, "FILE is required"},
      {{"shrink", "nowhere.json"}, "reading nowhere.json: No such file or directory"},
      {{"shrink", kPlantScenario, "--in-place", "-o", "x"}, "choose one of them"},
      {{"shrink", passing, "-o", "x.json"}, "every invariant holds in it"},
      {{"shrink", kPlantScenario, "-o", "no/such.json"}, "there is no folder no"},
      {{"selfcheck", "--plants", "oak"}, "there is no plant \"oak\"; known are"},
      {{"selfcheck", "--plants", "a,,b"}, "is no list"},
      {{"selfcheck", "--seed", "1", "--seeds", "2"}, "choose one of them"},
      {{"known", "drop", passing}, "there is no `squall known drop`"},
      {{"known", "add", passing, "--link", "https://x.example"}, "does not say what it shows"},
      {{"known", "add", kPlantScenario}, "\"\" is no address"},
      {{"known", "add", kPlantScenario, "--link", "later"}, "\"later\" is no address"},
      {{"test", "--types", "nowhere.toml"}, "reading nowhere.toml: No such file"},
      {{"test", "--types", newer}, "cannot load resource types from " + newer + ":1:"},
      {{"test", "--types", taken}, "there is a type Test::Generic::Resource already"},
      {{"test", "--beyond", "--profile", "happy"}, "draws no faults"},
      {{"replay", kPlantScenario, "--types", "nowhere.toml"}, "reading nowhere.toml"},
      {{"shrink", kPlantScenario, "-o", "x.json", "--types", taken}, "Resource already"},
      {{"list", "types", "--types", taken}, "there is a type Test::Generic::Resource already"},
      {{"list", "faults", "--types", taken}, "--types adds nothing to the list of faults"},
      {{"provider"}, "Terraform and OpenTofu, which start it themselves"},
      {{"provider", "--protocol", "tfplugin5"}, "there is no protocol \"tfplugin5\""},
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
  EXPECT_FALSE(fs::exists(folder_ / "x.json"));
  EXPECT_FALSE(fs::exists(folder_ / "known.toml"));
}

TEST_F(CommandLine, HelpAndVersionAreNoErrors) {
  // Shows that asking for help succeeds, at the top and in a subcommand.
  EXPECT_THAT(squall({"--help"}).out, AllOf(HasSubstr("replay"), HasSubstr("Exit codes")));
  EXPECT_EQ(squall({"--help"}).code, 0);
  EXPECT_THAT(squall({"test", "--help"}).out, HasSubstr("--max-failures"));
  EXPECT_THAT(squall({"replay", "--help"}).out, HasSubstr("0 it shows what it expects"));
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

TEST_F(CommandLine, TheListOfFaultsSaysWhatCanBeExpected) {
  // Shows for a fault within the contract and one beyond it: summary, calls, needs, what it may
  // break.
  std::string list = squall({"list", "faults"}).out;
  for (size_t at = list.find('\n'); at != std::string::npos; at = list.find('\n', at)) {
    const size_t word = list.find_first_not_of(" \n", at);
    list.replace(at, std::min(word, list.size()) - at, " ");
  }
  EXPECT_THAT(list, ContainsRegex("lost-reply +within +[A-Z][^.]*\\. Hits: [^.]*create[^.]*\\. "
                                  "Codes: [^.]*ServiceTimeout"));
  EXPECT_THAT(list, ContainsRegex("wrong-echo +beyond +[A-Z][^.]*\\. Hits: create, update\\. May "
                                  "break: property-agreement"));
  EXPECT_THAT(
      list,
      ContainsRegex("stale-read +within +[^:]*\\. Hits: [^.]*\\. Needs: versions, a consistency"));
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
  // Shows the whole way of a bug: found with exit code 1, saved, in words, replayed as expected
  // with exit code 0, and gone without the plant; where it is gone with the plant, that is exit
  // code 1.
  const Outcome found = squall({"test", "--plant", "lost-create-new-token", "--cases", "3000",
                                "--failures-dir", "kept here", "--max-failures", "1", "--json"});
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
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("\nshows what it expects: "));
  EXPECT_TRUE(same(last_line(replayed.out).at("shows_what_it_expects"), Json(true)));
  EXPECT_EQ(read_all(folder_ / "log.jsonl"), read_all(saved / "log.jsonl"));

  const Outcome mended = squall({"replay", scenario, "--no-plants"});
  EXPECT_EQ(mended.code, 0) << mended.out << mended.err;
  EXPECT_THAT(mended.out, HasSubstr("does not show here what it expects"));
  std::string unplanted = read_all(scenario);
  const std::string plant = "\"lost-create-new-token\"";
  ASSERT_NE(unplanted.find(plant), std::string::npos);
  unplanted.erase(unplanted.find(plant), plant.size());
  const Outcome gone = squall({"replay", file("unplanted.json", unplanted)});
  EXPECT_EQ(gone.code, 1) << gone.out << gone.err;
  EXPECT_THAT(gone.out, HasSubstr("no longer shows what it expects"));
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

TEST_F(CommandLine, AnInterruptedRunStillReportsWhatItFound) {
  // Shows that Ctrl-C after a failure ends the search and the shrinking, and loses no failure.
  Process process(folder_, {"test", "--plant", "two-identities", "--cases", "100000000",
                            "--max-failures", "0", "--json"});
  ASSERT_TRUE(process.wait_for_stderr("fails: "));
  process.send(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("failure 1 of "), HasSubstr(", interrupted")));
  const JsonObject json = last_line(outcome.out);
  EXPECT_TRUE(fs::exists(folder_ / text_of(json.at("findings").at(0), "folder")));
}

TEST_F(CommandLine, SavedFailuresAreReplayedFirst) {
  // Shows that the next run of the same property begins with what the last one saved.
  const std::vector<std::string> arguments = {
      "test", "--plant", "two-identities", "--cases", "20", "--max-failures", "1", "--json"};
  ASSERT_EQ(squall(arguments).code, 1);
  const Outcome again = squall(arguments);
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("saved: "));
  EXPECT_THAT(again.out, HasSubstr("still fails · confirmed 10 of 10"));
  EXPECT_EQ(text_of(last_line(again.out).at("saved").at(0), "state"), "still fails");
}

TEST_F(CommandLine, FilesForBuildServersAreWritten) {
  // Shows --junit, --summary and --shrink-log of a run that finds something.
  const Outcome outcome =
      squall({"test", "--plant", "two-identities", "--cases", "30", "--junit", "junit.xml",
              "--summary", "summary.md", "--shrink-log", "shrink.jsonl", "--max-failures", "1"});
  ASSERT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_THAT(read_all(folder_ / "junit.xml"),
              AllOf(StartsWith("<?xml"), HasSubstr("<failure "), HasSubstr("failures=\"1\"")));
  EXPECT_THAT(read_all(folder_ / "summary.md"),
              AllOf(StartsWith("### Squall: ✗ 1 failure in "), HasSubstr("<details>")));
  std::ifstream log(folder_ / "shrink.jsonl");
  uint64_t lines = 0;
  for (std::string line; std::getline(log, line);) {
    const Result<Json> attempt = parse_json(line);
    ASSERT_TRUE(attempt) << line;
    EXPECT_TRUE(same(attempt->at("try"), Json(++lines)));
    EXPECT_NE(text_of(*attempt, "pass"), "");
  }
  EXPECT_GT(lines, 10U);
}

TEST_F(CommandLine, ShardsHaveTheCasesOfTheWholeRun) {
  // Shows that a shard is its part of the run, and says which.
  const Outcome outcome = squall({"test", "--cases", "61", "--shard", "1/2", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(same(last_line(outcome.out).at("cases"), Json(30)));
  EXPECT_THAT(outcome.out, HasSubstr("shard 1/2"));
}

TEST_F(CommandLine, AKnownFailureFailsNoRun) {
  // Shows the way of a known failure: added from its scenario, then counted and shown with its
  // link, skipped in JUnit, and no longer a reason to fail; and that a copy of the scenario stays
  // beside the rules, whatever becomes of the folder it was found in.
  const std::vector<std::string> test = {
      "test",       "--plant", "two-identities", "--cases",        "30", "--known",
      "known.toml", "--junit", "junit.xml",      "--max-failures", "0",  "--json"};
  ASSERT_EQ(squall({"test", "--plant", "two-identities", "--cases", "30", "--max-failures", "0",
                    "--failures-dir", "found"})
                .code,
            1);
  for (const auto& entry : fs::directory_iterator(folder_ / "found" / "failures")) {
    const Outcome added = squall({"known", "add", (entry.path() / "scenario.json").string(),
                                  "--link", "https://tracker.example/7"});
    EXPECT_EQ(added.code, 0) << added.err;
  }
  const Outcome known = squall(test);
  EXPECT_EQ(known.code, 0) << known.out << known.err;
  EXPECT_THAT(known.out,
              AllOf(HasSubstr("✓ nothing new found"), HasSubstr("https://tracker.example/7")));
  EXPECT_TRUE(same(last_line(known.out).at("expired"), Json(JsonArray())));
  EXPECT_THAT(read_all(folder_ / "junit.xml"),
              AllOf(HasSubstr("<skipped message=\"known: https://tracker.example/7"),
                    HasSubstr("failures=\"0\"")));
  std::vector<std::string> with_saved = test;
  with_saved.insert(with_saved.end(), {"--failures-dir", "found"});
  const Outcome saved = squall(with_saved);
  EXPECT_EQ(saved.code, 0) << saved.out;
  EXPECT_THAT(saved.err, HasSubstr(" is known: found/failures/"));
  const std::string rules = read_all(folder_ / "known.toml");
  EXPECT_THAT(rules, AllOf(HasSubstr("[[known]]"), HasSubstr("invariant = "), HasSubstr("versions"),
                           HasSubstr("scenario"), Not(HasSubstr("failures"))));
  fs::remove_all(folder_ / "found");
  EXPECT_EQ(squall(test).code, 0);
  // Adding it again is refused, and leaves no second copy.
  const auto files = [&] {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  };
  const auto before = files();
  const Outcome again = squall({"test", "--plant", "two-identities", "--cases", "30",
                                "--max-failures", "1", "--failures-dir", "once"});
  ASSERT_EQ(again.code, 1);
  const fs::path first = fs::directory_iterator(folder_ / "once" / "failures")->path();
  EXPECT_EQ(squall({"known", "add", (first / "scenario.json").string(), "--link",
                    "https://tracker.example/7"})
                .code,
            2);
  EXPECT_EQ(files(), before + 1);  // the folder "once"
}

TEST_F(CommandLine, AScenarioCanBeShrunkFurther) {
  // Shows `squall shrink`: a failing scenario, as drawn, becomes a smaller one that fails the same
  // way; beside it, or in its place.
  ASSERT_EQ(squall({"test", "--plant", "two-identities", "--cases", "30", "--max-failures", "1",
                    "--no-shrink"})
                .code,
            1);
  const fs::path saved = fs::directory_iterator(folder_ / ".squall" / "failures")->path();
  const std::string drawn = (saved / "scenario.json").string();
  const std::string before = read_all(drawn);
  const Outcome beside = squall({"shrink", drawn, "--shrink-log", "log.jsonl"});
  ASSERT_EQ(beside.code, 0) << beside.err;
  EXPECT_THAT(beside.out, AllOf(HasSubstr(" → "), HasSubstr("10 of 10")));
  EXPECT_EQ(read_all(drawn), before);
  const std::string smaller = read_all(saved / "scenario.shrunk.json");
  EXPECT_LT(smaller.size(), before.size());
  EXPECT_NE(read_all(folder_ / "log.jsonl"), "");
  EXPECT_THAT(squall({"shrink", drawn}).err, HasSubstr("it is there already"));
  EXPECT_EQ(squall({"shrink", drawn, "--in-place"}).code, 0);
  EXPECT_EQ(read_all(drawn), smaller);
  EXPECT_EQ(squall({"replay", drawn}).code, 0);
}

TEST_F(CommandLine, SelfcheckSaysWhichPlantsAreFound) {
  // Shows the table and its JSON, that a plant which is not found is exit code 1, and that nothing
  // is left on the disk.
  const Outcome found = squall({"selfcheck", "--plants", "two-identities,lost-create-new-token",
                                "--cases", "1000", "--json"});
  EXPECT_EQ(found.code, 0) << found.out << found.err;
  EXPECT_THAT(found.out, AllOf(HasSubstr("smoke"), HasSubstr("✓ 2 of 2 plants found")));
  const JsonObject json = last_line(found.out);
  EXPECT_TRUE(same(json.at("plants"), Json(2)));
  EXPECT_TRUE(same(json.at("found"), Json(2)));
  EXPECT_EQ(text_of(json.at("table").at(1), "plant"), "lost-create-new-token");
  EXPECT_FALSE(fs::exists(folder_ / ".squall"));
  const Outcome missed =
      squall({"selfcheck", "--plants", "crash-forgets-failure", "--cases", "1", "--seed", "3"});
  EXPECT_EQ(missed.code, 1);
  EXPECT_THAT(missed.out, HasSubstr("✗ 0 of 1 plant found"));
}

TEST_F(CommandLine, ACaseOverItsTimeIsReported) {
  // Shows that a case which is not done in time is a failure with a report, whether it ends or not.
  const Outcome outcome =
      squall({"test", "--cases", "100000", "--case-time", "1ms", "--junit", "junit.xml", "--json"});
  EXPECT_THAT(outcome.code, ::testing::AnyOf(1, 3)) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("✗ live"), HasSubstr("a case took longer than it may")));
  const JsonObject json = last_line(outcome.out);
  EXPECT_TRUE(same(json.at("exit_code"), Json(outcome.code)));
  EXPECT_TRUE(same(json.at("profile"), Json("sequential-with-failures")));
  EXPECT_THAT(read_all(folder_ / "junit.xml"), HasSubstr("type=\"live/case-time-limit\""));
}

TEST_F(CommandLine, ACaseOverItsMemoryIsReported) {
  // Shows that a case which holds more than it may is a failure like any other; one that holds
  // twice as much ends the run at once, with a report and the case saved. Without a limit nobody
  // looks.
#ifdef SQUALL_SANITIZED
  GTEST_SKIP() << "only the allocator of the plain build can be asked what a thread holds";
#endif
  const auto run = [&](const std::string& limit) {
    return squall({"test", "--cases", "3", "--jobs", "1", "--max-failures", "1", "--no-shrink",
                   "--json", "--case-memory", limit});
  };
  const Outcome runaway = run("1K");
  EXPECT_EQ(runaway.code, 3) << runaway.err;
  EXPECT_THAT(runaway.out, AllOf(HasSubstr("✗ live"), HasSubstr("more memory than it may"),
                                 HasSubstr("and it goes on")));
  EXPECT_TRUE(fs::exists(folder_ / ".squall"));
  // What a case holds is not known before: the limit follows it up until no case passes it twice.
  Outcome over = runaway;
  for (int i = 0; i < 40 && over.code == 3; ++i) {
    fs::remove_all(folder_ / ".squall");
    std::smatch held;
    ASSERT_TRUE(std::regex_search(over.out, held, std::regex(R"(actual +([0-9.]+) MiB)")));
    const double bytes = std::stod(held[1]) * 1024 * 1024;
    over = run(std::to_string(static_cast<uint64_t>(bytes * 0.55)));
  }
  EXPECT_EQ(over.code, 1) << over.out << over.err;
  EXPECT_THAT(over.out, HasSubstr("it held "));
  EXPECT_THAT(over.out, HasSubstr("live/case-memory-limit"));
  fs::remove_all(folder_ / ".squall");
  EXPECT_EQ(run("0").code, 0);
}

TEST_F(CommandLine, AFailureThatCannotBeSavedIsStillReported) {
  // Shows a disk that takes nothing more: the failure is on the terminal and decides the exit code,
  // and stderr says what was not saved; a file that was asked for and not written is exit code 2.
  const std::string full = "ulimit -f 0; exec 2>&1; " SQUALL_BINARY
                           " test --plant two-identities --cases 20 --max-failures 1";
  const auto run = [&](const std::string& more) {
    const std::string script = "(" + full + more + "; echo code $?) | cat > out";
    return std::system(("cd '" + folder_.string() + "' && " + script).c_str());
  };
  ASSERT_EQ(run(""), 0);
  EXPECT_THAT(read_all(folder_ / "out"), AllOf(HasSubstr("failure 1 of 1"), HasSubstr("not saved"),
                                               HasSubstr("was not saved: "),
                                               HasSubstr("File too large"), HasSubstr("code 1\n")));
  ASSERT_EQ(run(" --junit junit.xml"), 0);
  EXPECT_THAT(read_all(folder_ / "out"),
              AllOf(HasSubstr("junit.xml"), HasSubstr("File too large"), HasSubstr("code 2\n")));
  EXPECT_FALSE(fs::exists(folder_ / "junit.xml"));
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
