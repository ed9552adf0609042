// Records as JSON text, for stores that keep bytes.
//
// A text is one object with the member "format" (kRecordFormat) and the members of the record, but
// for those that have their default. A document of it is an object, or the number n where it is the
// same object in memory as the nth of the record's documents that were written, from 0; what is
// shared stays shared that way. (A plan counts its own.) Identities are [stack, label, type], times
// microseconds since 1970.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/records.h"

namespace squall::engine {

// Of the texts that are written. Older ones are read, newer ones refused.
inline constexpr int64_t kRecordFormat = 1;

// The whole record; reading it back gives an equal one. Members that have their default are left
// out.
std::string to_text(const Record& record);
// The error says where in the text it makes no sense. `key` says what kind of record it is, and is
// the one that the record itself says.
Result<std::shared_ptr<const Record>> parse_record(std::string_view key, std::string_view text);

// For stores that write the plan of an update once, apart from what changes with its state.
// Each adds to `out`. REQUIRES: update.plan is there.
void append_text(std::string& out, const Record& record);  // as to_text()
void append_text_without_plan(std::string& out, const StoredUpdate& update);
void append_text(std::string& out, const PlannedUpdate& plan);
// Reads both parts of an update; `plan` is empty where the text has it, or needs none.
Result<std::shared_ptr<const Record>> parse_record(std::string_view key, std::string_view text,
                                                   std::string_view plan);

}  // namespace squall::engine
