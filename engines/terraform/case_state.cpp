#include "engines/terraform/case_state.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "base/check.h"

namespace squall::terraform {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStateFile = "terraform.tfstate";
constexpr std::string_view kWorkspacesFolder = "terraform.tfstate.d";
constexpr std::string_view kDefaultWorkspace = "default";
constexpr std::string_view kOtherWorkspace = "elsewhere";
constexpr std::string_view kLeftOver = "errored.tfstate";
// Relative to a working directory (TF_DATA_DIR): which backend it was initialised for.
constexpr std::string_view kInitRecord = ".terraform/terraform.tfstate";
constexpr std::string_view kInitCase = "init";

BackendConfig http_backend() { return {.type = "http"}; }

// What a state may not be after another one.
std::optional<StoreFinding> damage_of(const State& before, const std::string& text,
                                      const Result<std::optional<State>>& now) {
  const std::string was =
      fmt::format("serial {}, {} resources", before.serial, before.resources.size());
  if (text.empty())
    return StoreFinding{StoreDamage::kEmptied, was + " before; now there is nothing"};
  if (!now)
    return StoreFinding{StoreDamage::kUnreadable, fmt::format("{} before; now {} bytes: {}", was,
                                                              text.size(), now.error().message)};
  const State& state = **now;
  if (state.lineage != before.lineage)
    return StoreFinding{StoreDamage::kExchanged,
                        fmt::format("lineage {} before, now {}", before.lineage, state.lineage)};
  if (state.serial < before.serial)
    return StoreFinding{StoreDamage::kWentBack,
                        fmt::format("serial {} before, now {}", before.serial, state.serial)};
  return std::nullopt;
}

}  // namespace

// The ordinals are those that a run without retries can meet: it locks, reads, saves and unlocks
// once; only the first save looks again before it, and an interrupted run saves twice.
std::vector<StoreFault> faults_of_http_state() {
  constexpr Duration kSlow = std::chrono::milliseconds(300);
  return {
      {StoreOperation::kWrite, StoreFaultKind::kFails, 2},
      {StoreOperation::kWrite, StoreFaultKind::kReplyLost, 2},
      {StoreOperation::kUnlock, StoreFaultKind::kFails},
      {StoreOperation::kUnlock, StoreFaultKind::kReplyLost},
      {StoreOperation::kLock, StoreFaultKind::kReplyLost},
      {StoreOperation::kLock, StoreFaultKind::kFails},
      {StoreOperation::kRead, StoreFaultKind::kFails, 2},
      {StoreOperation::kWrite, StoreFaultKind::kSlow, 1, kSlow},
  };
}

std::vector<std::string_view> marks_of_http_state() {
  return {"save-failed",     "save-reply-lost", "save-slow",      "unlock-failed",
          "lock-reply-lost", "state-unread",    "lock-left-held", "errored-state-pushed"};
}

void note_marks_of(const StoreCall& call, std::map<std::string, uint64_t>& marks) {
  if (!call.fault) return;
  const bool fails = call.fault == StoreFaultKind::kFails;
  if (call.call == StoreOperation::kWrite)
    ++marks[fails                                      ? "save-failed"
            : call.fault == StoreFaultKind::kReplyLost ? "save-reply-lost"
                                                       : "save-slow"];
  if (call.call == StoreOperation::kUnlock && fails) ++marks["unlock-failed"];
  if (call.call == StoreOperation::kLock && !fails) ++marks["lock-reply-lost"];
  if (call.call == StoreOperation::kRead) ++marks["state-unread"];
}

// ---- SharedBackend

Result<StateBackend*> SharedBackend::open(const Cli& cli, const processes::WorkArea& area) {
  const std::lock_guard lock(mutex_);
  if (backend_) return backend_.get();
  TRY(const std::string directory, area.make_directory(kInitCase));
  TRY(std::unique_ptr<StateBackend> backend, StateBackend::start());
  Configuration configuration;
  configuration.backend = http_backend();
  TRY_VOID(write_configuration(configuration, directory));
  backend->open(std::string(kInitCase));
  RunOptions options;
  options.directory = directory;
  options.environment = backend->environment(std::string(kInitCase), "init");
  TRY(const CliRun run, cli.run(command::init(), options));
  backend->close(std::string(kInitCase));
  if (!run.succeeded())
    return fail("initialise a directory for the http backend: " + run.describe());
  TRY(init_record_, processes::read_text(directory + "/" + std::string(kInitRecord)));
  backend_ = std::move(backend);
  return backend_.get();
}

// ---- CaseState

CaseState CaseState::local(std::string directory, std::string workspace) {
  CaseState out;
  out.workspace_ = std::move(workspace);
  out.name_ = fs::path(directory).filename().string();
  out.directory_ = std::move(directory);
  return out;
}

Result<CaseState> CaseState::in_backend(StateBackend& backend, const std::string& init_record,
                                        std::string directory) {
  CaseState out = local(std::move(directory));
  const std::string path = out.directory_ + "/" + std::string(kInitRecord);
  std::error_code error;
  fs::create_directory(fs::path(path).parent_path(), error);
  if (error) return fail(fmt::format("make a directory for {}: {}", path, error.message()));
  TRY_VOID(processes::write_text(path, init_record));
  backend.open(out.name_);
  out.backend_ = &backend;
  return out;
}

CaseState::CaseState(CaseState&& other) noexcept { *this = std::move(other); }

CaseState& CaseState::operator=(CaseState&& other) noexcept {
  if (this == &other) return *this;
  close();
  backend_ = std::exchange(other.backend_, nullptr);
  directory_ = std::move(other.directory_);
  name_ = std::move(other.name_);
  workspace_ = std::move(other.workspace_);
  elsewhere_ = std::move(other.elsewhere_);
  own_ = std::move(other.own_);
  kept_text_ = std::move(other.kept_text_);
  kept_ = std::move(other.kept_);
  save_refused_ = std::move(other.save_refused_);
  return *this;
}

void CaseState::close() {
  if (backend_ != nullptr) backend_->close(name_);
  backend_ = nullptr;
}

std::optional<BackendConfig> CaseState::configuration() const {
  if (backend_ == nullptr) return std::nullopt;
  return http_backend();
}

std::map<std::string, std::string> CaseState::environment(const std::string& run) const {
  if (backend_ == nullptr) return {};
  return backend_->environment(name_, run);
}

void CaseState::begin_run(const std::vector<StoreFault>& faults) const {
  if (backend_ == nullptr) return;
  for (const StoreFault& fault : faults) {
    backend_->inject(
        name_,
        {.call = fault.operation, .kind = fault.kind, .nth = fault.nth, .delay = fault.delay});
  }
}

void CaseState::end_run() const {
  if (backend_ == nullptr) return;
  backend_->withdraw_faults(name_);
  backend_->wait_until_quiet(name_);
}

std::string CaseState::other_workspace() const {
  return std::string(workspace_.empty() ? kOtherWorkspace : kDefaultWorkspace);
}

// The default one's lies beside the configuration, others' each in a directory of its own.
std::string CaseState::path_in(const std::string& workspace) const {
  const bool is_default = workspace.empty() || workspace == kDefaultWorkspace;
  const std::string folder = is_default ? "" : fmt::format("{}/{}/", kWorkspacesFolder, workspace);
  return fmt::format("{}/{}{}", directory_, folder, kStateFile);
}

std::string CaseState::text() const {
  if (backend_ != nullptr) return backend_->state(name_);
  return processes::read_text(path_in(workspace_)).value_or("");
}

std::string CaseState::text_elsewhere() const {
  return processes::read_text(path_in(other_workspace())).value_or("");
}

void CaseState::set_text(const std::string& text) const {
  if (backend_ != nullptr) return backend_->set_state(name_, text);
  SQUALL_CHECK(processes::write_text(path_in(workspace_), text).has_value());
}

void CaseState::begin_visit() { own_ = text(); }

void CaseState::end_visit() { elsewhere_ = text_elsewhere(); }

// Of a visit what was its own all the time, and of any other run what is not.
std::optional<StoreFinding> CaseState::mend_elsewhere() {
  if (backend_ != nullptr) return std::nullopt;
  if (const auto own = std::exchange(own_, std::nullopt); own && *own != text()) {
    set_text(*own);
    return StoreFinding{StoreDamage::kMixedUp, fmt::format("a run in {} changed {}",
                                                           other_workspace(), path_in(workspace_))};
  }
  const std::string other = path_in(other_workspace());
  if (text_elsewhere() == elsewhere_) return std::nullopt;
  if (elsewhere_.empty()) {
    fs::remove(other);
  } else {
    SQUALL_CHECK(processes::write_text(other, elsewhere_).has_value());
  }
  return StoreFinding{StoreDamage::kMixedUp, fmt::format("no run was to change {}", other)};
}

std::vector<std::string> CaseState::texts() const {
  return {text(), processes::read_text(path_in(workspace_) + ".backup").value_or("")};
}

std::optional<State> CaseState::read() const {
  Result<std::optional<State>> read = parse_state(text());
  // What cannot be read is no inventory; the invariants compare what is left.
  if (!read) return std::nullopt;
  return *std::move(read);
}

std::optional<StoreFinding> CaseState::mend() {
  if (std::optional<StoreFinding> mixed_up = mend_elsewhere()) return mixed_up;
  const std::string now_text = text();
  if (!kept_ && now_text.empty()) return std::nullopt;
  const Result<std::optional<State>> now = parse_state(now_text);
  std::optional<StoreFinding> out;
  if (kept_) {
    out = damage_of(*kept_, now_text, now);
  } else if (!now) {
    out = StoreFinding{StoreDamage::kUnreadable, now.error().message};
  }
  if (out) {
    set_text(kept_text_);
    return out;
  }
  kept_ = *now;
  kept_text_ = now_text;
  return std::exchange(save_refused_, std::nullopt);
}

std::vector<StoreCall> CaseState::calls(size_t from) const {
  if (backend_ == nullptr) return {};
  std::vector<StoreCall> all = backend_->log(name_);
  return {all.begin() + static_cast<std::ptrdiff_t>(from), all.end()};
}

std::optional<std::string> CaseState::left_over() const {
  std::error_code error;
  if (!fs::exists(directory_ + "/" + std::string(kLeftOver), error)) return std::nullopt;
  return std::string(kLeftOver);
}

void CaseState::note_save_refused() {
  save_refused_ = {StoreDamage::kSaveRefused,
                   "the state holds what errored.tfstate says, and state push refuses it"};
}

bool CaseState::has_left_over() const {
  const Result<std::string> left = processes::read_text(directory_ + "/" + std::string(kLeftOver));
  return left && say_the_same(*left, text());
}

}  // namespace squall::terraform
