#include "agent/postgres/postgres_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "agent/postgres/postgres.h"

namespace squall::agent {

namespace {

namespace fs = std::filesystem;

// What the guardian runs, with the folder of the programs, the server's own and "on" or "off". It
// says "ready", or what went wrong; then it waits for the end of its input.
constexpr const char* kGuardian = R"sh(
trap "" PIPE HUP  # nobody may be there any more to hear "ready"
bin=$1 folder=$2 fsync=$3
cd "$folder" || exit 1
finish() { cd /; rm -rf "$folder"; exit; }
"$bin/initdb" -D data -U squall -A trust -E UTF8 --locale=C --no-sync --no-instructions \
  >log 2>&1 || { cat log; finish; }
"$bin/pg_ctl" -D data -l log -s -w -t 60 \
  -o "-c listen_addresses= -c unix_socket_directories='$folder' -c fsync=$fsync" \
  start >start 2>&1 </dev/null || { cat start log; finish; }
echo ready
exec >/dev/null 2>&1
read -r _
"$bin/pg_ctl" -D data -s -w -m immediate stop
finish
)sh";

bool has_programs(const fs::path& folder) {
  return std::ranges::all_of(std::array{"initdb", "pg_ctl", "postgres"}, [&](const char* name) {
    return ::access((folder / name).c_str(), X_OK) == 0;
  });
}

// Where the programs are; the newest of several.
std::optional<std::string> find_programs() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const fs::path folder = rest.substr(0, end);
    if (folder.is_absolute() && has_programs(folder)) return folder.string();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::optional<std::string> newest;
  int newest_version = -1;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    const fs::path folder = entry.path() / "bin";
    if (version <= newest_version || !has_programs(folder)) continue;
    newest_version = version;
    newest = folder;
  }
  return newest;
}

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

// nullopt: our own will do.
Result<std::optional<User>> user_for_server() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    const passwd* found = ::getpwnam(name);
    if (found != nullptr && found->pw_uid != 0) return User{found->pw_uid, found->pw_gid};
  }
  return fail("PostgreSQL refuses to run as root, and there is no user postgres or nobody");
}

Result<std::string> make_folder(const std::string& parent, const std::optional<User>& user) {
  const fs::path in = parent.empty() ? fs::temp_directory_path() : fs::path(parent);
  std::string folder = in / "squall-pg-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) {
    return fail(fmt::format("cannot make a folder in {}: {}", in.string(), std::strerror(errno)));
  }
  if (user && ::chown(folder.c_str(), user->uid, user->gid) != 0) {
    const std::string why = std::strerror(errno);
    ::rmdir(folder.c_str());
    return fail(fmt::format("cannot give {} to the server's user: {}", folder, why));
  }
  return folder;
}

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends = {};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// In the child of a fork: nothing here may allocate.
[[noreturn]] void become(const char* const* arguments, int input, int output,
                         const std::optional<User>& user) {
  // A session of its own: an interrupt at the terminal is for the harness, which then ends it.
  ::setsid();
  const bool ok = ::dup2(input, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 &&
                  ::dup2(output, STDERR_FILENO) >= 0 &&
                  (!user || (::setgroups(0, nullptr) == 0 && ::setgid(user->gid) == 0 &&
                             ::setuid(user->uid) == 0));
  if (ok) ::execv(arguments[0], const_cast<char* const*>(arguments));
  ::_exit(127);
}

std::string read_to_line_or_end(int file) {
  std::string out;
  std::array<char, 4096> buffer = {};
  for (;;) {
    const ssize_t count = ::read(file, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return out;
    out.append(buffer.data(), static_cast<size_t>(count));
    if (out == "ready\n") return out;
  }
}

// Waits for the guardian's end. The folder itself may be where only we can remove it from.
void wait_for_end(pid_t guardian, const std::string& folder) {
  while (guardian > 0 && ::waitpid(guardian, nullptr, 0) < 0 && errno == EINTR) {
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace

bool PostgresServer::is_installed() { return find_programs().has_value(); }

Result<std::unique_ptr<PostgresServer>> PostgresServer::start(const Options& options) {
  const std::optional<std::string> programs = find_programs();
  if (!programs) {
    return fail(
        "no PostgreSQL server is installed: initdb, pg_ctl and postgres are neither on the "
        "PATH nor in /usr/lib/postgresql; on Debian, install the package postgresql");
  }
  TRY(const std::optional<User> user, user_for_server());
  TRY(Pipe life_line, make_pipe());
  TRY(Pipe said, make_pipe());
  TRY(std::string folder, make_folder(options.parent_folder, user));
  const std::array<const char*, 8> arguments = {"/bin/sh",
                                                "-c",
                                                kGuardian,
                                                "squall-postgres",
                                                programs->c_str(),
                                                folder.c_str(),
                                                options.syncs ? "on" : "off",
                                                nullptr};
  const pid_t guardian = ::fork();
  if (guardian == 0) {
    become(arguments.data(), life_line.read_end.number(), said.write_end.number(), user);
  }
  std::string answer = std::strerror(errno);
  life_line.read_end.close();
  said.write_end.close();
  if (guardian > 0) answer = read_to_line_or_end(said.read_end.number());
  if (answer == "ready\n") {
    return std::unique_ptr<PostgresServer>(
        new PostgresServer(std::move(folder), guardian, std::move(life_line.write_end)));
  }
  life_line.write_end.close();
  wait_for_end(guardian, folder);
  return fail(fmt::format("cannot start a PostgreSQL server in {}: {}", folder, answer));
}

PostgresServer::PostgresServer(std::string folder, pid_t guardian, Descriptor life_line)
    : folder_(std::move(folder)), guardian_(guardian), life_line_(std::move(life_line)) {}

PostgresServer::~PostgresServer() {
  life_line_.close();
  wait_for_end(guardian_, folder_);
}

std::string PostgresServer::settings(const std::string& database) const {
  return fmt::format("host={} user=squall dbname={}", folder_, database);
}

std::string PostgresServer::where(const std::string& database) const {
  return "postgresql:" + settings(database);
}

Result<std::string> PostgresServer::create_database() {
  std::string name = fmt::format("squall_{}", ++databases_);
  TRY(postgres::Connection connection, postgres::Connection::open(settings()));
  TRY_VOID(connection.must_run(fmt::format("CREATE DATABASE {}", name).c_str()));
  return name;
}

Result<void> PostgresServer::drop_database(const std::string& name) {
  TRY(postgres::Connection connection, postgres::Connection::open(settings()));
  return connection.must_run(fmt::format("DROP DATABASE {} WITH (FORCE)", name).c_str());
}

Result<void> PostgresServer::end_connections(const std::string& database) {
  TRY(postgres::Connection connection, postgres::Connection::open(settings()));
  // With a timeout it waits until they have ended.
  return connection.must_run(
      fmt::format("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                  "WHERE datname = '{}' AND pid <> pg_backend_pid()",
                  database)
          .c_str());
}

}  // namespace squall::agent
