// libpq, loaded when it is first needed: it brings twenty libraries along, which take a quarter of
// the time that a program needs to start, and most agents have their records in SQLite.
#pragma once

#include <libpq-fe.h>

#include "base/result.h"

namespace squall::agent::postgres {

// Its functions, without the PQ.
struct Libpq {
  decltype(&PQclear) clear;
  decltype(&PQcmdStatus) cmd_status;
  decltype(&PQconnectdbParams) connectdb_params;
  decltype(&PQconninfo) conninfo;
  decltype(&PQconninfoFree) conninfo_free;
  decltype(&PQconninfoParse) conninfo_parse;
  decltype(&PQenterPipelineMode) enter_pipeline_mode;
  decltype(&PQerrorMessage) error_message;
  decltype(&PQexec) exec;
  decltype(&PQexitPipelineMode) exit_pipeline_mode;
  decltype(&PQfinish) finish;
  decltype(&PQgetResult) get_result;
  decltype(&PQgetisnull) getisnull;
  decltype(&PQgetlength) getlength;
  decltype(&PQgetvalue) getvalue;
  decltype(&PQntuples) ntuples;
  decltype(&PQpipelineSync) pipeline_sync;
  decltype(&PQprepare) prepare;
  decltype(&PQresultErrorField) result_error_field;
  decltype(&PQresultErrorMessage) result_error_message;
  decltype(&PQresultStatus) result_status;
  decltype(&PQsendQueryPrepared) send_query_prepared;
  decltype(&PQsetNoticeProcessor) set_notice_processor;
  decltype(&PQsetSingleRowMode) set_single_row_mode;
  decltype(&PQstatus) status;
  decltype(&PQtransactionStatus) transaction_status;
};

// Loads it. Any number of times, from any thread. The error: it is not there, or too old.
Result<void> load_libpq();

// REQUIRES: it was loaded.
const Libpq& libpq();

}  // namespace squall::agent::postgres
