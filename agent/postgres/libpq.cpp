#include "agent/postgres/libpq.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/check.h"

namespace squall::agent::postgres {

namespace {

constexpr const char* kLibrary = "libpq.so.5";

template <class Function>
bool find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(dlsym(library, name));
  return out != nullptr;
}

Result<Libpq> load() {
  const auto wrong = [] {
    const char* why = dlerror();
    return fail(fmt::format("cannot use PostgreSQL's client library: {}; install libpq5",
                            why == nullptr ? "no reason was given" : why));
  };
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);  // for good
  if (library == nullptr) return wrong();
  Libpq out = {};
  bool found = true;
  found = found && find(library, "PQclear", out.clear);
  found = found && find(library, "PQcmdStatus", out.cmd_status);
  found = found && find(library, "PQconnectdbParams", out.connectdb_params);
  found = found && find(library, "PQconninfo", out.conninfo);
  found = found && find(library, "PQconninfoFree", out.conninfo_free);
  found = found && find(library, "PQconninfoParse", out.conninfo_parse);
  found = found && find(library, "PQenterPipelineMode", out.enter_pipeline_mode);
  found = found && find(library, "PQerrorMessage", out.error_message);
  found = found && find(library, "PQexec", out.exec);
  found = found && find(library, "PQexitPipelineMode", out.exit_pipeline_mode);
  found = found && find(library, "PQfinish", out.finish);
  found = found && find(library, "PQgetResult", out.get_result);
  found = found && find(library, "PQgetisnull", out.getisnull);
  found = found && find(library, "PQgetlength", out.getlength);
  found = found && find(library, "PQgetvalue", out.getvalue);
  found = found && find(library, "PQntuples", out.ntuples);
  found = found && find(library, "PQpipelineSync", out.pipeline_sync);
  found = found && find(library, "PQprepare", out.prepare);
  found = found && find(library, "PQresultErrorField", out.result_error_field);
  found = found && find(library, "PQresultErrorMessage", out.result_error_message);
  found = found && find(library, "PQresultStatus", out.result_status);
  found = found && find(library, "PQsendQueryPrepared", out.send_query_prepared);
  found = found && find(library, "PQsetNoticeProcessor", out.set_notice_processor);
  found = found && find(library, "PQsetSingleRowMode", out.set_single_row_mode);
  found = found && find(library, "PQstatus", out.status);
  found = found && find(library, "PQtransactionStatus", out.transaction_status);
  if (!found) return wrong();
  return out;
}

const Result<Libpq>& loaded() {
  static const Result<Libpq> once = load();
  return once;
}

}  // namespace

Result<void> load_libpq() {
  if (!loaded()) return std::unexpected(loaded().error());
  return {};
}

const Libpq& libpq() {
  SQUALL_CHECK(loaded().has_value());
  return *loaded();
}

}  // namespace squall::agent::postgres
