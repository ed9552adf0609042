// A configuration of our provider's resources as one of the built-in terraform_data, so that a
// failure can be shown with the command line alone.
//
// What can only be set at creation goes into triggers_replace, whose change replaces the resource;
// all else into input. A reference to what the cloud makes up leads to `id`, which is new for each
// new resource too. Placements, lifecycles and moves stay.
#pragma once

#include "engines/terraform/configuration.h"
#include "provider/tfplugin/mapping.h"

namespace squall::terraform {

inline constexpr std::string_view kPlainType = "terraform_data";

// "module.m0.squall_generic_resource.res-0[0]" → "module.m0.terraform_data.res-0[0]". An address
// that is none of ours stays as it is.
std::string plain_address(const std::string& address);

Configuration plain_configuration(Configuration configuration, const tfplugin::Mapping& mapping);

}  // namespace squall::terraform
