// For tests: resources of a built-in type, and what the types are to the command line.
#pragma once

#include <string>
#include <utility>

#include "base/ids.h"
#include "cloud/catalogue.h"
#include "provider/tfplugin/mapping.h"

namespace squall::terraform {

inline ResourceIdentity id(std::string label) {
  return {"stack-0", std::move(label), "Test::Generic::Resource"};
}

inline const tfplugin::Mapping& mapping() {
  static const tfplugin::Mapping kMapping =
      std::move(*tfplugin::Mapping::of(cloud::built_in_types()));
  return kMapping;
}

}  // namespace squall::terraform
