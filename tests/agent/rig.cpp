#include "tests/agent/rig.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "agent/postgres/postgres.h"
#include "base/check.h"
#include "cloud/catalogue.h"
#include "engines/agent/programs.h"

namespace squall::measure {
namespace {

constexpr uint64_t kCloudSeed = 1;

}  // namespace

Rig::Rig(RigOptions options)
    : options_(std::move(options)),
      cloud_(cloud::catalogue_of(cloud::built_in_types()), kCloudSeed) {}

Rig::~Rig() {
  if (process_ != nullptr) {
    kill();
    (void)end_life();
  }
}

Result<std::unique_ptr<Rig>> Rig::open(RigOptions options) {
  std::unique_ptr<Rig> rig(new Rig(std::move(options)));
  TRY_VOID(rig->set_up());
  return rig;
}

Result<void> Rig::set_up() {
  TRY(processes::WorkArea area, processes::WorkArea::create());
  TRY(processes::Guardian guardian, processes::Guardian::start(area.root()));
  area_.emplace(std::move(area));
  guardian_.emplace(std::move(guardian));
  TRY(binary_, engines::find_agent("", /*planted=*/!options_.plants.empty()));
  TRY(const std::string own, engines::path_of_this_program());
  TRY(provider_,
      engines::find_agent((std::filesystem::path(own).parent_path() / "squall").string(), false));
  if (options_.store == "postgresql") {
    TRY(postgres_, agent::PostgresServer::start({.syncs = options_.postgres_syncs}));
    TRY(database_, postgres_->create_database());
  } else if (options_.store != "sqlite") {
    return fail(
        fmt::format("there is no store \"{}\"; known are sqlite, postgresql", options_.store));
  }
  TRY(directory_, area_->make_directory("agent"));
  TRY(const std::string sockets, area_->make_directory("s"));
  shared_ = std::make_unique<SharedCloud>(cloud_);
  TRY(server_,
      CloudServer::start(
          *shared_, {.folder = sockets, .on_call = [this](CallStage stage, const ProviderRequest&) {
                       if (options_.on_call) options_.on_call(stage);
                       return true;
                     }}));
  return {};
}

Result<void> Rig::write_settings(const std::string& socket) const {
  const std::string store = postgres_ == nullptr ? "sqlite" : postgres_->where(database_);
  return processes::write_text(
      directory_ + "/agent.toml",
      fmt::format("data = \"{}\"\nstore = \"{}\"\nsync_interval_ms = 0\n"
                  "[server]\nlisten = \"127.0.0.1:0\"\n"
                  "[provider]\ncommand = [\"{}\", \"provider\", \"--protocol\", \"squall\", "
                  "\"--cloud-socket\", \"{}\"]\n"
                  "[engine]\n{}",
                  data_folder(), store, provider_, socket, options_.engine_settings));
}

Result<void> Rig::begin_life() {
  SQUALL_CHECK(process_ == nullptr);
  TRY(const std::string socket, server_->listen_for_providers(++life_));
  TRY_VOID(write_settings(socket));
  TRY(std::unique_ptr<engines::AgentProcess> started,
      engines::AgentProcess::start(*guardian_, {.binary = binary_,
                                                .plants = options_.plants,
                                                .directory = directory_,
                                                .start_deadline = std::chrono::seconds(60),
                                                .request_timeout = std::chrono::seconds(120)}));
  const std::scoped_lock lock(mutex_);
  process_ = std::move(started);
  return {};
}

Result<void> Rig::get_ready() {
  TRY_VOID(process_->get_ready());
  agent_pid_ = process_->pid();
  const std::scoped_lock lock(mutex_);
  open_ = !process_->was_killed();
  return {};
}

bool Rig::ended() { return process_->ended(); }

Result<void> Rig::end_life() {
  SQUALL_CHECK(process_ != nullptr);
  {
    const std::scoped_lock lock(mutex_);
    open_ = false;
  }
  const bool by_itself = process_->ended() && !process_->was_killed();
  const std::string how = by_itself ? process_->how_it_ended() : "";
  kill();
  server_->drop_providers(life_);
  {
    const std::scoped_lock lock(mutex_);
    process_.reset();
  }
  if (by_itself) return fail("the agent ended by itself: " + how);
  return {};
}

void Rig::kill() {
  const std::scoped_lock lock(mutex_);
  if (process_ != nullptr) process_->kill();
}

std::unique_ptr<agent::ApiClient> Rig::connect() {
  const std::scoped_lock lock(mutex_);
  if (!open_ || process_ == nullptr || process_->was_killed()) return nullptr;
  return process_->connect();
}

Result<uint64_t> Rig::store_bytes() const {
  if (postgres_ != nullptr) {
    TRY(agent::postgres::Connection connection,
        agent::postgres::Connection::open(postgres_->settings(database_)));
    TRY(const int64_t size, connection.number("SELECT pg_database_size(current_database())"));
    return static_cast<uint64_t>(size);
  }
  uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder(), error)) {
    if (entry.path().filename().string().starts_with("agent.db")) bytes += entry.file_size(error);
  }
  if (error) return fail(fmt::format("cannot look into {}: {}", data_folder(), error.message()));
  return bytes;
}

}  // namespace squall::measure
