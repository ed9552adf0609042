// The Test::Generic::* family: the resource types every Squall provider has built in (cloud.md).
#pragma once

#include <vector>

#include "documents/schema.h"

namespace squall {

inline constexpr std::string_view kGenericResource = "Test::Generic::Resource";
inline constexpr std::string_view kGenericChild = "Test::Generic::ChildResource";
inline constexpr std::string_view kGenericGrandchild = "Test::Generic::GrandchildResource";

// Resource: Name (required, CreateOnly), Value, SetTags (Set), EntityTags (EntitySet keyed by
// "Key"), OrderedItems (Array). Child and grandchild: Name (required, CreateOnly), ParentId
// (required, CreateOnly; the parent's Name), Value. Read-only, made by the cloud: Id.
// All discoverable; children are listed per parent.
const std::vector<Schema>& generic_types();

// The schema of `type` among `types`, or nullptr.
const Schema* find_schema(const std::vector<Schema>& types, std::string_view type);

}  // namespace squall
