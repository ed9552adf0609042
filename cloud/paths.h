// Values by the paths that hints and shapes use: "Settings.Level" is Level inside Settings,
// "Rules.Source" is Source inside every element of Rules. A key may itself hold dots, so the
// longest key that is there wins.
#pragma once

#include <functional>
#include <string_view>

#include "documents/json.h"
#include "documents/schema.h"

namespace squall::cloud {

// The one value at a path that leads through no collection, or nullptr.
const Json* value_at(const JsonObject& object, std::string_view path);

// Visits every value at `path`; of a collection at its end, the elements one by one.
void visit_values(const JsonObject& object, std::string_view path,
                  const std::function<void(const Json&)>& visit);

// Visits every value at `path`, to change it; a collection at its end as a whole.
void edit_values(JsonObject& object, std::string_view path, const std::function<void(Json&)>& edit);

void erase_values(JsonObject& object, std::string_view path);

// Is the field at `path`, or one it is a member of, CreateOnly?
bool is_create_only(const Schema& schema, std::string_view path);
// What is said of the reference at `path`, or of the field it is a member of.
EdgeKind edge_at(const Schema& schema, std::string_view path);

}  // namespace squall::cloud
