// A provider's schema as the command line is told it: attributes, nested attributes, blocks.
#pragma once

#include <string>
#include <vector>

#include "provider/tfplugin/cty.h"

namespace squall::tfplugin {

enum class Nesting { kSingle, kList, kSet };

struct Attribute {
  std::string name;
  Type type = Type::string();  // of the whole; where there are members: of them, nested
  bool required = false;
  bool optional = false;
  bool computed = false;
  bool sensitive = false;
  bool write_only = false;
  std::string description;
  // A nested attribute: what its objects are made of. Empty: an attribute with a plain type.
  std::vector<Attribute> members;
  Nesting nesting = Nesting::kSingle;
};

struct NestedBlock;

struct Block {
  std::vector<Attribute> attributes;
  std::vector<NestedBlock> blocks;
  std::string description;
};

// Always a set: `routes { … }`, any number of times.
struct NestedBlock {
  std::string name;
  Block block;
};

// The type that a value under the block has.
Type type_of(const Block& block);
// The type of a nested attribute's value.
Type type_of(const std::vector<Attribute>& members, Nesting nesting);

}  // namespace squall::tfplugin
