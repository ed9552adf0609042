// RFC 6902 (JSON Patch) and RFC 6901 (JSON Pointer): apply only. Making a patch from a difference
// is planning, and that exists twice on purpose, in engine/ and in spec/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents/json.h"

namespace squall {

// Applies the operations add, remove, replace, move, copy, test in order. All or nothing: on an
// error `document` is unchanged, and the error names the operation's position and reason.
Result<void> apply_patch(Json& document, const JsonArray& patch);

// The same on a copy that the caller gives away.
Result<Json> patched(Json document, const JsonArray& patch);

// The reference tokens of a pointer, unescaped: "/a~1b/0" → "a/b", "0"; "" → none.
Result<std::vector<std::string>> split_pointer(std::string_view pointer);

// One reference token, escaped for a pointer: "~" → "~0", "/" → "~1".
std::string escape_pointer_token(std::string_view token);
// The same, behind what is in `pointer` already.
void append_pointer_token(std::string& pointer, std::string_view token);

}  // namespace squall
