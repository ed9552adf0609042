// What the documentation of Terraform and OpenTofu promises, as campaign/promises.h reads it.
#pragma once

#include <string_view>

namespace squall::terraform {

// The text of promises.toml, beside this file. For the life of the program.
std::string_view promises_toml();

}  // namespace squall::terraform
