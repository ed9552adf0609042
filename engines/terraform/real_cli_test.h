// A real Terraform or OpenTofu for tests. Where there is none they are skipped, and one of them
// (RealCli.IsOnThePath in cli_test.cpp) says so.
#pragma once

#include <cstdlib>
#include <optional>

#include "engines/processes/helpers_test.h"
#include "engines/processes/work_area.h"
#include "engines/terraform/cli.h"
#include "engines/terraform/configuration.h"
#include "engines/terraform/state_file.h"

namespace squall::terraform {

inline Result<Binary> find_real_cli(const processes::Guardian& guardian) {
  const char* path = std::getenv("PATH");
  return find_binary(guardian, "", path == nullptr ? "" : path);
}

class RealCliTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = processes::WorkArea::create(parent_);
    ASSERT_TRUE(made) << made.error().message;
    area_.emplace(std::move(*made));
    guardian_.emplace(processes::start_guardian(area_->root()));
    const auto binary = find_real_cli(*guardian_);
    if (!binary) GTEST_SKIP();
    auto cli = Cli::open(*guardian_, *binary, *area_->make_directory("home"));
    ASSERT_TRUE(cli) << cli.error().message;
    cli_.emplace(std::move(*cli));
    options.directory = *area_->make_directory("case");
    options.deadline = std::chrono::minutes(1);
  }
  void TearDown() override {
    cli_.reset();
    guardian_.reset();
    area_.reset();
    EXPECT_TRUE(std::filesystem::is_empty(parent_)) << "a test left something behind";
    std::filesystem::remove_all(parent_);
  }

  CliRun run(const Command& command) { return run(command, options); }
  CliRun run(const Command& command, const RunOptions& with) {
    auto made = cli_->run(command, with);
    if (!made) ADD_FAILURE() << made.error().message;
    if (!made) return {};
    EXPECT_THAT(made->unparsable, testing::IsEmpty()) << made->describe();
    for (const Diagnostic& each : made->diagnostics) {
      EXPECT_NE(classify(each).rejection, Rejection::kUnknown) << each.summary << each.detail;
    }
    return std::move(*made);
  }
  std::unique_ptr<RunningCli> start(const Command& command,
                                    RunningCli::EventHandler on_event = nullptr) {
    auto made = cli_->start(command, options, std::move(on_event));
    if (!made) ADD_FAILURE() << made.error().message;
    return made ? std::move(*made) : nullptr;
  }
  CliRun succeed(const Command& command) {
    CliRun made = run(command);
    EXPECT_TRUE(made.succeeded()) << made.describe();
    return made;
  }
  void configure(const Configuration& configuration) {
    const auto written = write_configuration(configuration, options.directory);
    ASSERT_TRUE(written) << written.error().message;
  }
  void configure(const std::string& text) {
    processes::write_file(options.directory + "/main.tf.json", text);
  }
  std::string path(const std::string& name) const { return options.directory + "/" + name; }
  State state() {
    const auto read = read_state(path("terraform.tfstate"));
    if (!read) ADD_FAILURE() << read.error().message;
    return read && *read ? **read : State();
  }
  const processes::Guardian& guardian() const { return *guardian_; }
  processes::WorkArea& area() { return *area_; }
  const Cli& cli() const { return *cli_; }

  RunOptions options;

 private:
  std::string parent_ = processes::make_temporary_directory();
  std::optional<processes::WorkArea> area_;
  std::optional<processes::Guardian> guardian_;
  std::optional<Cli> cli_;
};

// terraform_data: a resource that needs no provider, with input, output and triggers_replace.
inline ResourceConfig data(const std::string& name, Arguments arguments = {}) {
  return {.type = "terraform_data", .name = name, .arguments = std::move(arguments)};
}

}  // namespace squall::terraform
