// WriteOnly values (docs/rules.md §1, §2): reads do not show them, so what was declared last stands
// in for them wherever documents are compared with what is wanted.
#pragma once

#include <cstddef>
#include <string>

#include "documents/document.h"
#include "documents/schema.h"

namespace squall::spec {

bool has_write_only(const Schema& schema);

// What a read can show of a document, or of the value at `path`.
Document without_write_only(const Document& document, const Schema& schema);
Json without_write_only(const Json& value, const Schema& schema, const std::string& path);

// `actual`, its WriteOnly values (nested ones too) as `values` has them. Objects that only such
// values stand in are there as well; elements of collections are matched as counterpart() says.
Document with_write_only(const Document& actual, const JsonObject& values, const Schema& schema);

// The element of `among` that stands for elements[index], both being the collection at `path`: by
// key in an EntitySet, an equal one less WriteOnly in a Set, otherwise the one at the same place
// where there are as many. nullptr: none.
const Json* counterpart(const JsonArray& elements, size_t index, const JsonArray& among,
                        const Schema& schema, const std::string& path);

// Do two elements of an EntitySet have the same key?
bool same_key(const Json& a, const Json& b, const std::string& index_field);

}  // namespace squall::spec
