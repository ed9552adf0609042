// Reads resource types from the text of a catalogue file; the format stands in catalogue.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "documents/resource_type.h"

namespace squall::cloud {

// known: the types that references and parents may name beside those of the text; their names are
// taken.
Result<std::vector<ResourceType>> read_types(const std::string& toml_text, std::string_view origin,
                                             const std::vector<ResourceType>& known);

}  // namespace squall::cloud
