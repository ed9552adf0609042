// The resource types that the provider announced, by name.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/check.h"
#include "base/interned_text.h"
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
  const Schema* find(const InternedText& type) const {
    const auto found = by_type_.find(type);
    return found == by_type_.end() ? nullptr : found->second;
  }

  // REQUIRES: the type was accepted once, so it is known.
  const Schema& of(const InternedText& type) const {
    const Schema* schema = find(type);
    SQUALL_CHECK(schema != nullptr);
    return *schema;
  }

 private:
  struct TypeHash {
    size_t operator()(const InternedText& type) const { return type.hash(); }
  };
  std::unordered_map<InternedText, const Schema*, TypeHash> by_type_;
};

}  // namespace squall::engine
