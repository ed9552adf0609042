#include "agent/store/store.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "agent/store/postgres_store.h"
#include "agent/store/sqlite_store.h"

namespace squall::agent {

namespace {

constexpr std::string_view kPostgresPrefix = "postgresql:";

Result<std::unique_ptr<Store>> open_sqlite(const std::string& data_folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(data_folder, error)) {
    return fail(
        fmt::format("the data folder {} is not there: make it, or name another one", data_folder));
  }
  return open_sqlite_store({.path = std::filesystem::path(data_folder) / "agent.db"});
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& where,
                                          const std::string& data_folder) {
  if (where == "sqlite") return open_sqlite(data_folder);
  if (where.starts_with(kPostgresPrefix)) {
    // A URL by itself, which begins the same, is understood, too.
    const bool is_bare_url = where.starts_with(std::string(kPostgresPrefix) + "//");
    return open_postgres_store(
        {.settings = is_bare_url ? where : where.substr(kPostgresPrefix.size())});
  }
  // No more of it than the kind is shown: there may be a password behind it.
  return fail(
      fmt::format("unknown kind of store \"{}\"; there are \"sqlite\" and \"postgresql:URL\"",
                  where.substr(0, where.find(':'))));
}

}  // namespace squall::agent
