#include "cli/progress.h"

#include <fmt/format.h>

#include "cli/console.h"
#include "report/summary.h"
#include "report/text.h"

namespace squall::cli {
namespace {

constexpr auto kOnTerminal = std::chrono::milliseconds(100);
constexpr auto kElsewhere = std::chrono::seconds(5);

std::string progress_words(const campaign::Progress& progress, std::optional<uint64_t> cases) {
  const double seconds = std::chrono::duration<double>(progress.elapsed).count();
  const double rate = seconds > 0 ? static_cast<double>(progress.cases) / seconds : 0;
  std::string out = report::grouped(progress.cases);
  if (cases) out += " of " + report::grouped(*cases);
  out += fmt::format(" cases · {:.0f}/s · {}", rate, report::time_words(progress.elapsed));
  if (progress.failures == 0) return out + " · no failure";
  return out + fmt::format(" · {} in {}", report::counted(progress.failures, "failure"),
                           report::counted(progress.failing_cases, "case"));
}

}  // namespace

ProgressLine::ProgressLine(bool terminal, std::optional<uint64_t> cases)
    : terminal_(terminal), cases_(cases), shown_(std::chrono::steady_clock::now()) {}

bool ProgressLine::is_due() {
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - *shown_ < (terminal_ ? std::chrono::milliseconds(kOnTerminal) : kElsewhere)) {
    return false;
  }
  shown_ = now;
  return true;
}

void ProgressLine::show(const std::string& text) {
  if (!is_due()) return;
  if (!terminal_) return print_error(prefix_ + text + "\n");
  print_error("\r\x1b[K" + prefix_ + text);
  on_screen_ = true;
}

void ProgressLine::say(const std::string& line) {
  clear();
  print_error(line + "\n");
}

void ProgressLine::clear() {
  if (on_screen_) print_error("\r\x1b[K");
  on_screen_ = false;
}

void ProgressLine::begin(std::string_view what) { say(std::string(what)); }

void ProgressLine::on_progress(const campaign::Progress& progress) {
  show(progress_words(progress, cases_));
}

void ProgressLine::on_failure(uint64_t case_index, std::string_view signature) {
  say(fmt::format("case {} fails: {}", case_index, signature));
}

void ProgressLine::on_saved(const campaign::SavedOutcome& outcome) {
  say("saved: " + report::saved_words(outcome));
}

void ProgressLine::on_attempt(const campaign::Attempt& attempt) {
  show(fmt::format("shrinking {} · {}", attempt.signature,
                   attempt.number == 1 ? "1 try" : report::grouped(attempt.number) + " tries"));
}

}  // namespace squall::cli
