// Records as JSON text, for stores that keep bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/records.h"

namespace squall::engine {

// The whole record; reading it back gives an equal one. Members that have their default are left
// out.
std::string to_text(const Record& record);
// The error says where in the text it makes no sense. `key` says what kind of record it is.
Result<std::shared_ptr<const Record>> parse_record(std::string_view key, std::string_view text);

}  // namespace squall::engine
