#include "simulation/vault.h"

#include <gtest/gtest.h>

namespace squall::simulation {
namespace {

// Shows: equal secrets have equal seals, which tell nothing, and open again; nothing else opens.
TEST(Vault, SealsAndOpens) {
  Vault vault;
  const std::string one = vault.seal("hunter2");
  EXPECT_EQ(vault.seal("hunter2"), one);
  const std::string other = vault.seal("swordfish");
  EXPECT_NE(other, one);
  EXPECT_EQ(one.find("hunter"), std::string::npos);
  EXPECT_EQ(vault.open(one).value(), "hunter2");
  EXPECT_EQ(vault.open(other).value(), "swordfish");
  for (const char* text : {"hunter2", "sealed-", "sealed-2", "sealed-0x", ""})
    EXPECT_FALSE(vault.open(text).has_value()) << text;
  vault.reset();
  EXPECT_FALSE(vault.open(one).has_value());
}

}  // namespace
}  // namespace squall::simulation
