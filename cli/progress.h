// Live progress of a run on stderr: one line, written over and over, on a terminal; a plain line
// every few seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "campaign/campaign.h"

namespace squall::cli {

class ProgressLine : public campaign::Observer {
 public:
  // cases: how many there will be at most; nullopt: until the time is over.
  ProgressLine(bool terminal, std::optional<uint64_t> cases);
  ~ProgressLine() override { clear(); }

  void begin(std::string_view what);
  void on_saved(const campaign::SavedOutcome& outcome) override;
  void on_progress(const campaign::Progress& progress) override;
  void on_failure(uint64_t case_index, std::string_view signature) override;
  void on_attempt(const campaign::Attempt& attempt) override;
  // Wipes the line, so that something else can be printed.
  void clear();
  // Stands in front of every line that shows how far it has come; empty: nothing.
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

 protected:
  // Shows `text` if enough time has passed since the last one.
  void show(const std::string& text);

 private:
  void say(const std::string& line);
  bool is_due();

  bool terminal_;
  std::optional<uint64_t> cases_;
  std::optional<std::chrono::steady_clock::time_point> shown_;
  bool on_screen_ = false;
  std::string prefix_;
};

}  // namespace squall::cli
