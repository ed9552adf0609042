// The state of one case, wherever it lies: in a file of the working directory, or in the harness's
// state backend. What is read and mended here is the truth, not what the command line says of it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine_under_test/engine_under_test.h"
#include "engines/processes/work_area.h"
#include "engines/terraform/cli.h"
#include "engines/terraform/configuration.h"
#include "engines/terraform/state_backend.h"
#include "engines/terraform/state_file.h"

namespace squall::terraform {

// The backend that the cases of a campaign share, and what `init` leaves in a working directory
// that is to use it. Started by the first case that asks for it.
class SharedBackend {
 public:
  // Any thread may call it.
  Result<StateBackend*> open(const Cli& cli, const processes::WorkArea& area);
  // REQUIRES: open() has succeeded.
  const std::string& init_record() const { return init_record_; }

 private:
  std::mutex mutex_;
  std::unique_ptr<StateBackend> backend_;
  std::string init_record_;
};

// What can befall a state in the backend, for Traits; the marks that say that it did, all of which
// a campaign with faults must reach.
std::vector<StoreFault> faults_of_http_state();
std::vector<std::string_view> marks_of_http_state();
// "save-failed", …: what that call shows.
void note_marks_of(const StoreCall& call, std::map<std::string, uint64_t>& marks);

class CaseState {
 public:
  CaseState() = default;
  // A new case, with nothing kept. directory: the case's own; its name is the case's.
  // workspace: which of the states there; empty: the default one.
  static CaseState local(std::string directory, std::string workspace = {});
  static Result<CaseState> in_backend(StateBackend& backend, const std::string& init_record,
                                      std::string directory);
  ~CaseState() { close(); }
  CaseState(CaseState&& other) noexcept;
  CaseState& operator=(CaseState&& other) noexcept;

  // What the configuration must say, and what the environment of that run.
  std::optional<BackendConfig> configuration() const;
  std::map<std::string, std::string> environment(const std::string& run) const;

  // A run begins: these strike it, and no other. It has ended: nothing of it is on its way.
  void begin_run(const std::vector<StoreFault>& faults) const;
  void end_run() const;

  bool has_workspaces() const { return backend_ == nullptr; }
  // The one of which nothing here is said to be, and where others work in between.
  std::string other_workspace() const;
  // A run there begins, and has ended: what it has left there is its own, and nothing else.
  void begin_visit();
  void end_visit();

  // nullopt: there is none, or it cannot be read.
  std::optional<State> read() const;
  // All that is kept of it, as it is: the one before the last, too.
  std::vector<std::string> texts() const;
  // As EngineUnderTest has them.
  std::optional<StoreFinding> mend();
  std::vector<StoreCall> calls(size_t from) const;
  // What a run left beside it because it could not save: its name in the directory, if there is.
  std::optional<std::string> left_over() const;
  // Is it what the state has already?
  bool has_left_over() const;
  // It was refused all the same: mend() will say so.
  void note_save_refused();

 private:
  std::string path_in(const std::string& workspace) const;
  std::string text() const;
  std::string text_elsewhere() const;
  void set_text(const std::string& text) const;
  std::optional<StoreFinding> mend_elsewhere();
  void close();

  StateBackend* backend_ = nullptr;  // nullptr: a local file
  std::string directory_;
  std::string name_;
  std::string workspace_;
  std::string elsewhere_;           // the text of the other workspace's state; empty: none
  std::optional<std::string> own_;  // … of its own, as it was before a visit there
  // The text as it was when it was looked at last; empty: there was none.
  std::string kept_text_;
  std::optional<State> kept_;
  std::optional<StoreFinding> save_refused_;
};

}  // namespace squall::terraform
