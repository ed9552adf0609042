// What the resources of a case hold: properties by the shapes of the catalogue, so that a type
// somebody adds to it is filled without another line of code.
//
// All of one resource comes from one number, three bits a field: a field more or less does not move
// the draws that follow, and 0 is the simplest document.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "documents/resource_type.h"
#include "suite/case.h"

namespace squall::suite {

// Where a case may refer to from one of its slots.
struct Producers {
  const World& world;
  const Slot& slot;  // those that stand before it
};

inline constexpr uint64_t kMaxContent = (uint64_t{1} << 36) - 1;

// What is said of a new slot of this type in every declaration: its required references, by
// `choice`, and the fields fixed at creation. nullopt: the world has no producer for one of them.
std::optional<JsonObject> fixed_properties(const ResourceType& type, const Producers& producers,
                                           uint64_t choice);

// What an operation says of the slot beside that.
JsonObject drawn_properties(const ResourceType& type, const Producers& producers, uint64_t content);

// How an operation may change what is fixed at creation, so that the resource is replaced.
enum class FixedChange { kNone, kValue, kReference };
// Adds that change to `properties`, where the type has a field for it.
void change_fixed(const ResourceType& type, const Producers& producers, FixedChange change,
                  JsonObject& properties);

// Texts that must never be seen in clear start with this.
inline constexpr std::string_view kSecretPrefix = "secret-";
// Every such text in the operations of the case.
std::vector<std::string> secrets_in(const Case& test_case);
// What the case gives as the value of a WriteOnly field.
std::vector<std::string> write_only_in(const Case& test_case,
                                       const std::vector<ResourceType>& types);

}  // namespace squall::suite
