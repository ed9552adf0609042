// The resource types that the provider announced, by name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "documents/schema.h"

namespace squall::engine {

// Points into `announced`, which must outlive it.
class Schemas {
 public:
  Schemas() = default;
  explicit Schemas(const std::vector<Schema>& announced) {
    for (const Schema& schema : announced) by_type_.emplace(schema.type, &schema);
  }

  // nullptr: no such type.
  const Schema* find(std::string_view type) const {
    const auto found = by_type_.find(type);
    return found == by_type_.end() ? nullptr : found->second;
  }

  // REQUIRES: the type was accepted once, so it is known.
  const Schema& of(std::string_view type) const {
    const Schema* schema = find(type);
    SQUALL_CHECK(schema != nullptr);
    return *schema;
  }

 private:
  std::map<std::string, const Schema*, std::less<>> by_type_;
};

}  // namespace squall::engine
