#include "provider/tfplugin/launched.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace squall::tfplugin {
namespace {

// Shows: started by hand, it says what it is and what to do, and serves nothing.
TEST(Launched, ByHandItSaysWhatItIs) {
  ::unsetenv("TF_PLUGIN_MAGIC_COOKIE");
  const Result<void> served = serve_launched(cloud::catalogue_of(cloud::built_in_types()));
  ASSERT_FALSE(served);
  EXPECT_THAT(served.error().message, testing::HasSubstr("start it themselves"));
}

// Shows: a launcher of an older protocol is told which version is needed.
TEST(Launched, NeedsProtocolSix) {
  ::setenv("TF_PLUGIN_MAGIC_COOKIE",
           "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", 1);
  ::setenv("PLUGIN_PROTOCOL_VERSIONS", "4,5", 1);
  const Result<void> served = serve_launched(cloud::catalogue_of(cloud::built_in_types()));
  ASSERT_FALSE(served);
  EXPECT_THAT(served.error().message, testing::HasSubstr("version 6 only"));
}

}  // namespace
}  // namespace squall::tfplugin
